/// Finds the `KnownField` that a lower-case name stands for, and the rules for it.
package enum FieldTable {
    /// The field that `name` (already in lower case) stands for.
    @inline(__always)
    static func recognise(_ name: UnsafeRawBufferPointer, _ tables: WireTables = .shared) -> KnownField {
        guard name.count > 0 else { return .other }
        let exact = tables.find(name)
        return exact != .other ? exact : family(name, tables)
    }

    /// What the field may do.
    @inline(__always)
    package static func traits(_ known: KnownField) -> FieldTraits { WireTables.shared.traits[Int(known.rawValue)] }

    /// Whether a route may set, add or remove this field. Not what frames a message, concerns one hop or names the
    /// host: whoever may write a route could make the backend read another request than the one that was judged.
    package static func mayBeChangedByRoute(_ name: String) -> Bool {
        var lowered = name.lowercased()
        let known = lowered.withUTF8 { recognise(UnsafeRawBufferPointer($0)) }
        return known != .host && known != .disguised && traits(known).isDisjoint(with: [.framing, .hopByHop])
    }

    /// Families of names known by how they begin, and names that only differ by `_` for `-`.
    private static func family(_ name: UnsafeRawBufferPointer, _ tables: WireTables) -> KnownField {
        if let underscored = Bytes.firstIndex(of: UInt8(ascii: "_"), in: name) {
            return isDisguise(name, firstUnderscore: underscored, tables) ? .disguised : .other
        }
        return family(ofDashed: name)
    }

    private static func family(ofDashed name: UnsafeRawBufferPointer) -> KnownField {
        guard name.count > 6 else { return .other }
        guard name[0] == UInt8(ascii: "x"), name[1] == UInt8(ascii: "-") else {
            return Bytes.hasPrefix(name, "client-cert") || Bytes.hasPrefix(name, "ssl-client-")
                ? .clientCertificate : .other
        }
        switch name[2] {
        case UInt8(ascii: "f"): return Bytes.hasPrefix(name, "x-forwarded") ? .xForwardedOther : .other
        case UInt8(ascii: "s") where Bytes.hasPrefix(name, "x-sallyport"): return .xSallyport
        case UInt8(ascii: "e"): return Bytes.hasPrefix(name, "x-envoy-") ? .xEnvoy : .other
        case UInt8(ascii: "g"): return Bytes.hasPrefix(name, "x-gateway-") ? .xGateway : .other
        case UInt8(ascii: "u"): return Bytes.hasPrefix(name, "x-user-") ? .xUser : .other
        case UInt8(ascii: "a") where Bytes.hasPrefix(name, "x-auth-request-"): return .xUser
        case UInt8(ascii: "a"), UInt8(ascii: "c"), UInt8(ascii: "s"), UInt8(ascii: "t"):
            return tellsClientCertificate(name) ? .clientCertificate : .other
        case UInt8(ascii: "o"), UInt8(ascii: "r"): return isOriginal(name) ? .xOriginal : .other
        case UInt8(ascii: "h"), UInt8(ascii: "m"): return isMethodOverride(name) ? .xMethodOverride : .other
        default: return .other
        }
    }

    /// Fields in which a proxy tells a backend whose client certificate it has checked, under the names that proxies
    /// and load balancers chose before RFC 9440 (`Client-Cert`, `Client-Cert-Chain`).
    private static func tellsClientCertificate(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name[2] {
        case UInt8(ascii: "a"): Bytes.hasPrefix(name, "x-amzn-mtls-") || Bytes.hasPrefix(name, "x-arr-clientcert")
        case UInt8(ascii: "c"):
            Bytes.hasPrefix(name, "x-client-cert") || Bytes.hasPrefix(name, "x-client-dn")
                || Bytes.hasPrefix(name, "x-client-verify")
        case UInt8(ascii: "s"): Bytes.hasPrefix(name, "x-ssl-") || Bytes.hasPrefix(name, "x-spiffe-")
        default: Bytes.hasPrefix(name, "x-tls-client-")
        }
    }

    /// Fields with which some servers let a caller replace the target that was authorised.
    private static func isOriginal(_ name: UnsafeRawBufferPointer) -> Bool {
        Bytes.equal(name, "x-original-url") || Bytes.equal(name, "x-rewrite-url")
            || Bytes.equal(name, "x-original-host") || Bytes.equal(name, "x-original-method")
    }

    /// Fields with which some servers let a caller replace the method that was authorised.
    private static func isMethodOverride(_ name: UnsafeRawBufferPointer) -> Bool {
        Bytes.equal(name, "x-http-method-override") || Bytes.equal(name, "x-http-method")
            || Bytes.equal(name, "x-method-override")
    }

    /// Servers in the manner of CGI turn both `-` and `_` into `_`, so that `x_forwarded_for` would arrive as the
    /// field that we removed. A name is a disguise when, written with dashes, it is one that has rules.
    private static func isDisguise(
        _ name: UnsafeRawBufferPointer, firstUnderscore: Int, _ tables: WireTables
    ) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: name.count, alignment: 1) { dashed in
            dashed.copyMemory(from: name)
            for index in firstUnderscore..<dashed.count where dashed[index] == UInt8(ascii: "_") {
                dashed[index] = UInt8(ascii: "-")
            }
            let plain = UnsafeRawBufferPointer(dashed)
            let exact = tables.find(plain)
            let meant = exact != .other ? exact : family(ofDashed: plain)
            return !traits(meant).isEmpty
        }
    }
}
