/// Credentials in a text: by what they begin with, by the name that stands before them, by their frame.
enum CredentialSearch {
    typealias Text = UnsafeBufferPointer<UInt8>

    static func find(in text: Text, into found: inout [Redactor.Found]) {
        findTokens(in: text, into: &found)
        findPrivateKeys(in: text, into: &found)
        findAssignments(in: text, into: &found)
        findUserInfo(in: text, into: &found)
    }

    // MARK: by what they begin with

    /// What a credential begins with, and how many characters follow at least.
    private static let beginnings: [(text: [UInt8], least: Int)] = [
        ("sp_", 20), ("sk-", 16), ("sk_", 16), ("rk_", 16), ("pk_live_", 16), ("AKIA", 16), ("ASIA", 16),
        ("ghp_", 20), ("gho_", 20), ("ghu_", 20), ("ghs_", 20), ("ghr_", 20), ("github_pat_", 20), ("glpat-", 16),
        ("xoxa-", 10), ("xoxb-", 10), ("xoxe-", 10), ("xoxp-", 10), ("xoxr-", 10), ("xoxs-", 10), ("xapp-", 10),
        ("AIza", 30), ("ya29", 20), ("GOCSPX-", 16), ("hf_", 20), ("npm_", 20), ("pypi-", 20), ("gsk_", 20),
        ("nvapi-", 20), ("r8_", 20), ("xai-", 20), ("pplx-", 20), ("tgp_v1_", 20), ("hvs.", 20), ("hvb.", 20),
        ("dop_v1_", 20),
        ("SG.", 20), ("shpat_", 20), ("lin_api_", 20), ("dckr_pat_", 16), ("AGE-SECRET-KEY-", 20), ("eyJ", 24),
    ].map { (Array($0.0.utf8), $0.1) }

    /// Runs of characters that tokens are made of, with dots between them.
    private static func findTokens(in text: Text, into found: inout [Redactor.Found]) {
        var at = 0
        while at < text.count {
            guard text[at].isOfToken else {
                at += 1
                continue
            }
            let start = at
            while at < text.count, text[at].isOfToken || isInnerDot(text, at) { at += 1 }
            guard at - start >= 13 else { continue }
            let isToken = beginnings.contains { beginning in
                at - start - beginning.text.count >= beginning.least && starts(text, start, beginning.text)
            }
            if isToken { found.append(.init(range: start..<at, label: "secret")) }
        }
    }

    private static func isInnerDot(_ text: Text, _ at: Int) -> Bool {
        text[at] == UInt8(ascii: ".") && at + 1 < text.count && text[at + 1].isOfToken
    }

    private static func starts(_ text: Text, _ start: Int, _ beginning: [UInt8]) -> Bool {
        guard start + beginning.count <= text.count else { return false }
        return beginning.indices.allSatisfy { text[start + $0] == beginning[$0] }
    }

    // MARK: by their frame

    private static let frame = Array("-----BEGIN ".utf8)
    private static let frameEnd = Array("-----END ".utf8)
    private static let privateKey = Array("PRIVATE KEY".utf8)

    /// A private key in PEM, up to its end or that of the text.
    private static func findPrivateKeys(in text: Text, into found: inout [Redactor.Found]) {
        var at = 0
        while let start = place(of: frame, in: text, from: at) {
            at = start + frame.count
            // No label is longer: what stands further on is of another.
            let label = Text(rebasing: text[..<min(text.count, at + 64)])
            guard let name = place(of: privateKey, in: label, from: at) else { continue }
            guard let last = place(of: frameEnd, in: text, from: name) else {
                found.append(.init(range: start..<text.count, label: "secret"))
                return
            }
            var end = last + frameEnd.count
            while end < text.count, text[end] != UInt8(ascii: "-"), text[end] != 0x0A { end += 1 }
            while end < text.count, text[end] == UInt8(ascii: "-") { end += 1 }
            found.append(.init(range: start..<end, label: "secret"))
            at = end
        }
    }

    private static func place(of words: [UInt8], in text: Text, from start: Int) -> Int? {
        var at = start
        while at + words.count <= text.count {
            if text[at] == words[0], starts(text, at, words) { return at }
            at += 1
        }
        return nil
    }

    // MARK: by the name before them

    /// What the names of credentials end with, in small letters and without what joins words.
    private static let names: [[UInt8]] = [
        "password", "passwd", "pwd", "passphrase", "secret", "apikey", "accesstoken", "refreshtoken", "authtoken",
        "bearertoken", "sessiontoken", "idtoken", "privatekey", "secretkey", "accesskey", "clientsecret",
        "authorization", "credential", "credentials",
    ].map { Array($0.utf8) }

    /// Whether a name is that of a credential, such as `DB_PASSWORD` or `api-key`.
    static func isNameOfSecret(_ name: some BidirectionalCollection<UInt8>) -> Bool {
        let folded = name.suffix(64).filter { $0.isLatinOrDecimal }.map { $0.isCapital ? $0 | 0x20 : $0 }
        return names.contains { folded.count >= $0.count && folded.suffix($0.count).elementsEqual($0) }
    }

    /// `password=x`, `"api_key": "x"`, `Authorization: Bearer x`, and a token after `Bearer` or `Basic`.
    private static func findAssignments(in text: Text, into found: inout [Redactor.Found]) {
        var at = 0
        while at < text.count {
            guard let value = assigned(at, in: text) else {
                at += 1
                continue
            }
            found.append(.init(range: value, label: "secret"))
            // What it could hold is gone with it.
            at = value.upperBound
        }
    }

    /// What the sign at a place gives to the name before it; nil: nothing that is a secret.
    private static func assigned(_ at: Int, in text: Text) -> Range<Int>? {
        switch text[at] {
        case UInt8(ascii: "="), UInt8(ascii: ":"):
            guard let name = name(before: at, in: text), isNameOfSecret(text[name]) else { return nil }
            return value(after: at, in: text)
        case UInt8(ascii: " "):
            guard isScheme(before: at, in: text) else { return nil }
            let end = endOfValue(text, at + 1)
            return end - at > 8 ? at + 1..<end : nil
        default: return nil
        }
    }

    /// The name that a sign of assignment follows, through blanks, quotes and their escapes.
    private static func name(before sign: Int, in text: Text) -> Range<Int>? {
        var end = sign
        var passed = 0
        while end > 0, passed < 8, text[end - 1].isBlank || isQuote(text[end - 1]) {
            end -= 1
            passed += 1
        }
        var start = end
        while start > 0, end - start < 64, text[start - 1].isOfToken { start -= 1 }
        return start < end ? start..<end : nil
    }

    private static let schemes = ["Bearer ", "bearer ", "Basic ", "basic "].map { Array($0.utf8) }

    /// What is assigned; nil: nothing on this line, or more than a word.
    private static func value(after sign: Int, in text: Text) -> Range<Int>? {
        var start = sign + 1
        while start < text.count, text[start].isBlank || isQuote(text[start]) || text[start] == UInt8(ascii: ">") {
            start += 1
        }
        if let scheme = schemes.first(where: { starts(text, start, $0) }) { start += scheme.count }
        let end = endOfValue(text, start)
        guard end > start, text[start] != UInt8(ascii: "{"), text[start] != UInt8(ascii: "[") else { return nil }
        return start..<end
    }

    private static func isScheme(before blank: Int, in text: Text) -> Bool {
        for scheme in schemes where scheme[0] >= UInt8(ascii: "a") {
            let start = blank + 1 - scheme.count
            guard start >= 0, start == 0 || !text[start - 1].isOfToken else { continue }
            if scheme.dropLast().indices.allSatisfy({ text[start + $0] | 0x20 == scheme[$0] }) { return true }
        }
        return false
    }

    private static func endOfValue(_ text: Text, _ start: Int) -> Int {
        var end = start
        while end < text.count, text[end] > 0x20, !isQuote(text[end]), text[end] != UInt8(ascii: ","),
            text[end] != UInt8(ascii: ";"), text[end] != UInt8(ascii: "&")
        {
            end += 1
        }
        return end
    }

    private static func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`")
            || byte == UInt8(ascii: "\\")
    }

    /// `user:password@` in an address.
    private static func findUserInfo(in text: Text, into found: inout [Redactor.Found]) {
        var at = 0
        let mark = Array("://".utf8)
        while let start = place(of: mark, in: text, from: at) {
            at = start + mark.count
            var colon: Int?
            var end = at
            while end < text.count, text[end] > 0x20, text[end] != UInt8(ascii: "/"), !isQuote(text[end]) {
                if text[end] == UInt8(ascii: ":"), colon == nil { colon = end }
                if text[end] == UInt8(ascii: "@") {
                    if colon != nil { found.append(.init(range: at..<end, label: "secret")) }
                    break
                }
                end += 1
            }
            at = end
        }
    }
}
