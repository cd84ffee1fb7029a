import Kubernetes
import Testing

@testable import Policy

@Test("a node owns the mirrors of its static pods, and they are no workload of its")
func staticPods() {
    let pods = ["etcd", "scheduler"].map { name in
        """
        {apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: kube-system, ownerReferences:
          [{apiVersion: v1, kind: Node, name: n1, uid: u, controller: true}]}, spec: {containers: [{name: c, image: i}]}}
        """
    }
    let inventory = Inventory(objects(pods.joined(separator: "\n---\n")))
    #expect(inventory.endpoints.map(\.workload.kind) == ["Pod", "Pod"])
    #expect(inventory.endpoints.map(\.workload.name) == ["etcd", "scheduler"])
}
