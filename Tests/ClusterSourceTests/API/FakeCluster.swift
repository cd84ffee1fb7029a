import Foundation
import Synchronization

@testable import ClusterSource

/// A small API server: keeps objects with their versions, lists them in parts, tells watches of changes, and forgets.
/// Whatever it would do, a test can have it do something else instead.
final class FakeCluster: Sendable {
    struct Kind: Hashable, Sendable {
        var group: String
        var version: String
        var plural: String
        var kind: String
        var isNamespaced = true

        var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
        var root: String { group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)" }
    }

    private struct Event {
        var version: Int
        var plural: String
        var namespace: String
        var name: String
        var line: String
    }

    private struct State {
        var kinds: [Kind]
        var objects: [String: [String: (namespace: String, name: String, json: String)]] = [:]
        var events: [Event] = []
        var version = 10
        var forgottenBefore = 0
        var fault: (@Sendable (FakeAPIServer.Request) async -> FakeAPIServer.Answer?)?
        var openWatches: [String: Int] = [:]
        var mostWatches: [String: Int] = [:]
    }

    private let state: Mutex<State>

    init(_ kinds: [Kind]) {
        state = Mutex(State(kinds: kinds))
    }

    static let configMaps = Kind(group: "", version: "v1", plural: "configmaps", kind: "ConfigMap")
    static let secrets = Kind(group: "", version: "v1", plural: "secrets", kind: "Secret")
    static let services = Kind(group: "", version: "v1", plural: "services", kind: "Service")
    static let pods = Kind(group: "", version: "v1", plural: "pods", kind: "Pod")
    static let accessKeys = Kind(
        group: "sallyport.dev", version: "v1alpha1", plural: "accesskeys", kind: "AccessKey")

    // MARK: What a test does

    /// Serves these kinds from now on.
    func serve(_ kinds: [Kind]) { state.withLock { $0.kinds = kinds } }

    /// What is asked first; nil from it means that nothing is special about a request.
    func fault(_ fault: (@Sendable (FakeAPIServer.Request) async -> FakeAPIServer.Answer?)?) {
        state.withLock { $0.fault = fault }
    }

    /// Writes an object; `body` are its members beside `metadata`, `metadata` more members of that.
    func put(_ kind: Kind, _ name: String, in namespace: String = "default", _ body: String, metadata: String = "") {
        state.withLock { state in
            state.version += 1
            let place = kind.isNamespaced ? "\"namespace\":\"\(namespace)\"," : ""
            let text =
                "{\"metadata\":{\(place)\"name\":\"\(name)\",\"resourceVersion\":\"\(state.version)\"\(metadata)},\(body)}"
            // A watch is made of lines.
            let json = text.replacing("\n", with: "")
            let key = "\(namespace)/\(name)"
            let isNew = state.objects[kind.plural]?[key] == nil
            state.objects[kind.plural, default: [:]][key] = (namespace, name, json)
            Self.log(&state, kind, namespace, name, isNew ? "ADDED" : "MODIFIED", json)
        }
    }

    func delete(_ kind: Kind, _ name: String, in namespace: String = "default") {
        state.withLock { state in
            guard let old = state.objects[kind.plural]?.removeValue(forKey: "\(namespace)/\(name)") else { return }
            state.version += 1
            let json = old.json.replacing(/"resourceVersion":"\d+"/, with: "\"resourceVersion\":\"\(state.version)\"")
            Self.log(&state, kind, namespace, name, "DELETED", json)
        }
    }

    /// Forgets all states but the present one, as etcd does every five minutes.
    func forget() {
        state.withLock { state in
            state.version += 1
            state.forgottenBefore = state.version
            state.events = []
        }
    }

    /// Starts to count versions from the beginning, as a server does that was set back to a copy of its data.
    func setBack() {
        state.withLock { state in
            state.version = 1
            state.events = []
            state.forgottenBefore = 0
        }
    }

    /// The most watches of a resource that were open at once.
    func mostWatches(_ plural: String) -> Int { state.withLock { $0.mostWatches[plural] ?? 0 } }

    /// How many watches of a resource are open.
    func openWatches(_ plural: String) -> Int { state.withLock { $0.openWatches[plural] ?? 0 } }

    private static func log(
        _ state: inout State, _ kind: Kind, _ namespace: String, _ name: String, _ type: String, _ json: String
    ) {
        let whole = "{\"kind\":\"\(kind.kind)\",\"apiVersion\":\"\(kind.apiVersion)\"," + json.dropFirst()
        state.events.append(
            Event(
                version: state.version, plural: kind.plural, namespace: namespace, name: name,
                line: "{\"type\":\"\(type)\",\"object\":\(whole)}\n"))
    }

    // MARK: Answers

    func answer(_ request: FakeAPIServer.Request) async -> FakeAPIServer.Answer {
        let fault = state.withLock { $0.fault }
        if let answer = await fault?(request) { return answer }
        if request.path == "/readyz" { return .json("ok") }
        if request.path == "/apis" { return groups() }
        let kinds = state.withLock { $0.kinds }
        if kinds.contains(where: { $0.root == request.path }) { return resources(request.path) }
        if request.path == "/api/v1" { return .json(Self.resourceList("v1", [])) }
        for kind in kinds where request.path.hasPrefix(kind.root + "/") {
            let rest = request.path.dropFirst(kind.root.count + 1).split(separator: "/").map(String.init)
            let inNamespace = rest.count >= 3 && rest[0] == "namespaces"
            let tail = inNamespace ? Array(rest.dropFirst(2)) : rest
            guard tail.first == kind.plural else { continue }
            let namespace = inNamespace ? rest[1] : nil
            if tail.count > 1 { return get(kind, namespace ?? "default", tail[1]) }
            return request.isWatch ? watch(kind, namespace, request) : list(kind, namespace, request)
        }
        return Self.status(404, "NotFound", "no such path")
    }

    static func status(
        _ code: Int, _ reason: String, _ message: String, headers: [String: String] = [:]
    ) -> FakeAPIServer.Answer {
        .json(status: code, statusText(code, reason, message), headers: headers)
    }

    static func statusText(_ code: Int, _ reason: String, _ message: String) -> String {
        """
        {"kind":"Status","apiVersion":"v1","status":"Failure","message":"\(message)","reason":"\(reason)","code":\(code)}
        """
    }

    private func groups() -> FakeAPIServer.Answer {
        let kinds = state.withLock { $0.kinds }.filter { !$0.group.isEmpty }
        let groups = Dictionary(grouping: kinds, by: \.group).map { group, kinds in
            let versions = Set(kinds.map(\.version)).map { #"{"groupVersion":"\#(group)/\#($0)","version":"\#($0)"}"# }
            return #"{"name":"\#(group)","versions":[\#(versions.joined(separator: ","))]}"#
        }
        return .json(#"{"kind":"APIGroupList","groups":[\#(groups.joined(separator: ","))]}"#)
    }

    private func resources(_ root: String) -> FakeAPIServer.Answer {
        let kinds = state.withLock { $0.kinds }.filter { $0.root == root }
        return .json(Self.resourceList(kinds.first?.apiVersion ?? "", kinds))
    }

    private static func resourceList(_ version: String, _ kinds: [Kind]) -> String {
        let entries = kinds.map { #"{"name":"\#($0.plural)","namespaced":\#($0.isNamespaced),"kind":"\#($0.kind)"}"# }
        return
            #"{"kind":"APIResourceList","groupVersion":"\#(version)","resources":[\#(entries.joined(separator: ","))]}"#
    }

    private func get(_ kind: Kind, _ namespace: String, _ name: String) -> FakeAPIServer.Answer {
        let found = state.withLock { $0.objects[kind.plural]?["\(namespace)/\(name)"]?.json }
        return found.map { .json($0) } ?? Self.status(404, "NotFound", "\(kind.plural) \\\"\(name)\\\" not found")
    }

    private func list(_ kind: Kind, _ namespace: String?, _ request: FakeAPIServer.Request) -> FakeAPIServer.Answer {
        state.withLock { state in
            let all = (state.objects[kind.plural] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
                .filter { Self.fits($0.namespace, $0.name, namespace, request) }
            // A part goes on after so many objects of a state.
            let start = request.query["continue"]?.split(separator: ".").compactMap { Int($0) } ?? [state.version, 0]
            guard start.count == 2, start[0] >= state.forgottenBefore else {
                return Self.status(410, "Expired", "The provided continue parameter is too old")
            }
            let limit = request.query["limit"].flatMap { Int($0) } ?? Int.max
            let part = all.dropFirst(start[1]).prefix(limit)
            let done = start[1] + part.count
            let next = done < all.count ? #","continue":"\#(start[0]).\#(done)""# : ""
            return .json(
                #"{"kind":"\#(kind.kind)List","apiVersion":"\#(kind.apiVersion)","#
                    + #""metadata":{"resourceVersion":"\#(start[0])"\#(next)},"#
                    + #""items":[\#(part.map(\.json).joined(separator: ","))]}"#)
        }
    }

    private static func fits(
        _ namespace: String, _ name: String, _ wanted: String?, _ request: FakeAPIServer.Request
    ) -> Bool {
        guard wanted == nil || wanted == namespace else { return false }
        guard let field = request.query["fieldSelector"] else { return true }
        return field == "metadata.name=\(name)"
    }

    private func watch(_ kind: Kind, _ namespace: String?, _ request: FakeAPIServer.Request) -> FakeAPIServer.Answer {
        var position = request.query["resourceVersion"].flatMap { Int($0) }
        let (isTooOld, initial) = state.withLock { state -> (Bool, [String]) in
            if let position { return (position < state.forgottenBefore || position > state.version, []) }
            position = state.version
            let all = state.objects[kind.plural] ?? [:]
            return (false, all.values.filter { Self.fits($0.namespace, $0.name, namespace, request) }.map(\.json))
        }
        if isTooOld { return Self.status(410, "Expired", "too old resource version") }
        let start = position ?? 0
        return .stream { [weak self] writer in
            self?.count(kind.plural, 1)
            defer { self?.count(kind.plural, -1) }
            for json in initial where await !writer.write("{\"type\":\"ADDED\",\"object\":\(json)}\n") { return false }
            var seen = start
            while writer.isOpen {
                guard let self else { return false }
                let lines = self.lines(kind, namespace, request, after: seen)
                for line in lines where await !writer.write(line.text) { return false }
                seen = lines.last?.version ?? seen
                try? await Task.sleep(for: .milliseconds(2))
            }
            return false
        }
    }

    private func count(_ plural: String, _ change: Int) {
        state.withLock { state in
            state.openWatches[plural, default: 0] += change
            state.mostWatches[plural] = max(state.mostWatches[plural] ?? 0, state.openWatches[plural] ?? 0)
        }
    }

    private func lines(
        _ kind: Kind, _ namespace: String?, _ request: FakeAPIServer.Request, after seen: Int
    ) -> [(version: Int, text: String)] {
        state.withLock { state in
            state.events.filter {
                $0.plural == kind.plural && $0.version > seen && Self.fits($0.namespace, $0.name, namespace, request)
            }
            .map { ($0.version, $0.line) }
        }
    }
}
