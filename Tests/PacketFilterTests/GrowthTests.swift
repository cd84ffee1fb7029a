import Addresses
import Kubernetes
import Testing

@testable import PacketFilter
@testable import Policy
@testable import Reachability

/// What is carried from one state to the next is bounded by what there is, not by what there ever was.
@Suite("Nothing grows with changes") struct GrowthTests {
    @Test func podsWithNewLabelsAndPortsWithoutEnd() throws {
        var objects = AgreementTests.objects(Self.cluster)
        let (pod, policy) = (NamespacedName("default", "web"), NamespacedName("default", "web"))
        let template = try #require(objects.pods[pod])
        var inventory = Inventory(objects)
        var translated = TranslatedPolicies(objects)
        var list = GuestList(inventory: inventory, policies: translated.policies)
        var filter = NodeFilter(list, FilteredNode("n1"))
        var (words, sets, serials, kept) = (0, 0, UInt32(0), 0)
        for round in 0..<1_200 {
            let before = objects
            var next = template
            next.metadata.name = "pod-\(round)"
            next.metadata.labels["app"] = "app-\(round)"
            next.addresses = [Address(ipv4: 0x0a00_0000 + UInt32(100 + round % 50))]
            next.ports[0].number = 1_000 + round
            objects.pods[next.key] = next
            objects.pods[NamespacedName("default", "pod-\(round - 20)")] = nil
            objects.networkPolicies[policy]?.ingress[0].ports[0].port = .range(PortRange(UInt16(1_000 + round)))
            let made = inventory.updated(from: before, to: objects)
            kept += made == nil ? 0 : 1
            inventory = made ?? Inventory(objects)
            translated = translated.updated(objects)
            list = list.updated(inventory: inventory, policies: translated.policies)
            filter = NodeFilter(list, FilteredNode("n1"), previous: filter)
            words = max(words, list.grouping.vocabulary.count)
            sets = max(sets, filter.sayings.tables.size)
            serials = max(serials, list.nextSerial)
            #expect(inventory.addresses.bits.count == objects.pods.count)
            #expect(inventory.endpoints.count == objects.pods.count)
        }
        #expect(kept == 1_200)
        #expect(words > 500 && words < 1_500, "labels and ports that have a number: \(words)")
        #expect(sets > 50 && sets < 1_500, "sets of traffic and what follows from them: \(sets)")
        #expect(serials < 1_200, "policies that were compiled: \(serials)")
        #expect(filter.rulesets == NodeFilter(GuestList(objects), FilteredNode("n1")).rulesets)
    }

    @Test func onePolicyEditedWithoutEnd() throws {
        var objects = AgreementTests.objects(Self.cluster)
        let policy = NamespacedName("default", "web")
        var list = GuestList(objects)
        var filter = NodeFilter(list, FilteredNode("n1"))
        var sets = 0
        for round in 0..<1_000 {
            objects.networkPolicies[policy]?.ingress[0].ports[0].port = .range(PortRange(UInt16(1_000 + round)))
            list = list.updated(inventory: list.inventory, policies: WorkloadPolicy.all(in: objects))
            filter = NodeFilter(list, FilteredNode("n1"), previous: filter)
            sets = max(sets, filter.sayings.tables.size)
        }
        #expect(sets > 500 && sets < 1_500, "\(sets)")
        #expect(filter.rulesets == NodeFilter(GuestList(objects), FilteredNode("n1")).rulesets)
    }

    private static let cluster = """
        {apiVersion: v1, kind: Namespace, metadata: {name: default}}
        ---
        {apiVersion: v1, kind: Node, metadata: {name: n1}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default, labels: {app: web}},
          spec: {nodeName: n1, containers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]},
          status: {phase: Running, podIP: 10.0.0.1}}
        ---
        {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: default},
          spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]}}
        ---
        {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: named, namespace: default},
          spec: {podSelector: {matchExpressions: [{key: app, operator: Exists}]},
            ingress: [{from: [{podSelector: {}}], ports: [{port: http}]}]}}
        """
}
