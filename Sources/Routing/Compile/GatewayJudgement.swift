import Kubernetes

/// Which GatewayClasses are ours, and what is to be said about them.
struct GatewayClasses {
    /// Our classes by name; nil where there is no object.
    private let names: [String: GatewayClass?]
    /// Names of classes with mistakes; the empty one stands for a class whose name cannot be read.
    private let invalid: Set<String>
    private let known: Set<String>
    /// Our class objects, by name.
    let objects: [GatewayClass]

    init(_ objects: Objects, _ options: RoutingOptions) {
        let ours = objects.gatewayClasses.values.filter { $0.controllerName == options.controllerName }
        self.objects = ours.sorted { $0.key < $1.key }
        invalid = Set(
            objects.invalid.filter { $0.reference.kind == GatewayClass.kind }
                .map { $0.isLost ? "" : $0.reference.name })
        known = Set(objects.gatewayClasses.keys.map(\.name))
        var names: [String: GatewayClass?] = [:]
        for object in ours { names[object.metadata.name] = .some(object) }
        // Without an object of that name (ours or anybody's, good or bad) the name alone stands for us.
        if !known.contains(options.className) { names[options.className] = .some(nil) }
        self.names = names
    }

    /// True when Gateways of that class are ours, or may be: then their ports and host names must stay closed.
    func isOurs(_ name: String) -> Bool { names[name] != nil || hasMistakes(name) }

    private func hasMistakes(_ name: String) -> Bool {
        invalid.contains(name) || (invalid.contains("") && !known.contains(name))
    }

    /// Why a class cannot be used.
    func refusal(_ name: String) -> Problem? {
        if hasMistakes(name) { return Problem("Invalid", "GatewayClass \(name) has mistakes") }
        guard let object = names[name] ?? nil else { return nil }
        return Self.refusal(object)
    }

    /// Nothing can be set with `parametersRef`, so a class that has one wants something that it would not get.
    static func refusal(_ object: GatewayClass) -> Problem? {
        object.parametersRef.map {
            Problem("InvalidParameters", "parametersRef \($0.kind) \($0.name): no kind of parameters is known")
        }
    }
}

/// A Gateway of ours and what stands against it as a whole.
struct GatewayJudgement {
    var gateway: Gateway
    /// Why it is not accepted.
    var refusal: Problem?
    /// Why it cannot be programmed although it is accepted.
    var unprogrammed: Problem?
    /// Shown to backends that ask for it.
    var clientCertificate: KeyPair?
    /// Why that certificate does not resolve.
    var unresolved: Problem?
    var addresses: [Gateway.Address] = []

    /// What keeps all its listeners from being served.
    var obstacle: Problem? { refusal ?? unprogrammed }

    /// All Gateways of our classes, oldest first.
    static func all(
        _ objects: Objects, _ classes: GatewayClasses, _ resolver: CertificateResolver, _ options: RoutingOptions
    ) -> [GatewayJudgement] {
        objects.gateways.values.filter { classes.isOurs($0.gatewayClassName) }
            .sorted { isOlder($0.metadata, $1.metadata) }
            .map { judge($0, classes, resolver, options) }
    }

    private static func judge(
        _ gateway: Gateway, _ classes: GatewayClasses, _ resolver: CertificateResolver, _ options: RoutingOptions
    ) -> GatewayJudgement {
        var judgement = GatewayJudgement(gateway: gateway)
        judgement.refusal = classes.refusal(gateway.gatewayClassName)
        if let ref = gateway.infrastructure?.parametersRef {
            judgement.refusal = Problem(
                "InvalidParameters", "parametersRef \(ref.kind) \(ref.name): no kind of parameters is known")
        }
        judgement.settleAddresses(options)
        if let ref = gateway.backendClientCertificateRef {
            switch resolver.keyPair(ref, of: gateway.reference, invalid: "InvalidClientCertificateRef") {
            case .success(let pair): judgement.clientCertificate = pair
            case .failure(let problem): judgement.unresolved = problem
            }
        }
        return judgement
    }

    /// A Gateway that asks for an address which is not ours is not served at all: being reachable elsewhere than asked
    /// could be wider than asked.
    private mutating func settleAddresses(_ options: RoutingOptions) {
        let own = options.addresses(of: gateway.key)
        addresses = own
        guard !gateway.addresses.isEmpty else { return }
        if let strange = gateway.addresses.first(where: { $0.type != "IPAddress" && $0.type != "Hostname" }) {
            refusal = Problem("UnsupportedAddress", "addresses of type \(strange.type) are not supported")
            addresses = []
            return
        }
        let wanted = gateway.addresses.filter { !($0.value ?? "").isEmpty }
        let foreign = wanted.filter { !own.contains($0) }
        if !foreign.isEmpty {
            let names = foreign.compactMap(\.value).joined(separator: ", ")
            unprogrammed = Problem("AddressNotUsable", "this gateway cannot be reached at \(names)")
            addresses = wanted.filter { own.contains($0) }
        } else if wanted.count == gateway.addresses.count {
            addresses = wanted
        }
    }
}
