import Addresses
import Kubernetes
import Routing

@testable import Access
@testable import Gateway

/// What callers can reach in a world: every request of a grid that is allowed, with the backend it would be sent to and
/// the policy that allows it. Decided by the functions that the gateway decides by.
final class Reach {
    /// Numbers stand for backends and policies, so that sets of them are cheap.
    final class Names {
        private var numbers: [String: UInt64] = [:]
        private(set) var all: [String] = []

        func number(_ name: String) -> UInt64 {
            if let number = numbers[name] { return number }
            numbers[name] = UInt64(all.count)
            all.append(name)
            return UInt64(all.count - 1)
        }
    }

    /// Where a request goes, without who sends it.
    struct Line: Hashable, Sendable {
        var port: Int
        var host: [UInt8]
        var path: [UInt8]
        var method: [UInt8]
        var headers: [[UInt8]: [UInt8]]
    }

    /// Who sends it: a key or none, the address that the connection comes from, and the one that it says to speak for.
    struct Sender: Sendable {
        var name: String
        var credentials: Credentials
        var peer: Address
        var client: Address
    }

    /// Requests that are asked about.
    struct Grid: Sendable {
        var lines: [Line] = []
        var senders: [Sender] = []
    }

    let grid: Grid
    let names: Names
    private(set) var allowed: Set<UInt64> = []
    let configuration: GatewayConfiguration
    private let limiters = LimiterRegistry(capacity: 16)
    private var tokens = TokenCache(capacity: 2)
    private var answers: [Question: [Int]] = [:]

    init(_ snapshot: Snapshot, _ grid: Grid, _ names: Names) {
        self.grid = grid
        self.names = names
        configuration = GatewayConfiguration(
            routing: compile(snapshot), access: AccessTable(snapshot.objects, revision: snapshot.revision),
            objects: snapshot.objects)
    }

    /// The words for one element of `allowed`.
    func describe(_ element: UInt64) -> String {
        let request = Int(element >> 20)
        let (line, sender) = (grid.lines[request / grid.senders.count], grid.senders[request % grid.senders.count])
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        return "\(text(line.method)) \(text(line.host)):\(line.port)\(text(line.path)) \(line.headers.count) headers, "
            + "\(sender.name), \(names.all[Int(element & 0xFFFFF)])"
    }

    /// Fills `allowed`.
    func fill() {
        guard configuration.routing.denyAll == nil else { return }
        for (place, line) in grid.lines.enumerated() {
            guard let (listener, match) = match(line) else { continue }
            let policy = configuration.policies[match.rule.id]
            let backends = backends(match)
            guard !backends.isEmpty, policy.isAttached else { continue }
            let name = configuration.access.policies[Int(policy.enforced)].name
            let numbers = backends.map { names.number("\($0) by \(name)") }
            for number in senders(line, policy, trustsHops: configuration.trustedHops[listener.index] > 0) {
                let request = UInt64(place * grid.senders.count + number)
                for backend in numbers { allowed.insert(request << 20 | backend) }
            }
        }
    }

    /// The stage `route`.
    private func match(_ line: Line) -> (CompiledListener, RouteMatch)? {
        guard let port = configuration.port(line.port) else { return nil }
        let listener = line.host.withUnsafeBytes { host -> CompiledListener? in
            let selection = port.selectListener(host: host, serverName: port.isTLS ? host : nil)
            if case .listener(let listener) = selection { return listener }
            return nil
        }
        guard let listener, configuration.entrances[listener.index] == .open else { return nil }
        return line.withView { view in
            let match = line.withHeaders { headers in
                listener.match(view) { headers[String(decoding: $0, as: UTF8.self)] }
            }
            guard let match, !listener.isClaimed(view, matched: match) else { return nil }
            return (listener, match)
        }
    }

    /// The stages `rewrite` and `forward`: everywhere that a request may go.
    private func backends(_ match: RouteMatch) -> [String] {
        let mirrors = (match.rule.extras?.filters.mirrors ?? []).compactMap { mirror -> String? in
            guard case .cluster(let number) = mirror.destination else { return nil }
            return "a copy to " + name(number)
        }
        switch match.rule.action {
        case .refuse: return []
        case .redirect: return ["redirect"] + mirrors
        case .forward(let backends):
            let targets = backends.targets.compactMap { target in
                target.redirect != nil ? "redirect" : target.cluster.map(name)
            }
            return targets.isEmpty ? [] : targets + mirrors
        }
    }

    private func name(_ cluster: Int) -> String {
        let cluster = configuration.routing.clusters[cluster]
        let tls = cluster.key.tls.map { " with TLS as \($0.serverName)" } ?? " in the clear"
        return cluster.name + tls
    }

    /// What a policy is asked, whoever sends.
    private struct Question: Hashable {
        var policy: PolicyID
        var path: [UInt8]
        var method: [UInt8]
        var trustsHops: Bool
    }

    /// The senders that a policy allows.
    private func senders(_ line: Line, _ policy: PolicyID, trustsHops: Bool) -> [Int] {
        let question = Question(policy: policy, path: line.path, method: line.method, trustsHops: trustsHops)
        if let known = answers[question] { return known }
        let found = grid.senders.indices.filter { isAllowed(grid.senders[$0], line, policy, trustsHops: trustsHops) }
        answers[question] = found
        return found
    }

    /// The stages `authenticate` and `authorize`.
    private func isAllowed(_ sender: Sender, _ line: Line, _ policy: PolicyID, trustsHops: Bool) -> Bool {
        let source = trustsHops ? sender.client : sender.peer
        let caller = configuration.access.authenticate(
            sender.credentials, at: CallerPlace(source: source), cache: &tokens, nowSeconds: 1_800_000_000)
        return line.withView { view in
            let decision = configuration.access.authorize(
                policy, caller, AccessRequest(source: source, method: view.method, path: view.path), limiters: limiters,
                nowNanoseconds: 0)
            switch consume decision {
            case .permitted: return true
            case .denied: return false
            }
        }
    }
}

extension Reach.Line {
    func withView<Result>(_ body: (RequestView) -> Result) -> Result {
        method.withUnsafeBytes { method in
            host.withUnsafeBytes { host in
                path.withUnsafeBytes { path in
                    body(RequestView(method: method, host: host, path: path, query: .init(start: nil, count: 0)))
                }
            }
        }
    }

    /// The headers, as bytes that live as long as the call.
    func withHeaders<Result>(_ body: ([String: UnsafeRawBufferPointer]) -> Result) -> Result {
        guard let header = headers.first else { return body([:]) }
        return header.value.withUnsafeBytes { body([String(decoding: header.key, as: UTF8.self): $0]) }
    }
}
