import Kubernetes
import Routing
import Testing

@testable import Gateway

/// What of a rule can be known before any request comes.
struct RulePlanTests {
    private func plan(_ rule: String, extra: String = "") -> RulePlan? {
        var world = World()
        world.services = ["a": [1], "b": [2]]
        world.rules = [rule]
        world.extra = extra
        let snapshot = ObjectDecoder.snapshot(files: [("w.yaml", Array(world.yaml(port: 8080).utf8))], revision: 1)
        #expect(snapshot.mistakes.map(\.description) == [])
        var options = RoutingOptions()
        options.allowsLocalBackends = true
        let rules = compile(snapshot, options: options).rules
        #expect(rules.count == 1)
        return rules.first.map { RulePlan($0, servers: [.unknown, .unknown]) }
    }

    private static let header = "{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-a, value: b}]}}"
    private static let answer = "{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: x-a, value: b}]}}"
    private static let rewrite = "{type: URLRewrite, urlRewrite: {hostname: b.test}}"
    private static let mirror = "{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 80}}}"
    private static let redirect = "{type: RequestRedirect, requestRedirect: {hostname: b.test}}"

    @Test("one backend that changes nothing: there is nothing to choose")
    func plain() {
        for rule in [
            "{backendRefs: [{name: a, port: 80}]}",
            "{backendRefs: [{name: a, port: 80}, {name: b, port: 80, weight: 0}]}",
        ] {
            let plan = plan(rule)
            #expect(plan?.onlyCluster == 0 && plan?.changesRequest == false && plan?.hasMirrors == false, "\(rule)")
        }
    }

    @Test("where something is to be chosen, or the backend changes something, the rule is asked")
    func choices() {
        for rule in [
            "{backendRefs: [{name: a, port: 80}, {name: b, port: 80}]}",
            "{backendRefs: [{name: a, port: 80, filters: [\(Self.header)]}]}",
            "{backendRefs: [{name: a, port: 80, filters: [\(Self.answer)]}]}",
            "{backendRefs: [{name: a, port: 80, filters: [\(Self.mirror)]}]}",
            "{backendRefs: [{name: none, port: 80}]}", "{backendRefs: [{name: a, port: 80, weight: 0}]}",
            "{filters: [\(Self.redirect)]}",
        ] { #expect(plan(rule)?.onlyCluster == nil, "\(rule)") }
        let filter =
            "{apiVersion: sallyport.dev/v1alpha1, kind: ModelFilter, metadata: {name: f, namespace: t}, "
            + "spec: {rules: [{models: [m], rename: n}]}}"
        let chooses = plan(
            "{filters: [{type: ExtensionRef, extensionRef: {group: sallyport.dev, kind: ModelFilter, name: f}}], "
                + "backendRefs: [{name: a, port: 80}]}", extra: filter)
        #expect(chooses?.onlyCluster == nil && chooses?.choosesModel == true)
    }

    @Test("what the rule itself changes is known")
    func changes() {
        func flags(_ filter: String) -> [Bool]? {
            plan("{filters: [\(filter)], backendRefs: [{name: a, port: 80}]}").map {
                [$0.onlyCluster != nil, $0.changesRequest, $0.hasMirrors]
            }
        }
        #expect(flags(Self.header) == [true, true, false])
        #expect(flags(Self.rewrite) == [true, true, false])
        #expect(flags(Self.answer) == [true, false, false])
        #expect(flags(Self.mirror) == [true, false, true])
    }
}
