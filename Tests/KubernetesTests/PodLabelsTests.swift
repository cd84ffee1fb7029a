import Testing

@testable import Kubernetes

@Suite("Labels of pods, for records")
struct PodLabelsTests {
    @Test("labels that controllers make up are left out, the others are in order, and there are at most 16")
    func telling() {
        let labels = [
            "app": "web", "pod-template-hash": "6d4", "controller-revision-hash": "x", "a": "", "tier": "front",
        ]
        #expect(PodLabels.telling(labels) == ["a=", "app=web", "tier=front"])
        let many = Dictionary(uniqueKeysWithValues: (10..<40).map { ("k\($0)", "v") })
        #expect(PodLabels.telling(many) == (10..<26).map { "k\($0)=v" })
    }
}
