#if os(Linux)

    import Addresses
    import Foundation
    import Kubernetes
    import Policy
    import Records
    import Testing

    @testable import Agent
    @testable import Netfilter

    /// A small cluster: `web` on this node may call `db` on port 5432 (it is here too) and nobody else; `db` admits `web`
    /// there; a staged policy would keep `web` from port 5432.
    enum SmallCluster {
        static let text = """
            {apiVersion: v1, kind: Pod, metadata: {name: web-1, namespace: shop, labels: {app: web}},
              spec: {nodeName: n1}, status: {phase: Running, podIP: 10.0.1.2}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: db-0, namespace: shop, labels: {app: db}},
              spec: {nodeName: n1}, status: {phase: Running, podIP: 10.0.2.2}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: far, namespace: shop, labels: {app: far}},
              spec: {nodeName: n2}, status: {phase: Running, podIP: 10.0.9.9, hostIP: 192.168.7.2}}
            ---
            {apiVersion: v1, kind: Node, metadata: {name: n1},
              status: {addresses: [{type: InternalIP, address: 192.168.7.1}]}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop},
              spec: {clusterIP: 10.96.0.7, selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: shop},
              spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],
                egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: db, namespace: shop},
              spec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress],
                ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]}}
            """

        static let stagedText = """
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: strict, namespace: shop,
              annotations: {sallyport.dev/enforcement: staged}},
              spec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress],
                ingress: [{from: [{podSelector: {matchLabels: {app: far}}}]}]}}
            """

        static func objects(_ text: String = text) -> Objects {
            ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "cluster.yaml")], revision: 1).objects
        }

        static let list = GuestList(objects())

        /// A history in which the list came into force.
        static func history(_ text: String = text, at time: UInt64 = 1) -> GuestListHistory {
            let (objects, history) = (objects(text), GuestListHistory(node: "n1"))
            let list = GuestList(objects)
            history.install(list, names: PlaceNames(objects, list.inventory), revision: 42, at: time)
            return history
        }
    }

    /// An observer that is fed by hand.
    final class TestObserver {
        let observer: Observer
        let history: GuestListHistory
        var time: UInt64 = 1_795_424_400_000_000_000
        var now: UInt64 = 5_000_000_000

        init(_ history: GuestListHistory = SmallCluster.history(), limits: Observer.Limits = .init()) {
            self.history = history
            observer = Observer(node: "n1", limits: limits) { $0 == 3 ? "veth3" : "" }
        }

        var moment: Observer.Moment { Observer.Moment(lists: history.current, time: time, now: now) }

        func take(_ packet: LoggedPacket) { observer.take(packet, moment) }
        func began(_ flow: Flow) { observer.began(flow, moment) }
        func ended(_ flow: Flow) { observer.ended(flow, moment) }

        func wait(_ seconds: Double) {
            let nanoseconds = UInt64(seconds * 1e9)
            (time, now) = (time + nanoseconds, now + nanoseconds)
            observer.tick(moment)
        }

        /// The records since this was last asked.
        func records() throws -> [[String: Any]] { try jsonLines(observer.batch.take()) }
    }

    /// Lines of JSON.
    func jsonLines(_ bytes: some Collection<UInt8>) throws -> [[String: Any]] {
        try bytes.split(separator: UInt8(ascii: "\n")).map {
            try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
        }
    }

    /// A value in nested objects by its path.
    func value(_ record: [String: Any], _ path: String) -> Any? {
        path.split(separator: ".").reduce(record as Any?) { ($0 as? [String: Any])?[String($1)] }
    }

    func text(_ record: [String: Any], _ path: String) -> String? { value(record, path) as? String }
    func number(_ record: [String: Any], _ path: String) -> Int? { value(record, path) as? Int }

    func tuple(
        _ source: String, _ destination: String, _ proto: IPProtocol = .tcp, from: UInt16 = 40_000, to: UInt16 = 5432
    ) throws -> FlowTuple {
        let (source, destination) = (try #require(Address(source)), try #require(Address(destination)))
        return FlowTuple(
            version: source.isIPv4 ? .ipv4 : .ipv6, source: source, destination: destination, proto: proto,
            transport: proto.hasPorts ? .ports(source: from, destination: to) : .other)
    }

    func packet(_ prefix: String, _ tuple: FlowTuple, time: UInt64 = 1_795_424_400_000_000_000) -> LoggedPacket {
        LoggedPacket(
            prefix: prefix, hook: .forward, time: time, inputInterface: 3, outputInterface: 4, mark: 0, tuple: tuple,
            tcpFlags: .syn, length: 60, isFragment: false, flowID: nil, original: nil)
    }

    /// A flow that looks like this to rules; sent to `called`, and from behind `masked`, where these are said.
    func flow(
        _ id: UInt32, _ tuple: FlowTuple, called: FlowTuple? = nil, masked: Address? = nil
    ) -> Flow {
        var reply = tuple
        (reply.source, reply.destination) = (tuple.destination, masked ?? tuple.source)
        if case .ports(let from, let to) = tuple.transport { reply.transport = .ports(source: to, destination: from) }
        return Flow(id: id, original: called ?? tuple, reply: reply)
    }

#endif
