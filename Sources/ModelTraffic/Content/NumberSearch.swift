/// Numbers that prove by their check digits what they are: payment cards and bank accounts.
enum NumberSearch {
    typealias Text = UnsafeBufferPointer<UInt8>

    /// 13 to 19 digits, in groups with one blank or dash between them, whose last digit checks the others.
    static func findCards(in text: Text, into found: inout [Redactor.Found]) {
        var at = 0
        while at < text.count {
            guard text[at].isDecimal, at == 0 || !text[at - 1].isDecimal else {
                at += 1
                continue
            }
            if let end = endOfCard(text, at) {
                found.append(.init(range: at..<end, label: "card"))
                at = end
            } else {
                at += 1
            }
        }
    }

    /// Where a card's number ends that begins here: the longest that checks, up to the end of a group.
    private static func endOfCard(_ text: Text, _ start: Int) -> Int? {
        // 2 to 6 is what the issuers of cards begin with; 1 is what times begin with.
        guard (UInt8(ascii: "2")...UInt8(ascii: "6")).contains(text[start]) else { return nil }
        var digits: [UInt8] = []
        var longest: Int?
        var at = start
        while at < text.count {
            if text[at].isDecimal {
                guard digits.count < 19 else { return nil }
                digits.append(text[at] - UInt8(ascii: "0"))
                let endsGroup = at + 1 == text.count || !text[at + 1].isDecimal
                if endsGroup, digits.count >= 13, isChecked(digits) { longest = at + 1 }
                if endsGroup, digits.count == 19 { break }
            } else if !isJoint(text, at) {
                break
            }
            at += 1
        }
        return longest
    }

    /// One blank or dash between two digits.
    private static func isJoint(_ text: Text, _ at: Int) -> Bool {
        (text[at] == UInt8(ascii: " ") || text[at] == UInt8(ascii: "-"))
            && text[at - 1].isDecimal && at + 1 < text.count && text[at + 1].isDecimal
    }

    /// The check of ISO/IEC 7812: every second digit from the right counts twice.
    private static func isChecked(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = Int(digit) << (place & 1)
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0
    }

    /// Two letters, two digits and 11 to 30 more, in one piece or in groups of four, that check by ISO 13616.
    static func findAccounts(in text: Text, into found: inout [Redactor.Found]) {
        guard text.count >= 15 else { return }
        for at in 0...(text.count - 15) where text[at].isLatin && (at == 0 || !text[at - 1].isLatinOrDecimal) {
            guard text[at + 1].isLatin, text[at + 2].isDecimal, text[at + 3].isDecimal,
                let end = endOfAccount(text, at)
            else { continue }
            found.append(.init(range: at..<end, label: "iban"))
        }
    }

    private static func endOfAccount(_ text: Text, _ start: Int) -> Int? {
        var characters: [UInt8] = []
        var longest: Int?
        var at = start
        while at < text.count, characters.count <= 34 {
            if text[at].isLatinOrDecimal {
                characters.append(text[at])
                let endsGroup = at + 1 == text.count || !text[at + 1].isLatinOrDecimal
                if endsGroup, (15...34).contains(characters.count), isAccount(characters) { longest = at + 1 }
            } else if text[at] != UInt8(ascii: " ") || at + 1 == text.count || !text[at + 1].isLatinOrDecimal {
                break
            }
            at += 1
        }
        return longest
    }

    private static func isAccount(_ characters: [UInt8]) -> Bool {
        var rest = 0
        for character in characters[4...] + characters[..<4] {
            if character.isDecimal {
                rest = (rest * 10 + Int(character - UInt8(ascii: "0"))) % 97
            } else {
                rest = (rest * 100 + Int(character | 0x20) - 87) % 97
            }
        }
        return rest == 1
    }
}
