import Addresses
import Kubernetes
import Testing

@testable import Lab

@Suite("Services on nodes of labs")
struct KubeProxyTests {
    @Test("a Service's address leads to its pods by chance, and to itself as the node")
    func rules() throws {
        let (cluster, plan) = try LabPlan.make(objects(threeNodes))
        let proxy = KubeProxy(cluster, plan)
        let text = try #require(proxy.scripts(node: 0, .nftables).first).input
        let service = try #require(cluster.objects.services[NamespacedName("shop", "web")])
        #expect(proxy.isNeeded)
        #expect(text.contains("\(service.clusterIPs[0]) . tcp . 80 : goto service-shop/web/tcp/80"))
        #expect(text.contains("tcp . 30080 : goto service-shop/web/tcp/80/node"))
        #expect(text.contains("numgen random mod 2 vmap"))
        for pod in plan.pods where pod.name.name.hasPrefix("web-") {
            #expect(text.contains("ip saddr \(pod.addresses[0]) jump mark-for-masquerade"))
            #expect(text.contains("dnat to \(pod.addresses[0]):8080"))
            #expect(text.contains("dnat to [\(pod.addresses[1])]:8080"))
        }
        let nobody = try #require(cluster.objects.services[NamespacedName("shop", "nobody")])
        #expect(text.contains(nobody.clusterIPs[0]) && !text.contains("goto service-shop/nobody"))
    }

    @Test("the same as chains of rules, for kube-proxy's other mode")
    func chains() throws {
        let (cluster, plan) = try LabPlan.make(objects(threeNodes))
        let scripts = KubeProxy(cluster, plan).scripts(node: 0, .iptables)
        #expect(scripts.map(\.command) == [["iptables-restore", "-n"], ["ip6tables-restore", "-n"]])
        let text = try #require(scripts.first).input
        let service = try #require(cluster.objects.services[NamespacedName("shop", "web")])
        #expect(text.contains("-A KUBE-SERVICES -d \(service.clusterIPs[0]) -p tcp --dport 80 -j KUBE-SVC-"))
        #expect(text.contains("-A KUBE-NODEPORTS -p tcp --dport 30080 -j KUBE-SVC-"))
        #expect(text.contains("-m statistic --mode random --probability 0.5 -j KUBE-SEP-"))
        for pod in plan.pods where pod.name.name.hasPrefix("web-") {
            #expect(text.contains("-s \(pod.addresses[0]) -j KUBE-MARK-MASQ"))
            #expect(text.contains("-p tcp -j DNAT --to-destination \(pod.addresses[0]):8080"))
            #expect(scripts[1].input.contains("--to-destination [\(pod.addresses[1])]:8080"))
        }
        let names = text.split(separator: "\n").filter { $0.hasPrefix(":") }.map { $0.dropFirst().prefix { $0 != " " } }
        #expect(Set(names).count == names.count && names.allSatisfy { $0.count <= 28 })
        let nobody = try #require(cluster.objects.services[NamespacedName("shop", "nobody")])
        #expect(text.contains("-A FORWARD -d \(nobody.clusterIPs[0]) -m conntrack --ctstate NEW -j REJECT"))
    }

    @Test("without Services and ports of nodes nothing is needed")
    func none() throws {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: x"
        let plain = try LabPlan.make(objects(pod + "}]}"))
        #expect(!KubeProxy(plain.cluster, plain.plan).isNeeded)
        let host = try LabPlan.make(objects(pod + ", ports: [{containerPort: 80, hostPort: 8000}]}]}"))
        let text = try #require(KubeProxy(host.cluster, host.plan).scripts(node: 0, .nftables).first).input
        #expect(text.contains("\(host.plan.nodes[0].addresses[0]) . tcp . 8000 : goto hostport-default/a/"))
    }
}
