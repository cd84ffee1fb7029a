/// Finds names that were meant.
enum FilterNames {
    /// True when nobody would look for this text, because it begins like a field.
    static func looksLikeField(_ text: String) -> Bool {
        guard let dot = text.firstIndex(of: "."), dot > text.startIndex else { return false }
        let head = text[..<dot]
        return FilterSubject.names.contains { $0.hasPrefix(head + ".") } || head == "label"
    }

    /// The nearest names, at most five.
    static func nearest(to text: String) -> [String] {
        let wanted = Array(text.smallLetters.utf8.prefix(64))
        let last = wanted.split(separator: UInt8(ascii: ".")).last.map(Array.init) ?? wanted
        let rated = FilterSubject.names.compactMap { name -> (distance: Int, name: String)? in
            let bytes = Array(name.utf8)
            var distance = distance(wanted, bytes)
            // `src.address` means one of those that end so.
            let end = bytes.split(separator: UInt8(ascii: ".")).last.map(Array.init) ?? bytes
            if end == last, last.count > 2 { distance = min(distance, 2) }
            return distance <= max(2, wanted.count / 3) ? (distance, name) : nil
        }
        return rated.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(5).map(\.name)
    }

    /// Letters that must be put in, left out, changed, or changed with the next.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var rows = [Array(0...b.count)]
        for (place, letter) in a.enumerated() {
            var row = [place + 1]
            for (other, otherLetter) in b.enumerated() {
                var least = min(row[other] + 1, rows[place][other + 1] + 1)
                least = min(least, rows[place][other] + (letter == otherLetter ? 0 : 1))
                if place > 0, other > 0, letter == b[other - 1], a[place - 1] == otherLetter {
                    least = min(least, rows[place - 1][other - 1] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
