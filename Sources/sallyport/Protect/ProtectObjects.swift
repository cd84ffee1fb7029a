import Addresses

/// The objects of `up --protect`, as the YAML that a person would have written.
///
/// They are made as text and read back by the decoder that reads every object: what runs is what `--write` keeps.
struct ProtectObjects {
    var upstream: Upstream
    var server: ServerKind
    /// Port of the front door.
    var listen: Int
    /// HTTP instead of HTTPS.
    var isPlaintext: Bool

    /// Namespace of everything that is made here.
    static let namespace = "default"
    /// Name of the Gateway, and of the Service and route behind it.
    static let gateway = "front-door"

    /// Every name that `files` may use.
    static let fileNames = ["gateway.yaml", "route.yaml", "backend.yaml", "backend-tls.yaml", "policy.yaml"]

    /// File names and their text, in the order a person would read them. Names are ours, values were parsed before:
    /// nothing here needs quoting but paths.
    var files: [(name: String, text: String)] {
        var files = [
            ("gateway.yaml", gatewayText),
            ("route.yaml", routeText),
            ("backend.yaml", backendText),
            ("policy.yaml", policyText),
        ]
        if upstream.isTLS { files.append(("backend-tls.yaml", backendTLSText)) }
        return files
    }

    private var gatewayText: String {
        let listener =
            isPlaintext
            ? """
                - name: http
                  protocol: HTTP
                  port: \(listen)
            """
            : """
                - name: https
                  protocol: HTTPS
                  port: \(listen)
                  tls:
                    mode: Terminate
                    options:
                      sallyport.dev/certificate: local    # by the certificate authority in the state directory
            """
        return """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata:
              name: sallyport
            spec:
              controllerName: sallyport.dev/gateway
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata:
              name: \(Self.gateway)
            spec:
              gatewayClassName: sallyport
              listeners:

            """ + listener + "\n"
    }

    private var routeText: String {
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata:
          name: model-server
        spec:
          parentRefs:
          - name: \(Self.gateway)
          rules:
          - backendRefs:
            - name: model-server
              port: \(upstream.port)

        """
    }

    private var backendText: String {
        guard let address = upstream.address else {
            return """
                apiVersion: v1
                kind: Service
                metadata:
                  name: model-server
                  annotations:
                    sallyport.dev/server: \(serverName)
                spec:
                  type: ExternalName
                  externalName: \(upstream.host)
                  ports:
                  - port: \(upstream.port)

                """
        }
        return """
            apiVersion: v1
            kind: Service
            metadata:
              name: model-server
              annotations:
                sallyport.dev/server: \(serverName)
            spec:
              ports:
              - port: \(upstream.port)
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: model-server-1
              labels:
                kubernetes.io/service-name: model-server
            addressType: \(address.isIPv4 ? "IPv4" : "IPv6")
            endpoints:
            - addresses: ["\(address)"]
            ports:
            - port: \(upstream.port)

            """
    }

    /// The table that says what its requests do; LiteLLM has none, and must not be taken for another by its port.
    private var serverName: String { server == .litellm ? "none" : server.rawValue }

    private var backendTLSText: String {
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: BackendTLSPolicy
        metadata:
          name: model-server
        spec:
          targetRefs:
          - group: ""
            kind: Service
            name: model-server
          validation:
            hostname: \(upstream.host)
            wellKnownCACertificates: System

        """
    }

    private var policyText: String {
        """
        # Who may do what: every access key of this namespace may ask models of \(server.rawValue) and list them.
        # All the rest of the server answers 403.
        apiVersion: sallyport.dev/v1alpha1
        kind: AccessPolicy
        metadata:
          name: model-server
        spec:
          targetRefs:
          - group: gateway.networking.k8s.io
            kind: HTTPRoute
            name: model-server
          rules:
          - name: \(Self.ruleName(server))
            from:
            - accessKeys:
                selector: {}
            to:

        """ + server.openings.map { Self.text(of: $0, hasTable: server != .litellm) }.joined()
    }

    private static func ruleName(_ server: ServerKind) -> String {
        server.rawValue.replacing(".", with: "-") + "-inference"
    }

    /// - Parameter hasTable: what bodies do is known: no model can be unloaded by asking it nothing.
    private static func text(of opening: ServerKind.Opening, hasTable: Bool) -> String {
        let paths = opening.paths.map { path in
            path.hasSuffix("/*")
                ? "      - {type: PathPrefix, value: \"\(path.dropLast(2))\"}\n"
                : "      - {type: Exact, value: \"\(path)\"}\n"
        }
        let classes = hasTable ? "      classes: [Inference, Metadata]\n" : ""
        return "    - methods: [\(opening.methods.joined(separator: ", "))]\n" + classes + "      paths:\n"
            + paths.joined()
    }
}
