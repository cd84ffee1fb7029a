import Access

/// The link that is shown at the start, for who has no key yet and sits at the machine: it opens one session, and then there
/// is a new one. A value: random bits are passed in.
struct OneTimeLink: Sendable {
    private var digest: KeyDigest?

    /// Makes a link; the one before opens nothing any more.
    mutating func renew(using generator: inout some RandomNumberGenerator) -> SessionSecret {
        let secret = SessionSecret(using: &generator)
        digest = secret.digest
        return secret
    }

    /// Whether the text is the link's; then it is used up.
    mutating func take(_ text: String) -> Bool {
        guard let digest, let shown = SessionSecret(text), shown.digest == digest else { return false }
        self.digest = nil
        return true
    }
}
