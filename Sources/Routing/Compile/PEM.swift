// Enough of PEM (RFC 7468) to say that a Secret or ConfigMap holds what it should. Whether the certificate inside is
// good is for the TLS library, which reads it before a listener is served.

/// True when there is a complete block whose label `accepts`, with something base64 in it.
func hasPEMBlock(_ bytes: [UInt8], where accepts: (Substring) -> Bool) -> Bool {
    // Not text: not PEM.
    guard let text = String(validating: bytes, as: UTF8.self) else { return false }
    var label: Substring?
    var hasContent = false
    for line in text.split(whereSeparator: \.isNewline) {
        if let begins = pemLabel(line, "-----BEGIN ") {
            label = begins
            hasContent = false
        } else if let ends = pemLabel(line, "-----END ") {
            if let label, label == ends, hasContent, accepts(label) { return true }
            label = nil
        } else if label != nil, !line.isEmpty {
            guard line.allSatisfy(isPEMContent) else {
                label = nil
                continue
            }
            hasContent = true
        }
    }
    return false
}

/// Base64, or a header line of the older encrypted form.
private func isPEMContent(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "+/=".contains(character))
}

private func pemLabel(_ line: Substring, _ prefix: String) -> Substring? {
    guard line.hasPrefix(prefix), line.hasSuffix("-----") else { return nil }
    return line.dropFirst(prefix.count).dropLast(5)
}

/// True for a PEM certificate.
func hasPEMCertificate(_ bytes: [UInt8]) -> Bool {
    hasPEMBlock(bytes) { $0 == "CERTIFICATE" }
}

/// True for a PEM private key that is not encrypted.
func hasPEMPrivateKey(_ bytes: [UInt8]) -> Bool {
    hasPEMBlock(bytes) { $0 == "PRIVATE KEY" || $0 == "RSA PRIVATE KEY" || $0 == "EC PRIVATE KEY" }
}
