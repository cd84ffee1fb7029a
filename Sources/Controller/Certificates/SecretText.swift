import ClusterSource
import Foundation
import Kubernetes
import ModelTraffic

/// The Secrets of our own certificates, as objects.
enum SecretText {
    static let resource = APIResource(group: "", version: "v1", plural: "secrets", kind: "Secret")

    /// Members of the authority's Secret beside those of the one that signs.
    private enum Member {
        static let nextCertificate = "next.crt"
        static let nextKey = "next.key"
        static let previous = "previous.crt"
    }

    /// The texts of a Secret's `data`, decoded; what is no text is left out.
    static func texts(_ secret: Value) -> [String: String] {
        (secret["data"]?.texts ?? [:]).compactMapValues { text in
            Data(base64Encoded: text).flatMap { String(data: $0, encoding: .utf8) }
        }
    }

    /// True when others make it: cert-manager says so.
    static func isForeign(_ secret: Value) -> Bool {
        let annotations = secret.at("metadata", "annotations")?.texts ?? [:]
        return annotations.keys.contains { $0.hasPrefix("cert-manager.io/") }
    }

    // MARK: The authority

    /// The authorities as they are kept.
    struct Kept: Hashable, Sendable {
        var signing: CertificateMaker.Pair?
        var next: CertificateMaker.Pair?
        /// In PEM.
        var previous: String?

        init() {}

        init(_ texts: [String: String]) {
            signing = Self.pair(texts[Installation.Secrets.certificate], texts[Installation.Secrets.key])
            next = Self.pair(texts[Member.nextCertificate], texts[Member.nextKey])
            previous = texts[Member.previous]
        }

        private static func pair(_ certificate: String?, _ key: String?) -> CertificateMaker.Pair? {
            guard let certificate, let key else { return nil }
            let pair = CertificateMaker.Pair(certificate: certificate, key: key)
            return CertificateMaker.isPair(pair) ? pair : nil
        }

        /// What the plan looks at.
        var seen: CertificatePlan.Authorities {
            CertificatePlan.Authorities(
                signing: signing.flatMap { CertificateMaker.read($0.certificate) },
                next: next.flatMap { CertificateMaker.read($0.certificate) },
                previous: previous.flatMap { CertificateMaker.read($0) })
        }

        /// Those to trust, in PEM, newest first.
        func bundle(now: Int64) -> String {
            [next?.certificate, signing?.certificate, previous].compactMap { $0 }
                .filter { (CertificateMaker.read($0)?.notAfter ?? 0) > now }.joined()
        }

        /// After a step of the plan.
        func after(
            _ step: CertificatePlan.Step, now: Int64, _ lifetimes: CertificatePlan.Lifetimes
        ) throws(CertificateMaker.Problem) -> Kept {
            var kept = self
            switch step {
            case .found: kept.signing = try CertificateMaker.authority(now: now, lifetimes)
            case .prepareNext: kept.next = try CertificateMaker.authority(now: now, lifetimes)
            case .promoteNext:
                kept.previous = signing?.certificate
                kept.signing = next
                kept.next = nil
            case .forgetPrevious: kept.previous = nil
            case .issue, .publish: break
            }
            return kept
        }

        /// `data` of the Secret.
        func data(now: Int64) -> [String: String] {
            var data: [String: String] = [:]
            data[Installation.Secrets.certificate] = signing?.certificate ?? ""
            data[Installation.Secrets.key] = signing?.key ?? ""
            data[Installation.Secrets.authorities] = bundle(now: now)
            data[Member.nextCertificate] = next?.certificate
            data[Member.nextKey] = next?.key
            data[Member.previous] = previous
            return data
        }
    }

    // MARK: Objects

    /// A Secret as it is written.
    ///
    /// - Parameter resourceVersion: the version that is replaced; nil: it is made.
    static func body(
        namespace: String, name: String, _ data: [String: String], resourceVersion: String?
    ) -> JSONLiteral {
        typealias Labels = Installation.Labels
        return .object([
            "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind),
            "type": .string("kubernetes.io/tls"),
            "metadata": .object([
                "name": .string(name), "namespace": .string(namespace),
                "resourceVersion": resourceVersion.map { .string($0) },
                "labels": .map([Labels.name: Labels.ourName, Labels.managedBy: Labels.controller]),
            ]),
            "data": .map(data.mapValues { Data($0.utf8).base64EncodedString() }),
        ])
    }
}
