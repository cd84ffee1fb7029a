// The kinds of gateway.networking.k8s.io that we read, field for field as its v1 CRDs have them
// (standard channel, and `retry` of the experimental one). Defaults of the CRDs are applied by decoding.

/// `GatewayClass` v1.
public struct GatewayClass: KubernetesObject, Hashable {
    public static let group = "gateway.networking.k8s.io"
    public static let versions = ["v1", "v1beta1"]
    public static let kind = "GatewayClass"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    public var controllerName: String
    public var parametersRef: ParametersRef?

    /// `parametersRef`: an object with settings of the implementation. None are known here: a Gateway that names one
    /// is refused.
    public struct ParametersRef: Hashable, Sendable {
        public var group: String
        public var kind: String
        public var name: String
        public var namespace: String?
    }
}

/// `Gateway` v1.
public struct Gateway: KubernetesObject, Hashable {
    public static let group = "gateway.networking.k8s.io"
    public static let versions = ["v1", "v1beta1"]
    public static let kind = "Gateway"
    public var metadata: ObjectMeta
    public var gatewayClassName: String
    public var listeners: [Listener]
    /// `spec.allowedListeners.namespaces`: whose ListenerSets may add listeners.
    public var allowedListeners = FromNamespaces.none
    public var addresses: [Address]
    public var infrastructure: Infrastructure?
    /// `spec.tls.backend.clientCertificateRef`: the certificate that the gateway shows to backends.
    public var backendClientCertificateRef: ObjectRef?
    /// `spec.tls.frontend`: how client certificates are checked.
    public var frontendTLS: FrontendTLS?

    /// `spec.addresses[]`: where the Gateway is to be reached.
    public struct Address: Hashable, Sendable {
        public var type: String
        public var value: String?
    }

    /// `spec.infrastructure`: what is put on the things that are made for a Gateway.
    public struct Infrastructure: Hashable, Sendable {
        public var labels: [String: String]
        public var annotations: [String: String]
        public var parametersRef: GatewayClass.ParametersRef?
    }

    /// `spec.tls.frontend`: how client certificates are checked, by port.
    public struct FrontendTLS: Hashable, Sendable {
        public var defaultValidation: ClientValidation?
        public var perPort: [Int: ClientValidation?]

        /// What holds for a port: its own entry, even one that asks for nothing, else the default.
        public func validation(port: Int) -> ClientValidation? { perPort[port] ?? defaultValidation }
    }

    /// Whose client certificates are accepted.
    public struct ClientValidation: Hashable, Sendable {
        public var caCertificateRefs: [ObjectRef]
        /// `AllowValidOnly` or `AllowInsecureFallback`.
        public var allowInsecureFallback: Bool
    }

    /// `spec.listeners[]`: a port, a protocol, and the host names that are served there.
    public struct Listener: Hashable, Sendable {
        public var name: String
        /// Lower-cased; `*.` in front makes it a wildcard; nil matches every host.
        public var hostname: String?
        public var port: Int
        /// `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or a domain-prefixed one of somebody.
        public var protocolName: String
        public var tls: TLS?
        public var allowedRoutes: AllowedRoutes
        public var position: Position?
    }

    /// `tls` of a listener.
    public struct TLS: Hashable, Sendable {
        /// `Terminate` or `Passthrough`.
        public var mode: String
        public var certificateRefs: [ObjectRef]
        public var options: [String: String]

        /// Those settings.
        public init(mode: String, certificateRefs: [ObjectRef], options: [String: String]) {
            self.mode = mode
            self.certificateRefs = certificateRefs
            self.options = options
        }
    }

    /// `allowedRoutes` of a listener: who may attach to it.
    public struct AllowedRoutes: Hashable, Sendable {
        public var namespaces: FromNamespaces
        /// Empty: what the protocol supports.
        public var kinds: [GroupKind]
    }
}

/// Which namespaces may attach.
public enum FromNamespaces: Hashable, Sendable {
    case none
    case same
    case all
    case selector(LabelSelector)
}

/// An API group and a kind in it.
public struct GroupKind: Hashable, Sendable {
    public var group: String
    public var kind: String

    /// A kind of a group.
    public init(group: String, kind: String) {
        self.group = group
        self.kind = kind
    }
}

/// A reference to an object with defaults applied: `group` and `kind` always there.
public struct ObjectRef: Hashable, Sendable {
    public var group: String
    public var kind: String
    public var name: String
    /// nil: the namespace of the object that holds the reference.
    public var namespace: String?
    public var position: Position?

    /// A reference that was made here.
    public init(group: String, kind: String, name: String, namespace: String?, position: Position? = nil) {
        self.group = group
        self.kind = kind
        self.name = name
        self.namespace = namespace
        self.position = position
    }
}

/// `spec.parentRefs[]` of a route.
public struct ParentRef: Hashable, Sendable {
    public var group: String
    public var kind: String
    public var namespace: String?
    public var name: String
    public var sectionName: String?
    public var port: Int?
    public var position: Position?

    /// A reference to a parent.
    public init(
        group: String, kind: String, namespace: String?, name: String, sectionName: String? = nil, port: Int? = nil,
        position: Position? = nil
    ) {
        self.group = group
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.sectionName = sectionName
        self.port = port
        self.position = position
    }
}

/// `HTTPRoute` v1.
public struct HTTPRoute: KubernetesObject, Hashable {
    public static let group = "gateway.networking.k8s.io"
    public static let versions = ["v1", "v1beta1"]
    public static let kind = "HTTPRoute"
    public var metadata: ObjectMeta
    public var parentRefs: [ParentRef]
    /// Lower-cased.
    public var hostnames: [String]
    public var rules: [Rule]

    /// `spec.rules[]`: requests that match go to the backends, changed by the filters.
    public struct Rule: Hashable, Sendable {
        public var name: String?
        /// Never empty: the default is one match of the prefix `/`.
        public var matches: [Match]
        public var filters: [RouteFilter]
        public var backendRefs: [BackendRef]
        public var timeouts: Timeouts
        public var retry: Retry?
        public var position: Position?
    }

    /// `matches[]` of a rule; all conditions of one match must hold.
    public struct Match: Hashable, Sendable {
        public var path: PathMatch
        public var headers: [ValueMatch]
        public var queryParams: [ValueMatch]
        public var method: String?
    }

    /// How a path is compared: whole, by whole segments, or by an expression (which is not supported and refused).
    public enum PathMatch: Hashable, Sendable {
        case exact(String)
        case prefix(String)
        case regularExpression(String)
    }

    /// `timeouts` of a rule.
    public struct Timeouts: Hashable, Sendable {
        /// nil: not set; 0: no limit.
        public var request: Milliseconds?
        public var backendRequest: Milliseconds?
    }

    /// `retry` of a rule (experimental channel of the Gateway API).
    public struct Retry: Hashable, Sendable {
        public var codes: [Int]
        public var attempts: Int
        public var backoff: Milliseconds?
    }
}

/// A header or query parameter that must have a value.
public struct ValueMatch: Hashable, Sendable {
    /// Header names are lower-cased; query names are as written.
    public var name: String
    public var value: String
    public var isRegularExpression: Bool
}

/// `GRPCRoute` v1.
public struct GRPCRoute: KubernetesObject, Hashable {
    public static let group = "gateway.networking.k8s.io"
    public static let versions = ["v1"]
    public static let kind = "GRPCRoute"
    public var metadata: ObjectMeta
    public var parentRefs: [ParentRef]
    public var hostnames: [String]
    public var rules: [Rule]

    /// `spec.rules[]`: calls that match go to the backends, changed by the filters.
    public struct Rule: Hashable, Sendable {
        public var name: String?
        /// Empty: every method.
        public var matches: [Match]
        public var filters: [RouteFilter]
        public var backendRefs: [BackendRef]
        public var position: Position?
    }

    /// `matches[]` of a rule; what is nil matches every call.
    public struct Match: Hashable, Sendable {
        public var service: String?
        public var method: String?
        public var isRegularExpression: Bool
        public var headers: [ValueMatch]
    }
}

/// A backend of a route rule, with its share of the traffic.
public struct BackendRef: Hashable, Sendable {
    public var ref: ObjectRef
    public var port: Int?
    /// 0...1_000_000; 1 where none is written.
    public var weight: Int
    public var filters: [RouteFilter]
}

/// One entry of `filters`.
public enum RouteFilter: Hashable, Sendable {
    case requestHeaders(HeaderChanges)
    case responseHeaders(HeaderChanges)
    case mirror(Mirror)
    case redirect(Redirect)
    case rewrite(Rewrite)
    case cors(CORS)
    case extensionRef(ObjectRef)

    /// Set, then add, then remove; names lower-cased.
    public struct HeaderChanges: Hashable, Sendable {
        public var set: [Header]
        public var add: [Header]
        public var remove: [String]
    }

    /// A header with its value.
    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String
    }

    /// Copies of requests for another backend, whose answers are thrown away.
    public struct Mirror: Hashable, Sendable {
        public var backend: ObjectRef
        public var port: Int?
        /// Share of requests that is mirrored: numerator / denominator; 1/1 for all.
        public var numerator: Int
        public var denominator: Int
    }

    /// An answer that sends the caller elsewhere; what is nil stays as the request has it.
    public struct Redirect: Hashable, Sendable {
        public var scheme: String?
        public var hostname: String?
        public var path: PathChange?
        public var port: Int?
        public var statusCode: Int
    }

    /// Another host or path for the backend.
    public struct Rewrite: Hashable, Sendable {
        public var hostname: String?
        public var path: PathChange?
    }

    /// How a path is changed.
    public enum PathChange: Hashable, Sendable {
        case replaceFullPath(String)
        case replacePrefixMatch(String)
    }

    /// Which pages of other origins may use the route.
    public struct CORS: Hashable, Sendable {
        /// Origins; `*` alone for all; a `*.` label may stand in the host.
        public var allowOrigins: [String]
        public var allowCredentials: Bool
        public var allowMethods: [String]
        public var allowHeaders: [String]
        public var exposeHeaders: [String]
        /// Seconds.
        public var maxAge: Int
    }
}

/// `ReferenceGrant` v1.
public struct ReferenceGrant: KubernetesObject, Hashable {
    public static let group = "gateway.networking.k8s.io"
    public static let versions = ["v1", "v1beta1"]
    public static let kind = "ReferenceGrant"
    public var metadata: ObjectMeta
    public var from: [From]
    public var to: [To]

    /// Objects that may refer to others here.
    public struct From: Hashable, Sendable {
        public var group: String
        public var kind: String
        public var namespace: String
    }

    /// Objects here that may be referred to.
    public struct To: Hashable, Sendable {
        public var group: String
        public var kind: String
        /// nil: every name.
        public var name: String?
    }
}

/// `BackendTLSPolicy` v1.
public struct BackendTLSPolicy: KubernetesObject, Hashable {
    public static let group = "gateway.networking.k8s.io"
    public static let versions = ["v1", "v1alpha3"]
    public static let kind = "BackendTLSPolicy"
    public var metadata: ObjectMeta
    public var targetRefs: [TargetRef]
    public var caCertificateRefs: [ObjectRef]
    /// Only `System` is known.
    public var wellKnownCACertificates: String?
    public var hostname: String
    public var subjectAltNames: [SubjectAltName]
    public var options: [String: String]

    /// A name that the certificate of a backend must have.
    public enum SubjectAltName: Hashable, Sendable {
        case hostname(String)
        case uri(String)
    }
}

/// `targetRefs[]` of a policy that is attached to an object of its own namespace.
public struct TargetRef: Hashable, Sendable {
    public var group: String
    public var kind: String
    public var name: String
    public var sectionName: String?
    public var position: Position?
}
