import Foundation
import Kubernetes

/// A directory of objects, read once.
struct ObjectDirectory {
    /// Path as it was typed.
    let path: String

    init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// What is in it.
    struct Contents {
        var objects: Objects
        var mistakes: [Mistake]
        var notes: [Mistake]
    }
}

extension Objects {
    /// How many objects there are, of all kinds, without the invalid ones.
    var count: Int {
        gatewayClasses.count + gateways.count + httpRoutes.count + grpcRoutes.count + referenceGrants.count
            + backendTLSPolicies.count + services.count + endpointSlices.count + secrets.count + configMaps.count
            + namespaces.count + accessPolicies.count + accessKeys.count
    }
}
