import Addresses
import Foundation
import Kubernetes
import Testing

@testable import Lab

/// The objects of YAML that is known to be right.
func objects(_ yaml: String) throws -> Objects {
    let snapshot = ObjectDecoder.combine([ObjectDecoder.decode(text: yaml, file: "lab.yaml")], revision: 1)
    try #require(snapshot.mistakes.isEmpty, "\(snapshot.mistakes)")
    return snapshot.objects
}

/// Whether labs can be made here; where not, tests of them are skipped and say so.
enum Root {
    static let isThere = geteuid() == 0

    /// A name that nothing else on this machine has.
    static func freshName() throws -> LabName {
        try LabName("t" + StableHash.text("\(getpid()) \(UInt64.random(in: 0...(.max)))", count: 8))
    }

    static let isMissing: Comment = "labs are made of network namespaces: only root can make them"
}

/// Three nodes, both families, a Service, and blocks outside.
let threeNodes = """
    apiVersion: v1
    kind: Node
    metadata: {name: one}
    spec: {podCIDRs: [10.1.1.0/24, "fd00:1:1::/64"]}
    status: {addresses: [{type: InternalIP, address: 192.168.7.1}, {type: InternalIP, address: "fd00:7::1"}]}
    ---
    apiVersion: v1
    kind: Node
    metadata: {name: two}
    spec: {podCIDRs: [10.1.2.0/24, "fd00:1:2::/64"]}
    ---
    apiVersion: v1
    kind: Node
    metadata: {name: three}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: client, namespace: shop, labels: {app: client}}
    spec: {nodeName: one, containers: [{name: c, image: busybox}]}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: fixed, namespace: shop}
    spec:
      containers: [{name: c, image: busybox, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]}]
    status: {podIPs: [{ip: 10.1.2.77}, {ip: "fd00:1:2::77"}]}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
          - {name: c, image: nginx, ports: [{name: http, containerPort: 8080}, {containerPort: 9, protocol: SCTP}]}
    ---
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: agent, namespace: kube-system}
    spec:
      selector: {matchLabels: {app: agent}}
      template:
        metadata: {labels: {app: agent}}
        spec: {hostNetwork: true, containers: [{name: c, image: agent, ports: [{containerPort: 9100}]}]}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: shop}
    spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http, nodePort: 30080}]}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: nobody, namespace: shop}
    spec: {selector: {app: nobody}, ports: [{port: 80}]}
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: out, namespace: shop}
    spec:
      podSelector: {matchLabels: {app: client}}
      policyTypes: [Egress]
      egress:
      - to:
        - ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.64/26]}
        - ipBlock: {cidr: "2001:db8:5::/48"}
    """
