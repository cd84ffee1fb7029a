#if os(Linux)

    import Addresses
    import Foundation
    import Glibc
    import KernelWorlds
    import Kubernetes
    import PacketFilter

    @testable import Agent
    @testable import Lab

    /// Two nodes, some pods and a Service, with real links between them, for trials that go on while rules change.
    ///
    /// Node `one` is filtered; `server` and `neighbour` are on it, `friend` and `stranger` on node `two`.
    final class TrialLab {
        let lab: Lab

        /// Makes it.
        init(_ more: String = "") throws {
            let name = try LabName("t" + String(UInt32.random(in: 0 ... .max), radix: 36))
            lab = try Lab(Self.objects(Self.pods.map(\.manifest) + [more]), name: name)
            try lab.up()
        }

        deinit { _ = try? lab.down() }

        // MARK: Who there is

        /// A pod of the trials.
        struct Guest {
            let name: String
            let node: String
            let address: String

            var manifest: String { TrialLab.pod(name, node, address) }
        }

        static let server = Guest(name: "server", node: "one", address: "10.1.1.10")
        static let neighbour = Guest(name: "neighbour", node: "one", address: "10.1.1.11")
        static let friend = Guest(name: "friend", node: "two", address: "10.1.2.10")
        static let stranger = Guest(name: "stranger", node: "two", address: "10.1.2.11")
        static let pods = [server, neighbour, friend, stranger]
        /// The Service in front of `server`.
        static let service = "10.96.0.10"
        /// Where trials let programs of their own listen; nobody else does.
        static let port: UInt16 = 9053

        static let settings = NodeSettings(node: "one")

        static func pod(_ name: String, _ node: String, _ address: String, phase: String = "Running") -> String {
            """
            {apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: shop, labels: {app: \(name)}},
              spec: {nodeName: \(node), containers: [{name: c, image: i, ports: [{containerPort: 80}]}]},
              status: {phase: \(phase), podIP: \(address)}}
            """
        }

        /// Lets only these call `server`, on all ports.
        static func onlyFrom(_ apps: String..., ports: String = "", name: String = "server") -> String {
            let peers = apps.map { "{podSelector: {matchLabels: {app: \($0)}}}" }.joined(separator: ", ")
            // A rule without peers would be one for everybody.
            let rules = apps.isEmpty ? "" : "{from: [\(peers)]\(ports)}"
            return """
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: \(name), namespace: shop},
                  spec: {podSelector: {matchLabels: {app: server}}, policyTypes: [Ingress], ingress: [\(rules)]}}
                """
        }

        // MARK: Objects

        private static let base = """
            {apiVersion: v1, kind: Node, metadata: {name: one}, spec: {podCIDRs: [10.1.1.0/24]},
              status: {addresses: [{type: InternalIP, address: 192.168.7.1}]}}
            ---
            {apiVersion: v1, kind: Node, metadata: {name: two}, spec: {podCIDRs: [10.1.2.0/24]},
              status: {addresses: [{type: InternalIP, address: 192.168.7.2}]}}
            ---
            {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: server, namespace: shop},
              spec: {selector: {app: server}, clusterIP: \(service), ports: [{port: 80, targetPort: \(port)}]}}
            """

        /// The objects of the cluster with these manifests.
        static func objects(_ manifests: [String]) throws -> Objects { try snapshot(manifests).objects }

        /// The same as the agent gets them.
        static func snapshot(_ manifests: [String], revision: UInt64 = 1) throws -> Snapshot {
            let text = ([base] + manifests.filter { !$0.isEmpty }).joined(separator: "\n---\n")
            let snapshot = ObjectDecoder.combine(
                [ObjectDecoder.decode(text: text, file: "trial.yaml")], revision: revision)
            guard snapshot.mistakes.isEmpty else { throw WorldError("\(snapshot.mistakes)") }
            return snapshot
        }

        /// All pods, and these policies.
        static func snapshot(_ policies: String...) throws -> Snapshot { try snapshot(pods.map(\.manifest) + policies) }

        // MARK: Places

        /// Runs something in the network of a pod.
        func inside<R>(_ guest: Guest, _ body: () throws -> R) throws -> R {
            try inside(.pod(NamespacedName("shop", guest.name)), body)
        }

        /// Runs something in the network of a place.
        func inside<R>(_ place: LabPlace, _ body: () throws -> R) throws -> R {
            try inNamespace(named: lab.plan.find(place).namespace, body)
        }

        /// Runs something on the filtered node.
        func onNode<R>(_ body: () throws -> R) throws -> R { try inside(.node("one"), body) }
    }

    extension TestSocket {
        /// A socket whose reads end after a while, so that no trial hangs.
        func patient(milliseconds: Int = 20_000) throws -> TestSocket {
            var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
            let bytes = withUnsafeBytes(of: &time) { Array($0) }
            try setOption(Int(SOL_SOCKET), SO_RCVTIMEO, bytes)
            try setOption(Int(SOL_SOCKET), SO_SNDTIMEO, bytes)
            return self
        }

        /// Sends over a connection.
        func say(_ bytes: [UInt8]) -> Int { Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

        /// What came over a connection next; nil: nothing in time, or it ended.
        func hear() -> [UInt8]? {
            guard let bytes = try? receive(), !bytes.isEmpty else { return nil }
            return bytes
        }

        /// True when something waits to be read.
        func hasNews(milliseconds: Int32) -> Bool {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&entry, 1, milliseconds) > 0
        }
    }

#endif
