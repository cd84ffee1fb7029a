import Kubernetes

/// A listener while it is judged: what it would need, and what stands against it.
struct ListenerPlan {
    var gateway: Gateway
    /// The ListenerSet that adds it; nil: it is the Gateway's own.
    var set: ListenerSet?
    var listener: Gateway.Listener
    /// Kinds of routes that may attach: what it asks for, as far as its protocol has it.
    var supportedKinds: [GroupKind] = []
    var certificates: [KeyPair] = []
    var clientValidation: ClientValidation?
    /// Why it is not accepted; nil: it is.
    var refusal: Problem?
    /// Why its references do not resolve; nil: they do.
    var unresolved: Problem?
    /// It must not be served, whatever else is good, because of `unresolved`.
    var isUnserviceable = false
    /// Which conflict it has with another listener.
    var conflict: Problem?
    /// What stands against its Gateway as a whole.
    var obstacle: Problem?
    /// Routes that are attached.
    var attached: Set<RouteKey> = []

    init(_ gateway: Gateway, _ set: ListenerSet?, _ listener: Gateway.Listener) {
        self.gateway = gateway
        self.set = set
        self.listener = listener
    }

    /// The object that it is written in.
    var owner: ObjectReference { self.set?.reference ?? gateway.reference }

    /// The namespace of that object: what it refers to and lets in is seen from there.
    var namespace: String { self.set?.metadata.namespace ?? gateway.metadata.namespace }

    /// True when it is served.
    var isProgrammed: Bool { isValid && obstacle == nil }

    /// True when nothing stands against it but what stands against its Gateway.
    var isValid: Bool { refusal == nil && conflict == nil && !isUnserviceable }

    /// True when nobody else may answer for its host name, though it is not served itself. An added listener that has lost
    /// a conflict never had it.
    var keepsItsHost: Bool { !isProgrammed && (set == nil || conflict == nil) }

    /// True when its host name means something on a port of ours.
    var isHTTP: Bool { listener.protocolName == "HTTP" || listener.protocolName == "HTTPS" }
}

/// Judges the listeners of one Gateway or ListenerSet, each alone.
struct ListenerPlanner {
    let resolver: CertificateResolver

    static let routeKinds = [
        GroupKind(group: gatewayGroup, kind: "HTTPRoute"), GroupKind(group: gatewayGroup, kind: "GRPCRoute"),
    ]

    /// One plan per listener, in order: of the Gateway itself, or of a set that adds to it.
    func plan(_ gateway: Gateway, _ set: ListenerSet? = nil) -> [ListenerPlan] {
        (set?.listeners ?? gateway.listeners).map { listener in
            var plan = ListenerPlan(gateway, set, listener)
            judgeProtocol(&plan)
            judgeKinds(&plan)
            if plan.refusal == nil, listener.protocolName == "HTTPS" {
                judgeCertificates(&plan)
                judgeClientValidation(&plan)
            }
            return plan
        }
    }

    private func judgeProtocol(_ plan: inout ListenerPlan) {
        let name = plan.listener.protocolName
        if name == "HTTPS", plan.listener.tls?.mode == "Passthrough" {
            plan.refusal = Problem("UnsupportedValue", "TLS mode Passthrough goes with protocol TLS, not HTTPS")
        } else if !plan.isHTTP {
            plan.refusal = Problem("UnsupportedProtocol", "protocol \(name) is not supported; HTTP and HTTPS are")
        }
    }

    private func judgeKinds(_ plan: inout ListenerPlan) {
        let offered = plan.isHTTP ? Self.routeKinds : []
        let wanted = plan.listener.allowedRoutes.kinds
        guard !wanted.isEmpty else { return plan.supportedKinds = offered }
        plan.supportedKinds = wanted.filter { offered.contains($0) }
        let others = wanted.filter { !offered.contains($0) }
        guard !others.isEmpty else { return }
        let names = others.map { "\($0.kind).\($0.group)" }.joined(separator: ", ")
        plan.unresolved = Problem("InvalidRouteKinds", "no routes of these kinds can attach: \(names)")
        // With nothing left it serves nobody; it keeps its host name, closed.
        plan.isUnserviceable = plan.supportedKinds.isEmpty
    }

    private func judgeCertificates(_ plan: inout ListenerPlan) {
        let refs = plan.listener.tls?.certificateRefs ?? []
        if refs.isEmpty {
            plan.unresolved = Problem("InvalidCertificateRef", "an HTTPS listener needs tls.certificateRefs")
        }
        for ref in refs {
            switch resolver.keyPair(ref, of: plan.owner, invalid: "InvalidCertificateRef") {
            case .success(let pair): plan.certificates.append(pair)
            case .failure(let problem): plan.unresolved = problem
            }
        }
        if plan.certificates.isEmpty { plan.isUnserviceable = true }
    }

    /// `spec.tls.frontend`, which is the Gateway's for added listeners too: the entry of the port replaces the default. References that are wrong only make the
    /// bundle smaller; when none is left the listener stays closed, and is never served without the check.
    private func judgeClientValidation(_ plan: inout ListenerPlan) {
        guard let wanted = plan.gateway.frontendTLS?.validation(port: plan.listener.port) else { return }
        var pem: [UInt8] = []
        for ref in wanted.caCertificateRefs {
            let namespace = plan.gateway.metadata.namespace
            let found = resolver.authorities(
                ref, from: namespace, crossing: true, secrets: true, invalidKind: "InvalidCACertificateKind")
            switch found {
            case .success(let bytes): pem += bytes
            case .failure(let problem): plan.unresolved = problem
            }
        }
        guard !pem.isEmpty else {
            plan.refusal = Problem("NoValidCACertificate", "none of caCertificateRefs gives a certificate")
            return
        }
        plan.clientValidation = ClientValidation(
            authorities: pem, allowsInsecureFallback: wanted.allowInsecureFallback)
    }
}
