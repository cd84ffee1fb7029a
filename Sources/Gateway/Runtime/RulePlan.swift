import Access
import Kubernetes
import ModelTraffic
import Routing

/// What stands behind a rule of a route, as far as it decides what a request would do there. Made once for each
/// configuration.
final class RulePlan: Sendable {
    /// A server that requests may reach, and the path that it would see.
    struct Candidate: Sendable, Hashable {
        var server: ServerStanding
        /// Changes of the path, the rule's and then the backend's.
        var rewrites: [PathRewrite]
    }

    /// Each once; empty: the rule sends nothing anywhere.
    let candidates: [Candidate]
    /// The rule chooses by model: then it must be possible to know which one is meant.
    let choosesModel: Bool
    /// The one cluster that all requests go to, where nothing is to be chosen and the backend changes nothing; nil: the
    /// rule has to be asked.
    let onlyCluster: Int?
    /// The rule changes fields or the address of the request.
    let changesRequest: Bool
    /// The rule sends copies somewhere.
    let hasMirrors: Bool

    init(_ rule: CompiledRule, servers: [ServerStanding]) {
        let filters = rule.extras?.filters ?? RuleFilters()
        var (candidates, mirrors) = ([Candidate](), [Candidate]())
        if case .forward(let backends) = rule.action {
            for target in backends.targets + (filters.models?.targets ?? []) {
                guard let cluster = target.cluster else { continue }
                let rewrites = [filters.rewrite?.path, target.filters.rewrite?.path].compactMap { $0 }
                candidates.append(Candidate(server: servers[cluster], rewrites: rewrites))
                mirrors += Self.known(filters.mirrors + target.filters.mirrors, servers).map {
                    Candidate(server: $0, rewrites: rewrites)
                }
            }
        }
        var seen: Set<Candidate> = []
        self.candidates = (candidates + mirrors).filter { seen.insert($0).inserted }
        choosesModel = filters.models != nil
        onlyCluster = Self.onlyCluster(rule)
        changesRequest = filters.requestHeaders != nil || filters.rewrite != nil
        hasMirrors = !filters.mirrors.isEmpty
    }

    private static func onlyCluster(_ rule: CompiledRule) -> Int? {
        guard case .forward(let backends) = rule.action, backends.targets.count == 1,
            rule.extras?.filters.models == nil,
            let target = backends.targets.first, target.redirect == nil, target.filters.isEmpty
        else { return nil }
        return target.cluster
    }

    /// A server that gets copies does with them what it would do with the request. One that is not known hears of them
    /// only, as whoever set up the mirror wanted: nothing is asked of it.
    private static func known(_ mirrors: [MirrorTarget], _ servers: [ServerStanding]) -> [ServerStanding] {
        mirrors.compactMap { mirror in
            guard case .cluster(let number) = mirror.destination, servers[number] != .unknown else { return nil }
            return servers[number]
        }
    }
}

/// The images of the pods behind Services.
struct PodImages {
    private let pods: [String: [Pod]]

    init(_ objects: Objects) {
        pods = Dictionary(grouping: objects.pods.values.filter(\.isLive), by: \.metadata.namespace)
    }

    /// Sorted, each once.
    func images(behind service: Service) -> [String] {
        guard !service.selector.isEmpty else { return [] }
        var images: Set<String> = []
        for pod in pods[service.metadata.namespace] ?? [] {
            let isSelected = service.selector.allSatisfy { pod.metadata.labels[$0.key] == $0.value }
            if isSelected { images.formUnion(pod.images) }
        }
        return images.sorted()
    }
}

/// What is known of the server that a backend is.
enum ServerStanding: Sendable, Hashable {
    /// Its table says what each method and path mean.
    case known(ServerID)
    /// Nobody has said what it is, and nothing about it says so.
    case unknown
    /// The Service names a server of which there is no table, or none that can be used.
    case misnamed
}

/// What a request would do, as far as method and path tell.
struct EndpointStanding {
    /// nil: one of the servers that it may reach is not known.
    var classes: OperationClasses?
    var dialect: Dialect?
    var model: String?
    var server = ""

    /// Takes in what another server would make of the request: it is all that any of them would.
    mutating func add(_ match: EndpointMatch, on path: UnsafeRawBufferPointer, server name: String) throws(Reason) {
        let model = match.pathModel.map { Self.decoded(path[$0]) }
        if server.isEmpty {
            (classes, dialect, self.model, server) = (match.classes, match.dialect, model, name)
            return
        }
        // Two servers that read one request differently: it cannot be judged for both.
        guard dialect == match.dialect, self.model == model else { throw .unknownEndpoint }
        classes?.formUnion(match.classes)
    }

    /// A name in a path, without percent-encoding.
    private static func decoded(_ text: Slice<UnsafeRawBufferPointer>) -> String {
        var bytes: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.endIndex, let high = hexDigit(text[index + 1]),
                let low = hexDigit(text[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension RulePlan: Hashable {
    static func == (a: RulePlan, b: RulePlan) -> Bool {
        a.candidates == b.candidates && a.choosesModel == b.choosesModel && a.onlyCluster == b.onlyCluster
            && a.changesRequest == b.changesRequest && a.hasMirrors == b.hasMirrors
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(candidates)
        hasher.combine(onlyCluster)
    }
}

extension RulePlan {
    /// What the request would do on whichever server it may reach.
    ///
    /// - Returns: that, or why it may reach none of them.
    func classify(
        _ request: RequestView, isUpgrade: Bool, matchedPrefixLength: Int, _ catalogue: ServerCatalogue
    ) -> Result<EndpointStanding, Reason> {
        do throws(Reason) {
            return .success(try standing(request, isUpgrade, matchedPrefixLength, catalogue))
        } catch {
            return .failure(error)
        }
    }

    private func standing(
        _ request: RequestView, _ isUpgrade: Bool, _ matchedPrefixLength: Int, _ catalogue: ServerCatalogue
    ) throws(Reason) -> EndpointStanding {
        var standing = EndpointStanding()
        var isUnknown = false
        for candidate in candidates {
            switch candidate.server {
            case .misnamed: throw .misnamedServer
            case .unknown: isUnknown = true
            case .known(let server):
                try candidate.withPath(request.path, matchedPrefixLength) { (path) throws(Reason) in
                    guard
                        let match = catalogue.match(
                            server: server, method: request.method, path: path, isUpgrade: isUpgrade)
                    else { throw .unknownEndpoint }
                    try standing.add(match, on: path, server: catalogue[server].table.name)
                }
            }
        }
        // Which model is meant can only be read where the server is known.
        if isUnknown, choosesModel { throw .unknownEndpoint }
        return isUnknown ? EndpointStanding() : standing
    }
}

extension RulePlan.Candidate {
    /// The path that the server would see.
    fileprivate func withPath(
        _ path: UnsafeRawBufferPointer, _ matched: Int, _ body: (UnsafeRawBufferPointer) throws(Reason) -> Void
    ) throws(Reason) {
        guard let first = rewrites.first else { return try body(path) }
        // Only the rule's own rewrite knows what the match covered; the backend's comes after it, as when it is sent.
        var changed = first.apply(to: path, matchedPrefixLength: matched)
        for rewrite in rewrites.dropFirst() {
            changed = changed.withUnsafeBytes { rewrite.apply(to: $0, matchedPrefixLength: matched) }
        }
        let result = changed.withUnsafeBytes { (bytes) -> Result<Void, Reason> in
            do throws(Reason) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }
}
