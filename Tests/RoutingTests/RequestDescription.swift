import Kubernetes

@testable import Routing

/// A request as tests write it.
struct TestRequest {
    var method = "GET"
    var host = "example.com"
    var path = "/"
    var query = ""
    var headers: [String: String] = [:]
    /// On a TLS port; nil: the client named nothing.
    var serverName: String?

    /// Calls with a view of it; the bytes live as long as the call.
    func withView<R>(_ body: (RequestView) -> R) -> R {
        Array(method.utf8).withUnsafeBytes { method in
            Array(host.utf8).withUnsafeBytes { host in
                Array(path.utf8).withUnsafeBytes { path in
                    Array(query.utf8).withUnsafeBytes { query in
                        body(RequestView(method: method, host: host, path: path, query: query))
                    }
                }
            }
        }
    }

    /// The rule on a listener, with the work it cost.
    func match(_ listener: CompiledListener) -> (match: RouteMatch?, work: Work) {
        // Values must outlive the look-up.
        let values = headers.mapValues { UnsafeMutableRawBufferPointer.copy($0) }
        defer { values.values.forEach { $0.deallocate() } }
        var work = Work()
        let match = withView { view in
            listener.match(
                view,
                headers: { name in
                    values[String(decoding: name, as: UTF8.self)].map { UnsafeRawBufferPointer($0) }
                }, work: &work)
        }
        return (match, work)
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate static func copy(_ text: String) -> UnsafeMutableRawBufferPointer {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
        buffer.copyBytes(from: text.utf8)
        return buffer
    }
}

extension RoutingTable {
    /// What becomes of a request, in words: a status code, or the backend, and everything that is done on the way.
    func outcome(_ request: TestRequest, on port: PortTable) -> String {
        let selection = request.withView { view in
            guard let name = request.serverName else { return port.selectListener(host: view.host) }
            return Array(name.utf8).withUnsafeBytes { port.selectListener(host: view.host, serverName: $0) }
        }
        switch selection {
        case .none: return "404"
        case .misdirected: return "421"
        case .closed: return "closed"
        case .listener(let listener):
            guard let match = request.match(listener).match else { return "404" }
            return request.withView { describe(match, $0, listener) }
        }
    }

    private func describe(_ match: RouteMatch, _ request: RequestView, _ listener: CompiledListener) -> String {
        let rule = match.rule
        let length = match.matchedPrefixLength
        switch rule.action {
        case .refuse: return "500 refused"
        case .redirect(let redirect):
            let location = redirect.location(for: request, matchedPrefixLength: length, listener: listener)
            return "\(redirect.statusCode) \(String(decoding: location, as: UTF8.self))"
        case .forward(let backends):
            if backends.targets.isEmpty { return "500" }
            let names = backends.targets.map { target in
                let share = backends.targets.count == 1 ? "" : "\(target.weight)*"
                let own = [name(target.destination)] + words(target.filters, request, length)
                let redirect = target.redirect.map {
                    let location = $0.location(for: request, matchedPrefixLength: length, listener: listener)
                    return " \($0.statusCode) \(String(decoding: location, as: UTF8.self))"
                }
                return share + own.joined(separator: "; ") + (redirect ?? "")
            }
            var all = [names.joined(separator: " + ")] + words(rule.extras?.filters ?? RuleFilters(), request, length)
            if let time = rule.extras?.timeouts.request { all.append("timeout \(time.count)") }
            if let time = rule.extras?.timeouts.backendRequest { all.append("backend-timeout \(time.count)") }
            if let retry = rule.extras?.retry {
                let codes = retry.codes.map(String.init).joined(separator: ",")
                all.append("retry \(retry.attempts)" + (codes.isEmpty ? "" : " of \(codes)"))
            }
            if let name = rule.ruleName { all.append("name \(name)") }
            return all.joined(separator: "; ")
        }
    }

    private func name(_ destination: BackendTarget.Destination) -> String {
        guard case .cluster(let index) = destination else { return "500" }
        let cluster = clusters[index]
        if cluster.endpoints.isEmpty { return "503" }
        var name = shortName(cluster.key.service)
        if cluster.key.port != 8080 { name += ":\(cluster.key.port)" }
        if cluster.key.wire == .http2 { name += " h2" }
        if let tls = cluster.key.tls {
            let names = tls.subjectAltNames.map { alternative in
                switch alternative {
                case .hostname(let name): name
                case .uri(let name): name
                }
            }
            name += " tls \(tls.serverName) as \(names.joined(separator: "|"))"
            if let own = tls.clientCertificate { name += " with \(own.secret.name)" }
        }
        return name
    }

    private func words(_ filters: RuleFilters, _ request: RequestView, _ length: Int) -> [String] {
        var all = words("", filters.requestHeaders) + words("response-", filters.responseHeaders)
        if let host = filters.rewrite?.hostname { all.append("host \(host)") }
        if let path = filters.rewrite?.path {
            let bytes = path.apply(to: request.path, matchedPrefixLength: length)
            all.append("path \(String(decoding: bytes, as: UTF8.self))")
        }
        if let cors = filters.cors { all.append("cors \(cors.maxAge)") }
        for mirror in filters.mirrors {
            let share = mirror.numerator == mirror.denominator ? "" : " \(mirror.numerator)/\(mirror.denominator)"
            all.append("mirror \(name(mirror.destination))\(share)")
        }
        return all
    }

    private func words(_ prefix: String, _ changes: HeaderChanges?) -> [String] {
        guard let changes else { return [] }
        return changes.set.map { "\(prefix)set \($0.name)=\($0.value)" }
            + changes.add.map { "\(prefix)add \($0.name)=\($0.value)" }
            + changes.remove.map { "\(prefix)remove \($0)" }
    }

    private func shortName(_ service: NamespacedName) -> String {
        service.namespace == "gateway-conformance-infra" ? service.name : service.description
    }
}
