import Foundation
import Kubernetes
import ModelTraffic
import Policy
import Testing

@testable import sallyport

/// A small cluster: a web server that only an agent may come to, and a database that nobody restricts.
let smallCluster = """
    apiVersion: v1
    kind: Pod
    metadata: {name: web-1, namespace: shop, labels: {app: web}}
    spec: {nodeName: n1, containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
    status: {phase: Running, podIPs: [{ip: 10.0.0.1}]}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: agent, namespace: shop, labels: {app: agent}}
    spec: {nodeName: n1, containers: [{name: c, image: i}]}
    status: {phase: Running, podIPs: [{ip: 10.0.0.2}]}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: db, namespace: data, labels: {app: db, sallyport.dev/asset: data}}
    spec: {nodeName: n1, containers: [{name: c, image: i}]}
    status: {phase: Running, podIPs: [{ip: 10.0.0.3}]}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: shop}
    spec: {selector: {app: web}, clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1], ports: [{port: 80, targetPort: http}]}
    ---
    apiVersion: v1
    kind: Node
    metadata: {name: n1}
    status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: web, namespace: shop}
    spec:
      podSelector: {matchLabels: {app: web}}
      ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}], ports: [{port: http}]}]
    """

/// A directory with these objects, read.
func cluster(_ texts: String...) throws -> Cluster {
    let directory = try TemporaryDirectory()
    for (index, text) in texts.enumerated() { try directory.write(text, to: "\(index).yaml") }
    return Cluster(
        try ObjectDirectory(directory.path).read(), directory: directory.path, try ClusterOptions.parse([]))
}

/// What a printer writes.
func printed(_ body: (inout ResultStream) throws -> Void) throws -> String {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    var stream = ResultStream(Terminal(descriptor: descriptor, environment: ["NO_COLOR": "1"]))
    try body(&stream)
    stream.flush()
    try pipe.fileHandleForWriting.close()
    return String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
}
