import Kubernetes

extension CertificateMatcher {
    /// What an object selects. One that cannot be followed selects nothing; `problem` says why.
    init(_ selection: Kubernetes.CertificateSelection) {
        self = (try? CertificateMatcher(Self.converted(selection))) ?? .nothing
    }

    /// Why the selection cannot be followed; nil: it can.
    static func problem(_ selection: Kubernetes.CertificateSelection?) -> String? {
        guard let selection else { return nil }
        do throws(CertificateSelection.Mistake) {
            _ = try CertificateMatcher(converted(selection))
            return nil
        } catch {
            return error.description
        }
    }

    private static func converted(_ selection: Kubernetes.CertificateSelection) -> CertificateSelection {
        CertificateSelection(
            spiffeIDs: selection.spiffeIDs, dnsNames: selection.dnsNames, subjects: selection.subjects,
            fingerprints: selection.fingerprints)
    }
}
