import Kubernetes
import Testing

@testable import sallyport

@Suite("Whether an installation is ready")
struct ReadinessTests {
    private func deployment(_ status: YAMLTree, generation: Int = 2) -> YAMLTree {
        [
            "kind": "Deployment", "metadata": ["generation": .integer(generation)], "spec": ["replicas": 2],
            "status": status,
        ]
    }

    @Test("a Deployment is ready when all its pods are new and available, and no old one is left")
    func deployments() {
        let good: YAMLTree = ["observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2]
        #expect(Readiness(deployment(good)) == .ready("2 of 2 ready"))
        #expect(!Readiness(deployment(good, generation: 3)).isReady)
        #expect(
            Readiness(deployment(good.setting("updatedReplicas", to: 1))) == .waiting("1 of 2 pods are new"))
        #expect(Readiness(deployment(good.setting("replicas", to: 3))) == .waiting("1 old pods are still there"))
        #expect(
            Readiness(deployment(good.setting("availableReplicas", to: nil))) == .waiting("0 of 2 pods are ready"))
    }

    @Test("a DaemonSet is ready when every node has the new one; without nodes it has nothing to do")
    func daemonSets() {
        func of(_ wanted: Int, _ new: Int, _ ready: Int) -> Readiness {
            Readiness([
                "kind": "DaemonSet", "metadata": ["generation": 1],
                "status": [
                    "observedGeneration": 1, "desiredNumberScheduled": .integer(wanted),
                    "updatedNumberScheduled": .integer(new), "numberAvailable": .integer(ready),
                ],
            ])
        }
        #expect(of(3, 3, 3).isReady)
        #expect(of(0, 0, 0).isReady)
        #expect(of(3, 2, 3) == .waiting("2 of 3 nodes have the new one"))
        #expect(of(3, 3, 1) == .waiting("1 of 3 nodes are ready"))
    }

    @Test("a StatefulSet, a kind, a class and admission, as they come")
    func others() {
        let set: YAMLTree = [
            "kind": "StatefulSet", "metadata": ["generation": 1], "spec": ["replicas": 1],
            "status": [
                "observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": 1, "currentRevision": "a",
                "updateRevision": "a",
            ],
        ]
        #expect(Readiness(set).isReady)
        #expect(!Readiness(set.setting("status", "readyReplicas", to: nil)).isReady)
        #expect(
            !Readiness(set.setting("status", "updateRevision", to: "b").setting("status", "updatedReplicas", to: 0))
                .isReady)
        let kind: YAMLTree = [
            "kind": "CustomResourceDefinition", "status": ["conditions": [["type": "Established", "status": "True"]]],
        ]
        #expect(Readiness(kind).isReady)
        #expect(!Readiness(["kind": "CustomResourceDefinition"]).isReady)
        #expect(
            Readiness([
                "kind": "CustomResourceDefinition",
                "status": ["conditions": [["type": "NamesAccepted", "status": "False", "message": "taken"]]],
            ]) == .waiting("taken"))
        #expect(!Readiness(["kind": "GatewayClass"]).isReady)
        let hook: YAMLTree = ["kind": "ValidatingWebhookConfiguration", "webhooks": [["clientConfig": .map([])]]]
        #expect(!Readiness(hook).isReady)
        #expect(Readiness(hook.mapping("webhooks") { $0.setting("clientConfig", "caBundle", to: "x") }).isReady)
        #expect(Readiness(["kind": "Role"]).isReady)
        #expect(!Readiness(["kind": "Namespace", "status": ["phase": "Terminating"]]).isReady)
    }

    @Test("why a pod is not ready is what a person would look for")
    func troubles() {
        func reason(_ status: YAMLTree, _ events: [YAMLTree] = []) -> String? {
            PodTrouble.reason(["metadata": ["name": "p"], "status": status], events: events)
        }
        #expect(reason(["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]) == nil)
        #expect(
            reason([
                "phase": "Pending",
                "conditions": [["type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"]],
            ]) == "it finds no node: 0/3 nodes are available")
        #expect(
            reason([
                "phase": "Pending",
                "containerStatuses": [["state": ["waiting": ["reason": "ErrImagePull", "message": "no such image"]]]],
            ]) == "ErrImagePull: no such image")
        #expect(
            reason([
                "phase": "Running",
                "containerStatuses": [
                    [
                        "state": ["waiting": ["reason": "CrashLoopBackOff", "message": "back-off 10s"]],
                        "lastState": [
                            "terminated": [
                                "exitCode": 64, "reason": "Error", "message": "error: no such option\n  see --help\n",
                            ]
                        ],
                    ]
                ],
            ]) == "CrashLoopBackOff: it ended with 64 (Error): error: no such option")
        let creating: YAMLTree = [
            "phase": "Pending", "containerStatuses": [["state": ["waiting": ["reason": "ContainerCreating"]]]],
        ]
        #expect(reason(creating) == "it has not started yet")
        #expect(
            reason(creating, [["type": "Warning", "message": "secret \"x\" not found"], ["type": "Normal"]])
                == "secret \"x\" not found")
        #expect(reason(["phase": "Running"]) == "it does not say that it is ready")
        #expect(PodTrouble.reason(["metadata": ["deletionTimestamp": "now"]]) == "it is ending")
    }
}
