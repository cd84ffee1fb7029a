import Addresses
import Kubernetes
import Testing

@testable import Policy
@testable import Reachability

/// What is shown as open is what single decisions allow.
@Suite struct ExposureAgreementTests {
    @Test("exposure agrees with single decisions in random worlds")
    func randomWorlds() {
        let first = UInt64.random(in: 0..<1_000_000)
        print("exposure against single decisions: seeds from \(first)")
        for seed in first..<(first + 100) {
            if let difference = Self.difference(seed: seed) {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
    }

    private static func difference(seed: UInt64) -> String? {
        var world = RandomWorld(seed: seed)
        let list = GuestList(inventory: world.inventory(), policies: world.policies())
        for open in Exposure(list, Objects()).workloads {
            let pods = list.inventory.endpoints.indices.filter {
                list.inventory.endpoints[$0].workload == open.workload
            }
            for _ in 0..<6 {
                let sent = Traffic(
                    world.dice.pick([.tcp, .udp, .icmp]), port: world.dice.pick([79, 80, 81, 300, 443, 8080]))
                for (direction, side) in [(Direction.ingress, open.ingress), (.egress, open.egress)] {
                    let view = View(list: list, pods: pods, sent: sent, direction: direction)
                    if let difference = view.outside(side) ?? view.namespaces(side, own: open.workload.namespace) {
                        return "\(open.workload) \(direction) \(sent.proto) \(sent.port): \(difference)"
                    }
                }
            }
        }
        return nil
    }

    private struct View {
        let list: GuestList
        let pods: [Int]
        let sent: Traffic
        let direction: Direction

        /// Whether one of the pods may, toward somebody; the pod's own node is not counted.
        func isAllowed(_ other: (Bool) -> Party?) -> Bool {
            pods.contains { pod in
                [true, false].contains { isIPv4 in
                    guard let own = list.party(endpoint: pod, isIPv4: isIPv4), let other = other(isIPv4) else {
                        return false
                    }
                    let isIn = direction == .ingress
                    let verdict = list.evaluate(
                        Connection(source: isIn ? other : own, destination: isIn ? own : other, traffic: sent)
                    ).enforced
                    return verdict.isAllowed && verdict.ingress.reason != .ownNode
                }
            }
        }

        func outside(_ side: DirectionExposure) -> String? {
            for text in ["203.0.113.1", "10.0.0.77", "192.0.2.9", "2001:db8::9"] {
                guard let address = Address(text), list.party(address).isOutside else { continue }
                let isShown = side.outside.contains {
                    $0.addresses.contains(address.bits) && $0.traffic.contains(sent)
                }
                let isOpen = isAllowed { $0 == address.isIPv4 ? list.party(address) : nil }
                if isShown != isOpen { return "\(text) is open: \(isOpen), shown: \(isShown)" }
            }
            return nil
        }

        func namespaces(_ side: DirectionExposure, own: String) -> String? {
            for namespace in list.inventory.namespaces.keys where namespace != own {
                let isOpen = list.inventory.endpoints.indices.contains { index in
                    let endpoint = list.inventory.endpoints[index]
                    guard endpoint.namespace == namespace, !endpoint.usesHostNetwork else { return false }
                    return isAllowed { list.party(endpoint: index, isIPv4: $0) }
                }
                let entries = side.namespaces.filter { $0.traffic.contains(sent) }
                let isShown = entries.contains { entry in
                    switch entry.scope {
                    case .every(let except): !except.contains(namespace)
                    case .named(let names): names.contains(namespace)
                    }
                }
                if isOpen, !isShown { return "\(namespace) is open, and is not shown" }
                let isExact = entries.contains { !$0.isWhole && $0.scope.names.contains(namespace) }
                if isExact, !isOpen, !entries.contains(where: { $0.isWhole }) {
                    return "pods of \(namespace) are shown, and nobody there is let through"
                }
            }
            return nil
        }
    }
}

extension DirectionExposure.Namespaces.Scope {
    fileprivate var names: [String] { if case .named(let names) = self { names } else { [] } }
}
