import Foundation
import Kubernetes
import ModelTraffic
import Testing

@testable import Controller

@Suite("What is made for a Gateway")
struct GatewayObjectsTests {
    private let snapshot = objects(frontDoor)
    private let settings = GatewaySettings(image: "example.com/sallyport:1")

    private func gateway() throws -> Gateway {
        try #require(snapshot.objects.gateways[NamespacedName("ai", "front-door")])
    }

    private func made(_ kind: String, _ change: (inout Gateway) -> Void = { _ in }) throws -> Value {
        var gateway = try gateway()
        change(&gateway)
        let all = GatewayObjects(gateway, class: nil, settings).all
        return try value(#require(all.first { $0.resource.kind == kind }).body)
    }

    @Test("Its pods are what Pod Security calls restricted")
    func restricted() throws {
        let deployment = try made("Deployment")
        let pod = try #require(deployment.at("spec", "template", "spec"))
        let container = try #require(pod["containers"]?.elements?.first)
        #expect(pod.at("securityContext", "runAsNonRoot")?.flag == true)
        #expect(pod.at("securityContext", "seccompProfile", "type")?.text == "RuntimeDefault")
        #expect(container.at("securityContext", "allowPrivilegeEscalation")?.flag == false)
        #expect(container.at("securityContext", "readOnlyRootFilesystem")?.flag == true)
        #expect(container.at("securityContext", "capabilities", "drop")?.elements?.map(\.text) == ["ALL"])
        for volume in pod["volumes"]?.elements ?? [] { #expect(volume["hostPath"] == nil) }
        #expect(pod["hostNetwork"] == nil)
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] { #expect(container[probe] != nil) }
        for part in ["requests", "limits"] { #expect(container.at("resources", part, "memory") != nil) }
        #expect(pod["topologySpreadConstraints"]?.elements?.count == 2)
    }

    @Test("The Service leads from the listener's port to the pod's")
    func service() throws {
        let ports = try #require(made("Service").at("spec", "ports")?.elements)
        #expect(ports.map { $0["port"]?.integer } == [80, 8080])
        #expect(ports.map { $0["targetPort"]?.integer } == [10_080, 8080])
        let open = try made("Deployment").at("spec", "template", "spec", "containers")?.elements?.first?["ports"]?
            .elements
        #expect(open?.compactMap { $0["containerPort"]?.integer } == [9090, 8080, 10_080])
    }

    @Test("Listeners that ListenerSets add are open and led to like its own")
    func added() throws {
        let set = """
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: ListenerSet
            metadata: {name: more, namespace: ai}
            spec:
              parentRef: {name: front-door}
              listeners:
              - {name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}
              - {name: b, port: 80, protocol: HTTP, hostname: b.example.com}
            """
        let added = try #require(objects(set).objects.listenerSets.values.first?.listeners)
        var settings = settings
        settings.hasNetworkPolicies = true
        let plan = GatewayPlan(
            gateways: [try gateway()], added: [NamespacedName("ai", "front-door"): added], kept: [], classes: [:],
            settings: settings, live: [])
        let all = try plan.steps.map { step -> (String, Value) in
            guard case .apply(let object, _) = step else { return ("", try value("{}")) }
            return (object.resource.kind, try value(object.body))
        }
        func made(_ kind: String) -> Value? { all.first { $0.0 == kind }?.1 }
        let ports = made("Service")?.at("spec", "ports")?.elements ?? []
        #expect(ports.map { $0["port"]?.integer } == [80, 443, 8080])
        #expect(ports.map { $0["targetPort"]?.integer } == [10_080, 10_443, 8080])
        let open = made("NetworkPolicy")?.at("spec", "ingress")?.elements?.first?["ports"]?.elements ?? []
        #expect(open.map { $0["port"]?.integer } == [8080, 10_080, 10_443])
        let container = made("Deployment")?.at("spec", "template", "spec", "containers")?.elements?.first
        #expect(
            container?["ports"]?.elements?.compactMap { $0["containerPort"]?.integer } == [9090, 8080, 10_080, 10_443])
    }

    @Test("Labels and annotations of spec.infrastructure are on everything, and never in place of ours")
    func infrastructure() throws {
        for kind in ["Deployment", "Service", "ServiceAccount", "PodDisruptionBudget"] {
            let metadata = try #require(made(kind)["metadata"])
            #expect(metadata["labels"]?.texts["team"] == "models")
            #expect(metadata["labels"]?.texts[Installation.Labels.name] == "sallyport")
            #expect(metadata["annotations"]?.texts["example.com/cost"] == "7")
            #expect(metadata["annotations"]?.texts[Installation.Annotations.madeFor] == "ai/front-door")
        }
        let pods = try made("Deployment").at("spec", "template", "metadata", "labels")?.texts
        let selector = try made("Deployment").at("spec", "selector", "matchLabels")?.texts ?? [:]
        #expect(selector.allSatisfy { pods?[$0.key] == $0.value } && !selector.isEmpty)
    }

    @Test("What is made is understood by those who enforce it: a mistake would close the door")
    func readable() throws {
        var settings = settings
        settings.hasNetworkPolicies = true
        let made = GatewayObjects(try gateway(), class: nil, settings).all
        #expect(made.contains { $0.resource.kind == NetworkPolicy.kind })
        for object in made {
            let read = ObjectDecoder.combine(
                [ObjectDecoder.decode(text: String(decoding: object.body.text, as: UTF8.self), file: "made.yaml")],
                revision: 1)
            #expect(read.mistakes.isEmpty, "\(object.resource.kind): \(read.mistakes)")
        }
    }

    @Test("Names are labels of at most 63 characters, and no two Gateways share one")
    func names() {
        let long = String(repeating: "a", count: 253)
        let keys = [
            NamespacedName("a", "b-c"), NamespacedName("a-b", "c"), NamespacedName("a", long),
            NamespacedName("a", String(long.dropLast()) + "b"), NamespacedName("1a", "x.y"),
            NamespacedName("1a", "x-y"),
        ]
        let names = keys.map(GatewayNames.name)
        #expect(Set(names).count == keys.count)
        for name in names { #expect(Names.serviceNameProblem(name) == nil, "\(name)") }
    }

    @Test("A Gateway says how its Service is and how many pods there are; what is not understood is said")
    func wishes() throws {
        typealias Names = Installation.Annotations
        let one = try made("Service") { $0.metadata.annotations[Names.serviceType] = "ClusterIP" }
        #expect(one.at("spec", "type")?.text == "ClusterIP" && one.at("spec", "externalTrafficPolicy") == nil)
        let other = try made("Deployment") { $0.metadata.annotations[Names.replicas] = "auto" }
        #expect(other.at("spec", "replicas") == nil)
        var wrong = try gateway()
        wrong.metadata.annotations[Names.serviceType] = "ExternalName"
        #expect(GatewayWish(wrong, class: nil, settings).problems.count == 1)
    }

    @Test("What was applied is not applied again, and what others changed of it is")
    func drift() throws {
        let object = try #require(
            GatewayObjects(gateway(), class: nil, settings).all.first { $0.resource.kind == "Deployment" })
        let live = try value(object.body)
        #expect(Drift.path(object.body, live) == nil)
        let text = String(decoding: object.body.text, as: UTF8.self)
        let more = try value(text.replacingOccurrences(of: "\"replicas\":2", with: "\"paused\":false,\"replicas\":2"))
        #expect(Drift.path(object.body, more) == nil)
        let other = try value(text.replacingOccurrences(of: "\"replicas\":2", with: "\"replicas\":1"))
        #expect(Drift.path(object.body, other) == "spec.replicas")
        let image = try value(text.replacingOccurrences(of: "sallyport:1", with: "evil:1"))
        #expect(Drift.path(object.body, image) == "spec.template.spec.containers[0].image")
        // One more beside ours, as injectors add them.
        let beside = try value(
            text.replacingOccurrences(of: "\"containers\":[", with: "\"containers\":[{\"name\":\"proxy\"},"))
        #expect(Drift.path(object.body, beside) == nil)
    }

    // MARK: The plan

    private func live(_ gateway: Gateway) throws -> [LiveObject] {
        try GatewayObjects(gateway, class: nil, settings).all.map { LiveObject($0.resource, try value($0.body)) }
    }

    private func plan(_ gateways: [Gateway], kept: Set<NamespacedName> = [], _ live: [LiveObject]) -> GatewayPlan {
        GatewayPlan(gateways: gateways, kept: kept, classes: [:], settings: settings, live: live)
    }

    @Test("Everything is made once, and then there is nothing to do")
    func settled() throws {
        let gateway = try gateway()
        #expect(plan([gateway], []).steps.count == 4)
        #expect(plan([gateway], try live(gateway)).steps.isEmpty)
    }

    @Test("What was made for a Gateway goes with it, unless it is not known for certain that it is gone")
    func removal() throws {
        let gateway = try gateway()
        let live = try live(gateway)
        let steps = plan([], live).steps
        #expect(steps.count == 4)
        for step in steps {
            guard case .delete = step else {
                Issue.record("\(step)")
                continue
            }
        }
        #expect(plan([], kept: [gateway.key], live).steps.isEmpty)
        let all = GatewayPlan(gateways: [], kept: [], classes: [:], settings: settings, live: live, keepsAll: true)
        #expect(all.steps.isEmpty)
    }

    @Test("What is somebody else's is neither written over nor deleted")
    func others() throws {
        let gateway = try gateway()
        let name = GatewayNames.name(gateway.key)
        let stranger = LiveObject(
            GatewayObjects.service,
            try value(#"{"metadata":{"name":"\#(name)","namespace":"sallyport-gateways"}}"#))
        let plan = plan([gateway], [stranger])
        #expect(plan.steps.count == 3)
        #expect(plan.obstacles[gateway.key]?.contains("was not made by the controller") == true)
        #expect(self.plan([], [stranger]).steps.isEmpty)
    }

    @Test("A Gateway is programmed when a pod is ready and an address is there")
    func standing() throws {
        let ready = try value(#"{"status":{"availableReplicas":1}}"#)
        let none = try value(
            #"{"status":{"conditions":[{"type":"ReplicaFailure","status":"True","message":"quota"}]}}"#)
        let balanced = try value(
            #"{"spec":{"type":"LoadBalancer"},"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}}"#)
        let pending = try value(#"{"spec":{"type":"LoadBalancer","clusterIP":"10.0.0.1"}}"#)
        let inner = try value(#"{"spec":{"type":"ClusterIP","clusterIP":"10.0.0.1"}}"#)
        func problem(_ deployment: Value?, _ service: Value?) -> String? {
            GatewayStanding(deployment: deployment, service: service, obstacle: nil).problem?.reason
        }
        #expect(problem(ready, balanced) == nil && problem(ready, inner) == nil)
        #expect(problem(ready, pending) == "AddressNotAssigned" && problem(ready, nil) == "AddressNotAssigned")
        #expect(problem(none, inner) == "NoResources" && problem(nil, nil) == "NoResources")
        #expect(GatewayStanding(deployment: none, service: inner, obstacle: nil).problem?.message == "quota")
    }
}
