// What more than one member of a record needs.

extension LineWriter {
    mutating func verdict(_ verdict: Record.Verdict) {
        switch verdict {
        case .allowed: raw("\"allowed\"")
        case .denied: raw("\"denied\"")
        }
    }

    /// A member and the comma after it; nothing for the empty text.
    mutating func optional(_ name: StaticString, _ text: String) {
        guard !text.isEmpty else { return }
        piece(name)
        quoted(text)
        raw(",")
    }

    /// A member from outside and the comma after it; nothing for the empty text.
    mutating func optional(_ name: StaticString, _ text: UnsafeRawBufferPointer) {
        guard !text.isEmpty else { return }
        piece(name)
        outside(text)
        raw(",")
    }

    /// A length of time; nothing where it did not come to that.
    mutating func optional(_ name: StaticString, _ microseconds: Int64?) {
        guard let microseconds else { return }
        piece(name)
        seconds(microseconds)
    }

    /// `workload`.
    mutating func workload(kind: String, namespace: String, name: String, pod: String, labels: [String]) {
        raw("\"workload\":{\"kind\":")
        quoted(kind)
        raw(",\"namespace\":")
        quoted(namespace)
        raw(",\"name\":")
        quoted(name)
        raw(",\"pod\":")
        quoted(pod)
        raw(",")
        texts("\"labels\":[", labels)
        endMember()
    }

    /// An array of texts and the comma after it; nothing where there are none.
    mutating func texts(_ name: StaticString, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        piece(name)
        for text in texts {
            quoted(text)
            raw(",")
        }
        closeArray()
        raw(",")
    }

    /// `staged`; the policy and the rule are empty where there is none.
    mutating func staged(_ policy: String, _ rule: String, _ verdict: Record.Verdict, _ reason: String) {
        raw("\"staged\":{")
        optional("\"policy\":", policy)
        optional("\"rule\":", rule)
        raw("\"verdict\":")
        self.verdict(verdict)
        raw(",\"reason\":")
        quoted(reason)
        raw("},")
    }

    /// `principal`; the owner is empty where it is not said.
    mutating func principal(kind: String, name: String, namespace: String, owner: String) {
        raw("\"principal\":{\"kind\":")
        quoted(kind)
        raw(",\"name\":")
        quoted(name)
        raw(",\"namespace\":")
        quoted(namespace)
        raw(",")
        optional("\"owner\":", owner)
        endMember()
    }

    /// The beginning of `ai`; each empty where nothing is known.
    mutating func ai(server: String, classes: [String], operation: String) {
        raw("\"ai\":{")
        optional("\"server\":", server)
        texts("\"classes\":[", classes)
        optional("\"operation\":", operation)
    }

    /// A step of `trace` without what its rule said.
    mutating func step(policy: String, rule: String, isStaged: Bool) {
        raw("{\"policy\":")
        quoted(policy)
        raw(",\"rule\":")
        quoted(rule)
        if isStaged {
            raw(",\"mode\":\"staged\",\"result\":")
        } else {
            raw(",\"mode\":\"enforced\",\"result\":")
        }
    }

    /// The end of an object whose last member may have left a comma, and the comma after it.
    mutating func endMember() {
        closeObject()
        raw(",")
    }

    /// Text from outside: signed tokens are not written on, and what is too long is cut.
    mutating func outside(_ text: UnsafeRawBufferPointer) {
        text.withMemoryRebound(to: UInt8.self) { text in
            guard let redacted = TokenRedaction.redacted(text) else { return cut(text) }
            redacted.withUnsafeBufferPointer { cut($0) }
        }
    }

    private mutating func cut(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count > RecordEncoder.longestText else { return quoted(text) }
        var end = RecordEncoder.longestText
        // Not in the middle of a character, whose bytes after the first all begin with the bits 10.
        while end > RecordEncoder.longestText - 4, text[end] & 0xc0 == 0x80 { end -= 1 }
        quoted(UnsafeBufferPointer(rebasing: text[..<end]), isCut: true)
    }
}
