#if os(Linux)
    import Addresses
    import Foundation
    import Kubernetes

    /// A generated cluster, and what happens to it.
    struct Cluster {
        /// What the objects say now.
        private(set) var snapshot: Snapshot
        private var pods = 0
        private var edits = 0

        /// Reads all files of a directory.
        init(_ directory: String) throws {
            let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted().map { name in
                let path = directory + "/" + name
                return (path, [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
            }
            snapshot = ObjectDecoder.snapshot(files: files, revision: 1)
            guard snapshot.mistakes.isEmpty else { throw BenchError("mistakes: \(snapshot.mistakes.prefix(3))") }
        }

        /// One more replica of something, on the node or elsewhere.
        mutating func addPod(onNode node: String, isHere: Bool) throws {
            let ordered = snapshot.objects.pods.values.lazy.filter { ($0.nodeName == node) == isHere }
            guard var pod = ordered.min(by: { $0.key < $1.key }) else { throw BenchError("no pod to copy") }
            pods += 1
            pod.metadata.name += "-more-\(pods)"
            pod.addresses = ["10.250.\(pods >> 8).\(pods & 255)"].compactMap { .init($0) }
            snapshot.objects.pods[pod.key] = pod
            snapshot.revision += 1
        }

        /// The policy with many peers gets another port: all that it allows is another thing.
        mutating func editPolicy(_ name: NamespacedName) throws {
            guard var policy = snapshot.objects.networkPolicies[name], policy.ingress.first?.ports.isEmpty == false
            else { throw BenchError("no policy \(name)") }
            edits += 1
            policy.ingress[0].ports[0].port = .range(PortRange(edits.isMultiple(of: 2) ? 8080 : 8081))
            snapshot.objects.networkPolicies[name] = policy
            snapshot.revision += 1
        }

        /// The policy with many peers gets another peer in the place of one.
        mutating func editPeers(_ name: NamespacedName) throws {
            guard var policy = snapshot.objects.networkPolicies[name], policy.ingress.first?.peers.isEmpty == false
            else { throw BenchError("no policy \(name)") }
            edits += 1
            guard let block = Prefix("198.51.100.\(edits)/32") else { throw BenchError("too many edits") }
            policy.ingress[0].peers[0] = .ipBlock(cidr: block, except: [])
            snapshot.objects.networkPolicies[name] = policy
            snapshot.revision += 1
        }

        /// The policy with 500 peers that `cluster.py` writes.
        static let manyPeers = NamespacedName("bench", "many-peers")
    }

    /// A sentence.
    struct BenchError: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
#endif
