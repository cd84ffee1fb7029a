import Addresses
import Kubernetes
import Policy
import Testing

@testable import Lab

@Suite("Clusters are settled")
struct LabClusterTests {
    private static func cluster(_ yaml: String, _ options: LabOptions = .init()) throws -> LabCluster {
        try LabCluster(objects(yaml), options)
    }

    private static func deployment(_ name: String, replicas: Int, _ more: String = "") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name)}
        spec:
          replicas: \(replicas)
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}}
            spec: {containers: [{name: c, image: x}]\(more)}
        """
    }

    private static func pod(_ name: String, _ status: String = "", _ spec: String = "") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name)}
        spec: {containers: [{name: c, image: x}]\(spec)}
        status: {\(status)}
        """
    }

    @Test("a controller without pods gets some, on a node that is made for them, with addresses of both families")
    func controller() throws {
        let cluster = try Self.cluster(Self.deployment("web", replicas: 2))
        let pods = cluster.objects.pods.values.sorted { $0.key < $1.key }
        #expect(pods.map(\.key.description) == ["default/web-0", "default/web-1"])
        #expect(pods.map(\.nodeName) == ["lab", "lab"])
        #expect(pods[0].addresses.map(\.description) == ["10.244.0.2", "fd00:10:244::2"])
        #expect(pods[1].addresses.map(\.description) == ["10.244.0.3", "fd00:10:244::3"])
        #expect(cluster.objects.nodes.values.map(\.metadata.name) == ["lab"])
        #expect(cluster.inventory.endpoints.allSatisfy { !$0.isTemplate && $0.workload.kind == "Deployment" })
        #expect(cluster.notes.isEmpty)
    }

    @Test("a controller gets no more pods than asked for, and a note says so; one that is to have none gets none")
    func replicas() throws {
        let yaml = Self.deployment("web", replicas: 9) + "\n---\n" + Self.deployment("idle", replicas: 0)
        let cluster = try Self.cluster(yaml, LabOptions(maximumReplicas: 4))
        #expect(cluster.objects.pods.count == 4)
        #expect(cluster.notes.count == 1 && cluster.notes[0].contains("4 of its 9"))
    }

    @Test("pods that are among the objects stay as they are, and their controller gets no others")
    func represented() throws {
        let cluster = try Self.cluster(threeNodes)
        let fixed = try #require(cluster.objects.pods[NamespacedName("shop", "fixed")])
        #expect(fixed.addresses.map(\.description) == ["10.1.2.77", "fd00:1:2::77"])
        // It goes where its address is from.
        #expect(fixed.nodeName == "two")
        let owned =
            Self.deployment("web", replicas: 3) + """

                ---
                apiVersion: v1
                kind: Pod
                metadata:
                  name: web-x
                  labels: {app: web}
                  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true}]
                spec: {containers: [{name: c, image: x}]}
                """
        #expect(try Self.cluster(owned).objects.pods.keys.map(\.name) == ["web-x"])
    }

    @Test("names that are taken are not given again")
    func names() throws {
        let cluster = try Self.cluster(Self.deployment("web", replicas: 2) + "\n---\n" + Self.pod("web-0"))
        #expect(cluster.objects.pods.keys.map(\.name).sorted() == ["web-0", "web-1", "web-2"])
    }

    @Test("a DaemonSet has a pod on every node; on the network of a node it has that node's addresses")
    func daemonSet() throws {
        let cluster = try Self.cluster(threeNodes)
        let agents = cluster.objects.pods.values.filter { $0.metadata.name.hasPrefix("agent-") }
        #expect(Set(agents.compactMap(\.nodeName)) == ["one", "two", "three"])
        for agent in agents {
            let node = cluster.objects.nodes[NamespacedName("", agent.nodeName ?? "")]
            #expect(agent.addresses.isEmpty && agent.hostAddresses == node?.addresses)
        }
    }

    @Test("finished pods are not there")
    func finished() throws {
        let yaml =
            Self.pod("done", "phase: Succeeded, podIP: 10.0.0.1") + "\n---\n" + Self.pod("runs", "podIP: 10.0.0.1")
        #expect(try Self.cluster(yaml).objects.pods.keys.map(\.name) == ["runs"])
        #expect(throws: LabError.self) { try Self.cluster(Self.pod("done", "phase: Failed")) }
    }

    @Test("a cluster that has only IPv4 gets only IPv4")
    func families() throws {
        let yaml = Self.pod("a", "podIP: 10.0.0.1") + "\n---\n" + Self.pod("b")
        let cluster = try Self.cluster(yaml)
        #expect(cluster.families == [true])
        #expect(cluster.objects.pods.values.flatMap(\.addresses).allSatisfy { $0.isIPv4 })
        #expect(cluster.objects.nodes.values.flatMap(\.addresses).allSatisfy { $0.isIPv4 })
    }

    @Test("addresses that somebody has are not given again")
    func collisions() throws {
        let yaml =
            Self.pod("a", "podIP: 10.244.0.2") + "\n---\n" + Self.pod("b") + "\n---\n"
            + "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {clusterIP: 10.244.0.3, ports: [{port: 1}]}"
        let cluster = try Self.cluster(yaml)
        let b = try #require(cluster.objects.pods[NamespacedName("default", "b")])
        #expect(b.addresses.map(\.description) == ["10.244.0.4"])
    }

    @Test("Services get addresses, and those without one of their own do not")
    func services() throws {
        let yaml =
            Self.pod("a") + "\n---\n"
            + "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: NodePort, ports: [{port: 1}]}\n---\n"
            + "apiVersion: v1\nkind: Service\nmetadata: {name: h}\nspec: {clusterIP: None, ports: [{port: 1}]}\n---\n"
            + "apiVersion: v1\nkind: Service\nmetadata: {name: e}\nspec: {type: ExternalName, externalName: example.com}"
        let services = try Self.cluster(yaml).objects.services
        #expect(services[NamespacedName("default", "s")]?.clusterIPs == ["10.96.0.2", "fd00:10:96::2"])
        #expect(services[NamespacedName("default", "s")]?.ports[0].nodePort == 30000)
        #expect(services[NamespacedName("default", "h")]?.clusterIPs == ["None"])
        #expect(services[NamespacedName("default", "e")]?.clusterIPs == [])
    }

    @Test("too many pods are an error that says what to do, unless they are wanted")
    func tooMany() throws {
        let yaml = Self.deployment("web", replicas: 20)
        let options = LabOptions(maximumPods: 10, maximumReplicas: 20)
        let error = #expect(throws: LabError.self) { try Self.cluster(yaml, options) }
        #expect(error?.kind == .badInput && error?.advice.contains("--yes-many") == true)
        #expect(try Self.cluster(yaml, LabOptions(maximumPods: nil, maximumReplicas: 20)).objects.pods.count == 20)
    }

    @Test("when the block of a node is full, pods have addresses nevertheless, and a note says so")
    func full() throws {
        let node = "apiVersion: v1\nkind: Node\nmetadata: {name: n}\nspec: {podCIDR: 10.9.9.0/30}\n---\n"
        let cluster = try Self.cluster(node + Self.deployment("web", replicas: 5), LabOptions(maximumReplicas: 5))
        let addresses = cluster.objects.pods.sorted { $0.key < $1.key }.map { $0.value.addresses.map(\.description) }
        #expect(addresses.map(\.first) == ["10.9.9.0", "10.9.9.1", "10.9.9.2", "10.9.9.3", "10.244.0.2"])
        #expect(cluster.notes.count == 1 && cluster.notes[0].contains("podCIDRs of node n are full"))
    }

    @Test("the same objects make the same cluster")
    func deterministic() throws {
        let first = try Self.cluster(threeNodes)
        for _ in 0..<5 {
            let again = try Self.cluster(threeNodes)
            #expect(again.objects.pods == first.objects.pods && again.objects.nodes == first.objects.nodes)
            #expect(again.objects.services == first.objects.services)
        }
    }
}
