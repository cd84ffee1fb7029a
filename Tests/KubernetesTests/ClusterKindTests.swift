import Addresses
import Testing

@testable import Kubernetes

@Suite struct ClusterKindTests {
    private let key = NamespacedName("a", "x")

    private func objects(_ type: String, _ body: String) -> Objects {
        let parts = type.split(separator: " ")
        return snapshot("apiVersion: \(parts[0])\nkind: \(parts[1])\nmetadata: {name: x, namespace: a}\n\(body)\n")
            .objects
    }

    private static let pod =
        "{serviceAccountName: s, hostNetwork: true, containers: [{name: c, image: i, ports: [{name: web, containerPort: 80}, {containerPort: 53, protocol: UDP, hostPort: 5353}]}, {name: d, ports: {}}], initContainers: [{name: once, ports: [{containerPort: 1}]}, {name: stays, restartPolicy: Always, ports: [{name: side, containerPort: 9, protocol: SCTP}]}]}"

    private static let ports = [
        ContainerPort(name: "web", number: 80, proto: .tcp, hostPort: nil),
        ContainerPort(name: "", number: 53, proto: .udp, hostPort: 5353),
        ContainerPort(name: "side", number: 9, proto: .sctp, hostPort: nil),
    ]

    @Test func pods() throws {
        let status = "status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: '::2'}], hostIP: 1.1.1.1}"
        let text = Self.pod.dropLast() + ", nodeName: n}"
        let pod = try #require(objects("v1 Pod", "spec: \(text)\n\(status)").pods[key])
        #expect(pod.ports == Self.ports && pod.images == ["i"] && pod.serviceAccount == "s" && pod.usesHostNetwork)
        #expect(pod.nodeName == "n" && pod.hostAddresses.map(\.description) == ["1.1.1.1"] && !pod.isTerminating)
        #expect(pod.addresses.map(\.description) == ["10.0.0.1", "::2"])
        let old = objects("v1 Pod", "spec: {}\nstatus: {podIP: 10.0.0.1, hostIPs: [{ip: '::1'}], hostIP: 1.1.1.1}")
            .pods[key]
        #expect(old?.addresses.map(\.description) == ["10.0.0.1"] && old?.hostAddresses.map(\.description) == ["::1"])
        #expect(old?.nodeName == nil && old?.serviceAccount == "default")
    }

    @Test func podsThatGo() {
        let text =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: a, deletionTimestamp: 2027-01-01T00:00:00Z}\nspec: {}\n"
        let pod = snapshot(text).objects.pods[key]
        #expect(pod?.isTerminating == true && pod?.isLive == true)
    }

    @Test func controllers() throws {
        let template = "template: {metadata: {labels: {app: web}, annotations: {b: c}}, spec: \(Self.pod)}"
        let spec = "spec: {replicas: 0, selector: {matchLabels: {app: web}}, \(template)}"
        func check(_ found: (some PodController)?, replicas: Int?, hasSelector: Bool = true) throws {
            let found = try #require(found)
            #expect(found.template.ports == Self.ports && found.template.labels == ["app": "web"])
            #expect(found.template.annotations == ["b": "c"] && found.template.serviceAccount == "s")
            #expect(found.template.usesHostNetwork && found.template.images == ["i"] && found.replicas == replicas)
            #expect(found.selector == (hasSelector ? LabelSelector(matchLabels: ["app": "web"]) : nil))
        }
        try check(objects("apps/v1 Deployment", spec).deployments[key], replicas: 0)
        try check(objects("apps/v1 StatefulSet", spec).statefulSets[key], replicas: 0)
        try check(objects("apps/v1 DaemonSet", spec).daemonSets[key], replicas: nil)
        try check(objects("apps/v1 ReplicaSet", spec).replicaSets[key], replicas: 0)
        let older = "spec: {selector: {app: web}, \(template)}"
        try check(objects("v1 ReplicationController", older).replicationControllers[key], replicas: nil)
        let job = "spec: {parallelism: 3, \(template)}"
        try check(objects("batch/v1 Job", job).jobs[key], replicas: 3, hasSelector: false)
        let ended =
            job + "\nstatus: {conditions: [{type: Suspended, status: 'False'}, {type: Complete, status: 'True'}]}"
        try check(objects("batch/v1 Job", ended).jobs[key], replicas: 0, hasSelector: false)
        for version in ["v1", "v1beta1"] {
            let found = objects("batch/\(version) CronJob", "spec: {jobTemplate: {\(job)}}").cronJobs[key]
            try check(found, replicas: 3, hasSelector: false)
        }
    }

    @Test("what is wrong with a template has its place")
    func wrongTemplates() {
        func found(_ template: String) -> [String] {
            mistakes("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {\(template)}\n")
        }
        #expect(found("replicas: 1") == ["4 spec.template: must be there"])
        let port = "template: {spec: {containers: [{ports: [{containerPort: 0}]}]}}"
        #expect(
            found(port).first?.hasPrefix("4 spec.template.spec.containers[0].ports[0].containerPort: must be") == true)
        // Of what we do not read nothing is said.
        #expect(found("strategy: {x: y}, template: {spec: {containers: [{strange: 1}]}}") == [])
    }

    @Test func nodes() {
        let text =
            "spec: {podCIDR: 10.1.0.0/24, podCIDRs: [10.1.0.0/24, 'fd00::/64']}\nstatus: {addresses: [{type: InternalIP, address: 1.1.1.1}, {type: Hostname, address: n}]}"
        let node = objects("v1 Node", text).nodes[NamespacedName("", "x")]
        #expect(node?.addresses.map(\.description) == ["1.1.1.1"])
        #expect(node?.podBlocks.map(\.description) == ["10.1.0.0/24", "fd00::/64"])
        let old = objects("v1 Node", "spec: {podCIDR: 10.1.0.0/24}").nodes.values.first
        #expect(old?.podBlocks.map(\.description) == ["10.1.0.0/24"] && old?.addresses == [])
        #expect(objects("v1 ServiceAccount", "secrets: [{name: s}]").serviceAccounts[key] != nil)
    }

    @Test func ingresses() throws {
        let text =
            "spec: {ingressClassName: c, defaultBackend: {service: {name: d, port: {name: http}}}, rules: [{host: h, http: {paths: [{path: /p, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}, {backend: {resource: {kind: B, name: b}}}]}}, {}]}"
        let ingress = try #require(objects("networking.k8s.io/v1 Ingress", text).ingresses[key])
        #expect(ingress.className == "c" && ingress.paths.map(\.host) == ["h"] && ingress.paths.map(\.path) == ["/p"])
        #expect(ingress.backends.map(\.service) == ["d", "s"])
        #expect(ingress.backends.map(\.port) == [.string("http"), .int(80)])
        #expect(objects("networking.k8s.io/v1 Ingress", "spec: {defaultBackend: {}}").invalid.count == 1)
        let port = "spec: {defaultBackend: {service: {name: s, port: {}}}}"
        #expect(objects("networking.k8s.io/v1 Ingress", port).invalid.first?.policy == nil)
    }

    @Test("addresses and ports of a Service that are reached from outside")
    func services() throws {
        let text =
            "spec: {type: LoadBalancer, externalIPs: [1.1.1.1], externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]}\nstatus: {loadBalancer: {ingress: [{ip: 2.2.2.2}, {hostname: h}]}}"
        let service = try #require(objects("v1 Service", text).services[key])
        #expect(service.externalIPs.map(\.description) == ["1.1.1.1"] && service.externalTrafficPolicy == "Local")
        #expect(service.loadBalancerAddresses.map(\.description) == ["2.2.2.2"])
        #expect(service.ports.map(\.nodePort) == [30080])
        let plain = try #require(objects("v1 Service", "spec: {ports: [{port: 80, nodePort: 0}]}").services[key])
        #expect(plain.ports.map(\.nodePort) == [nil] && plain.externalTrafficPolicy == "Cluster")
        #expect(objects("v1 Service", "spec: {externalIPs: [h]}").invalid.count == 1)
    }

    @Test("every kind is counted")
    func count() {
        #expect(Objects().count == 0)
        let all = objects(
            "v1 ServiceAccount",
            "---\n\(GuaranteeTests.guarantee("{never: {from: [{anything: {}}], to: [{anything: {}}]}}"))")
        #expect(all.count == 2)
    }
}
