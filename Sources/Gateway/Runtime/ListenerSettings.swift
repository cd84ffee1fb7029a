import Kubernetes
import Routing

/// Names of the annotations of a Gateway that change how it serves.
public enum GatewayAnnotations {
    /// `"true"`: requests without TLS are redirected to the Gateway's HTTPS listener.
    public static let httpsRedirect = "sallyport.dev/https-redirect"
    /// Value of `Strict-Transport-Security` on HTTPS listeners; `off` for none.
    public static let strictTransportSecurity = "sallyport.dev/strict-transport-security"
    /// How many proxies in front of the gateway are trusted to say who called; 0 unless set.
    public static let trustedHops = "sallyport.dev/trusted-hops"
    /// `"true"`: HTTP/2 without TLS is accepted on HTTP listeners (`Routing` reads it).
    static let h2c = "sallyport.dev/h2c"
    /// All but the limits. Two are the controller's, about what it makes for the Gateway.
    static let all = [
        httpsRedirect, strictTransportSecurity, trustedHops, h2c, Installation.Annotations.serviceType,
        Installation.Annotations.replicas,
    ]
    /// Prefix of the limits' names.
    public static let limits = "limits.sallyport.dev/"
}

/// What the annotations of a Gateway say about one of its listeners.
struct ListenerSettings {
    var limits = Limits()
    var redirectsToHTTPS = false
    /// One year; browsers do not hold it against addresses and against names that they were never sent it for.
    var strictTransportSecurity: String? = "max-age=31536000"
    var trustedHops = 0
    /// Whose address counts as the caller's was to be set and cannot be read, or an annotation may have been meant for
    /// it. Who calls is not known then, so nobody may.
    var isRefused = false
    /// Values that cannot be used, and annotations that are not known. The defaults of limits apply instead.
    var mistakes: [Mistake] = []

    init(_ listener: CompiledListener) {
        let gateway = ObjectReference(
            group: Gateway.group, kind: Gateway.kind, namespace: listener.gateway.namespace, name: listener.gateway.name
        )
        func mistake(_ name: String, _ message: String) -> Mistake {
            Mistake(position: nil, object: gateway, path: "metadata.annotations[\(name)]", message: message)
        }
        for name in unknownAnnotations(listener.annotations, besides: GatewayAnnotations.all) {
            isRefused = true
            let known = GatewayAnnotations.all.joined(separator: ", ")
            mistakes.append(mistake(name, "is not known, and nobody passes while it is there; known are \(known)"))
        }
        for (name, value) in listener.annotations.sorted(by: { $0.key < $1.key }) {
            switch name {
            case GatewayAnnotations.httpsRedirect:
                redirectsToHTTPS = value != "false"
                if value != "true", value != "false" { mistakes.append(mistake(name, "must be \"true\" or \"false\"")) }
            case GatewayAnnotations.strictTransportSecurity:
                if value == "off" {
                    strictTransportSecurity = nil
                } else if value.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E }) || !value.contains("max-age=") {
                    mistakes.append(mistake(name, "must be \"off\" or a value such as \"max-age=31536000\""))
                } else {
                    strictTransportSecurity = value
                }
            case GatewayAnnotations.trustedHops:
                if let hops = Int(value), (0...16).contains(hops) {
                    trustedHops = hops
                } else {
                    isRefused = true
                    mistakes.append(mistake(name, "must be a number from 0 to 16; nobody passes until it is"))
                }
            default:
                guard name.hasPrefix(GatewayAnnotations.limits) else { continue }
                if let message = limits.set(String(name.dropFirst(GatewayAnnotations.limits.count)), value) {
                    mistakes.append(mistake(name, message))
                }
            }
        }
    }
}

extension Limits {
    /// Sets one limit by its name.
    ///
    /// - Returns: what is wrong, when it cannot be set.
    mutating func set(_ name: String, _ text: String) -> String? {
        guard let setting = Self.settings.first(where: { $0.name == name }) else {
            return "is not a limit; limits are \(Self.settings.map(\.name).joined(separator: ", "))"
        }
        guard let value = setting.unit.parse(text) else {
            return "must be \(setting.unit.example), is \"\(text)\""
        }
        guard setting.range.contains(value) else {
            return "must be from \(setting.unit.show(setting.range.lowerBound)) to "
                + "\(setting.unit.show(setting.range.upperBound)), is \(text)"
        }
        setting.set(&self, value)
        return nil
    }
}

extension Limits.Unit {
    /// What a value looks like.
    var example: String {
        switch self {
        case .bytes: "a number of bytes, such as 65536, 64Ki or 10Mi"
        case .count: "a number"
        case .duration: "a duration, such as 500ms, 30s or 5m"
        }
    }

    /// A value in the smallest step: bytes, one, milliseconds.
    func parse(_ text: String) -> Int64? {
        switch self {
        case .count: Self.scaled(text, ["": 1])
        case .bytes: Self.scaled(text, ["": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30])
        case .duration: Self.scaled(text, ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000])
        }
    }

    private static func scaled(_ text: String, _ units: [String: Int64]) -> Int64? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard let number = Int64(digits), let unit = units[String(text.dropFirst(digits.count))] else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }

    /// A value as it would be written.
    func show(_ value: Int64) -> String {
        switch self {
        case .count, .bytes: "\(value)"
        case .duration: value % 1_000 == 0 ? "\(value / 1_000)s" : "\(value)ms"
        }
    }
}
