import Kubernetes

extension CertificateMatcher {
    /// Why the selection cannot be followed; nil: it can, or there is none.
    static func problem(_ selection: CertificateSelection?) -> String? {
        guard let selection else { return nil }
        do throws(CertificateSelection.Mistake) {
            _ = try CertificateMatcher(selection)
            return nil
        } catch {
            return error.description
        }
    }
}

extension ClientIdentity {
    /// 128 bits that stand for the name: who shares limits with whom.
    var limiterID: UInt128 { identity("certificate", name) }
}
