import Foundation
import Kubernetes

/// The files of a directory, as text.
func files(_ directory: String) throws -> [(path: String, bytes: [UInt8])] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted().map { name in
        let path = directory + "/" + name
        return (path, [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    }
}

/// Promises about the generated clusters: some hold, some do not, and all sources are looked at.
let guaranteeText = """
    apiVersion: sallyport.dev/v1alpha1
    kind: Guarantee
    metadata: {name: bench}
    spec:
      rules:
      - name: databases-from-outside
        never: {from: [{outside: {}}], to: [{workloads: {namespaces: [databases]}}]}
      - name: metadata-address
        never: {from: [{workloads: {}}], to: [{addresses: [169.254.169.254/32]}]}
      - name: names
        always:
          from: [{workloads: {}}]
          to: [{workloads: {namespaces: [kube-system], podSelector: {matchLabels: {component: dns}}}}]
          ports: [{protocol: UDP, port: 53}]
      - name: grafana
        onlyVia:
          via: [{workloads: {namespaces: [ingress]}}]
          to: [{workloads: {namespaces: [monitoring], podSelector: {matchLabels: {component: web}}}}]
    """
