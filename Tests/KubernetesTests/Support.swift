import Foundation
import Testing

@testable import Kubernetes

/// A small generator that a printed seed reproduces.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Reads one text, and puts it together alone.
func snapshot(_ text: String, file: String = "f.yaml") -> Snapshot {
    ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: file)], revision: 1)
}

/// `line path: message` of every mistake: what golden tests compare.
func mistakes(_ text: String, file: String = "f.yaml") -> [String] {
    snapshot(text, file: file).mistakes.map { "\($0.position?.line ?? 0) \($0.path): \($0.message)" }
}

/// An HTTPRoute with this spec, in flow style or indented by two.
func httpRoute(_ spec: String) -> String {
    "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec:\n" + indented(spec)
}

/// A Gateway with these listeners.
func gateway(_ listeners: String) -> String {
    "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\n"
        + "spec:\n  gatewayClassName: c\n  listeners:\n" + indented(indented(listeners))
}

func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }.joined()
}

extension Snapshot {
    var route: HTTPRoute? { objects.httpRoutes[NamespacedName("default", "r")] }
    var gateway: Gateway? { objects.gateways[NamespacedName("default", "g")] }
}
