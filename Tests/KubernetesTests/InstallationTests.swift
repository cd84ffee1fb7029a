import Kubernetes
import Testing

@Suite("Names and ports of an installation")
struct InstallationTests {
    @Test("Ports below 1024 are moved, others stay")
    func ports() {
        #expect(Installation.podPorts([80, 443, 8443]) == [80: 10_080, 443: 10_443, 8443: 8443])
    }

    @Test("A port that is moved does not land on another listener's, nor on our own pages'")
    func collisions() {
        #expect(Installation.podPorts([80, 10_080]) == [80: 20_080, 10_080: 10_080])
        #expect(Installation.podPorts([9090]) == [9090: 19_090])
        let all = Installation.podPorts([80, 10_080, 20_080, 30_080, 9090, 19_090])
        #expect(Set(all.values).count == all.count)
        #expect(all.values.allSatisfy { $0 >= 1024 && $0 < 65_536 && $0 != Installation.Ports.admin })
    }

    @Test("The namespaces are three different ones, and each name is one that Kubernetes takes")
    func names() {
        #expect(Set(Installation.Namespaces.all).count == 3)
        for name in Installation.Namespaces.all + [Installation.lease, Installation.Secrets.authority] {
            #expect(Names.labelProblem(name) == nil)
        }
    }
}
