import Kubernetes

/// What of prompts and answers is never kept: replaces it by `[redacted KIND]`.
///
/// It errs towards taking out: what looks like a credential goes even where it is none. It is no promise that everything
/// private is found, which no reader of text can give. The work grows with the text, not with its square.
public struct Redactor: Sendable, Hashable {
    /// What is looked for.
    public enum Kind: String, CaseIterable, Sendable, Hashable {
        /// Keys, tokens, passwords, private keys: always.
        case secrets
        /// Addresses of mail.
        case emails
        /// Numbers of payment cards, whose check digit is right.
        case cards
        /// Numbers of bank accounts (IBAN), whose check digits are right.
        case ibans
        /// Telephone numbers that begin with `+`.
        case phones
    }

    /// What is looked for.
    public let kinds: Set<Kind>
    /// Words that go, too.
    let words: [Pattern]

    /// A redactor of these kinds; secrets are among them, whatever is asked for.
    ///
    /// - Parameter words: patterns of whole words, with `*` for any run of characters.
    public init(_ kinds: Set<Kind> = Set(Kind.allCases), words: [String] = []) {
        self.kinds = kinds.union([.secrets])
        self.words = words.map(Pattern.init)
    }

    /// A text without what is not kept.
    public struct Result: Sendable, Hashable {
        /// The text.
        public var text: [UInt8]
        /// How many places were replaced.
        public var count: Int
    }

    /// Takes out of a text what is not kept.
    ///
    /// - Parameter end: bytes that are given back at most; what begins before and ends after is replaced whole. nil: all.
    public func redact(_ text: [UInt8], upTo end: Int? = nil) -> Result {
        let end = min(end ?? text.count, text.count)
        var output: [UInt8] = []
        output.reserveCapacity(end)
        var at = 0
        var count = 0
        for found in places(in: text) where found.range.lowerBound < end {
            output += text[at..<found.range.lowerBound]
            output += "[redacted \(found.label)]".utf8
            at = found.range.upperBound
            count += 1
        }
        if at < end { output += text[at..<end] }
        return Result(text: output, count: count)
    }

    /// A place that is not kept.
    struct Found: Hashable {
        var range: Range<Int>
        var label: String
    }

    /// What is not kept, in order; places that touch each other in one piece.
    private func places(in text: [UInt8]) -> [Found] {
        var found: [Found] = []
        text.withUnsafeBufferPointer { text in
            CredentialSearch.find(in: text, into: &found)
            if kinds.contains(.emails) { PersonSearch.findEmails(in: text, into: &found) }
            if kinds.contains(.phones) { PersonSearch.findPhones(in: text, into: &found) }
            if kinds.contains(.cards) { NumberSearch.findCards(in: text, into: &found) }
            if kinds.contains(.ibans) { NumberSearch.findAccounts(in: text, into: &found) }
            if !words.isEmpty { findWords(in: text, into: &found) }
        }
        guard found.count > 1 else { return found }
        found.sort { ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound) }
        var merged: [Found] = []
        for next in found {
            if let last = merged.last, next.range.lowerBound < last.range.upperBound {
                let upper = max(last.range.upperBound, next.range.upperBound)
                merged[merged.count - 1].range = last.range.lowerBound..<upper
            } else {
                merged.append(next)
            }
        }
        return merged
    }

    private func findWords(in text: UnsafeBufferPointer<UInt8>, into found: inout [Found]) {
        var at = 0
        while at < text.count {
            guard !text[at].endsWord else {
                at += 1
                continue
            }
            let start = at
            while at < text.count, !text[at].endsWord { at += 1 }
            // With and without the full stop after it.
            var bare = at
            while bare > start, text[bare - 1].endsSentence { bare -= 1 }
            for stop in Set([at, bare]) where stop > start {
                let word = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[start..<stop])
                guard words.contains(where: { $0.matches(word) }) else { continue }
                found.append(Found(range: start..<stop, label: "word"))
            }
        }
    }
}

extension UInt8 {
    var isDecimal: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    var isCapital: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
    var isLatin: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }
    var isLatinOrDecimal: Bool { isDecimal || isLatin }
    /// A character of what keys and tokens are made of.
    var isOfToken: Bool { isLatinOrDecimal || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }
    var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// A character between two words of a text.
    fileprivate var endsWord: Bool {
        switch self {
        case 0...0x20, UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "|"), 0x7f:
            true
        default: false
        }
    }

    fileprivate var endsSentence: Bool {
        self == UInt8(ascii: ".") || self == UInt8(ascii: ":") || self == UInt8(ascii: "!") || self == UInt8(ascii: "?")
    }
}
