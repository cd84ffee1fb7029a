import Kubernetes
import ModelTraffic

/// The pods of a Gateway: what Pod Security calls restricted, spread over nodes and zones.
struct GatewayPods {
    let gateway: Gateway
    let wish: GatewayWish
    let settings: GatewaySettings
    let labels: [String: String]
    /// Ports that are listened on in the pod.
    let ports: [Int]

    /// The user that the image runs as.
    private static let user = 65_532

    /// `spec` of the Deployment.
    func deploymentSpec() -> JSONLiteral {
        .object([
            "replicas": wish.replicas.map { .number($0) },
            "selector": .object(["matchLabels": .map(GatewayNames.selector(gateway.key))]),
            "strategy": .object([
                "type": .string("RollingUpdate"),
                "rollingUpdate": .object(["maxUnavailable": .number(0), "maxSurge": .number(1)]),
            ]),
            "template": .object([
                "metadata": .object([
                    "labels": .map(labels),
                    "annotations": wish.annotations.isEmpty ? nil : .map(wish.annotations),
                ]),
                "spec": podSpec(),
            ]),
        ])
    }

    private func podSpec() -> JSONLiteral {
        .object([
            "serviceAccountName": .string(GatewayNames.name(gateway.key)),
            "automountServiceAccountToken": .bool(true),
            "enableServiceLinks": .bool(false),
            "terminationGracePeriodSeconds": .number(settings.grace),
            "securityContext": .object([
                "runAsNonRoot": .bool(true), "runAsUser": .number(Self.user), "runAsGroup": .number(Self.user),
                "fsGroup": .number(Self.user), "seccompProfile": .object(["type": .string("RuntimeDefault")]),
            ]),
            "imagePullSecrets": settings.pullSecrets.isEmpty
                ? nil : .array(settings.pullSecrets.map { .object(["name": .string($0)]) }),
            "affinity": .object(["podAntiAffinity": apart()]),
            "topologySpreadConstraints": .array([
                spread("topology.kubernetes.io/zone"), spread("kubernetes.io/hostname"),
            ]),
            "containers": .array([container()]),
            "volumes": .array([
                .object([
                    "name": .string("certificate"),
                    "secret": .object([
                        "secretName": .string(Installation.Secrets.gateways), "defaultMode": .number(0o440),
                    ]),
                ]),
                .object([
                    "name": .string("state"),
                    "emptyDir": .object(["sizeLimit": .string(settings.resources.limits["ephemeral-storage"] ?? "1Gi")]
                    ),
                ]),
            ]),
        ])
    }

    private func apart() -> JSONLiteral {
        .object([
            "preferredDuringSchedulingIgnoredDuringExecution": .array([
                .object([
                    "weight": .number(100),
                    "podAffinityTerm": .object([
                        "topologyKey": .string("kubernetes.io/hostname"),
                        "labelSelector": .object(["matchLabels": .map(GatewayNames.selector(gateway.key))]),
                    ]),
                ])
            ])
        ])
    }

    private func spread(_ key: String) -> JSONLiteral {
        .object([
            "maxSkew": .number(1), "topologyKey": .string(key), "whenUnsatisfiable": .string("ScheduleAnyway"),
            "labelSelector": .object(["matchLabels": .map(GatewayNames.selector(gateway.key))]),
        ])
    }

    // MARK: The container

    private func container() -> JSONLiteral {
        let admin = ("admin", Installation.Ports.admin)
        let open = [admin] + ports.map { ("port-\($0)", $0) }
        return .object([
            "name": .string("gateway"), "image": .string(settings.image),
            "imagePullPolicy": .string(settings.pullPolicy),
            "args": .list(arguments), "env": .array(environment),
            "ports": .array(
                open.map { name, port in
                    .object([
                        "name": .string(name), "containerPort": .number(port), "protocol": .string("TCP"),
                    ])
                }),
            "resources": .object([
                "requests": .map(settings.resources.requests), "limits": .map(settings.resources.limits),
            ]),
            "securityContext": .object([
                "allowPrivilegeEscalation": .bool(false), "readOnlyRootFilesystem": .bool(true),
                "runAsNonRoot": .bool(true), "capabilities": .object(["drop": .list(["ALL"])]),
                "seccompProfile": .object(["type": .string("RuntimeDefault")]),
            ]),
            "startupProbe": probe("/livez", every: 2, failures: 60),
            "livenessProbe": probe("/livez", every: 10, failures: 3),
            "readinessProbe": probe("/readyz", every: 2, failures: 2),
            "volumeMounts": .array([
                mount("certificate", at: Installation.Folders.certificates, isReadOnly: true),
                mount("state", at: Installation.Folders.state, isReadOnly: false),
            ]),
        ])
    }

    private var arguments: [String] {
        let folder = Installation.Folders.certificates
        var arguments = [
            "gateway", "--cluster", "--gateway", gateway.key.description, "--state", Installation.Folders.state,
            "--admin", "0.0.0.0:\(Installation.Ports.admin)",
        ]
        if let sendTo = settings.sendTo {
            arguments += [
                "--send-to", sendTo, "--send-cert", "\(folder)/\(Installation.Secrets.certificate)",
                "--send-key", "\(folder)/\(Installation.Secrets.key)",
                "--send-ca", "\(folder)/\(Installation.Secrets.authorities)",
            ]
        }
        if let counters = settings.counters { arguments += ["--counters", counters] }
        return arguments + settings.arguments
    }

    private var environment: [JSONLiteral] {
        var variables = [
            ("POD_NAME", "metadata.name"), ("POD_NAMESPACE", "metadata.namespace"), ("NODE_NAME", "spec.nodeName"),
            ("POD_IP", "status.podIP"),
        ].map { name, path in
            JSONLiteral.object([
                "name": .string(name),
                "valueFrom": .object([
                    "fieldRef": .object(["apiVersion": .string("v1"), "fieldPath": .string(path)])
                ]),
            ])
        }
        if let secret = settings.countersSecret {
            variables.append(
                .object([
                    "name": .string("SALLYPORT_COUNTERS"),
                    "valueFrom": .object([
                        "secretKeyRef": .object(["name": .string(secret), "key": .string("url")])
                    ]),
                ]))
        }
        return variables
    }

    private func probe(_ path: String, every seconds: Int, failures: Int) -> JSONLiteral {
        .object([
            "httpGet": .object([
                "path": .string(path), "port": .string("admin"), "scheme": .string("HTTP"),
            ]),
            "periodSeconds": .number(seconds), "timeoutSeconds": .number(2), "failureThreshold": .number(failures),
        ])
    }

    private func mount(_ name: String, at path: String, isReadOnly: Bool) -> JSONLiteral {
        .object([
            "name": .string(name), "mountPath": .string(path), "readOnly": isReadOnly ? .bool(true) : nil,
        ])
    }
}
