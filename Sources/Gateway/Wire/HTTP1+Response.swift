/// Reading the text of a response head, which is already in `fields`' storage.
extension ResponseHead {
    func parseText(_ limits: WireLimits, method: Method) throws(Rejection) {
        var notes = FieldNotes(strict: false)
        try fields.bytes.withUnsafeMutableBufferPointer { (text) throws(Rejection) in
            var reader = HeadReader(text)
            try readStatusLine(&reader)
            try reader.readFields(into: &fields.fields, limits: limits, notes: &notes)
        }
        try settleConnection(notes)
        try settleFraming(notes, method: method)
    }

    /// `HTTP/1.1 200 reason`; the reason, and the blank before it, may be missing.
    private func readStatusLine(_ reader: inout HeadReader) throws(Rejection) {
        guard reader.end >= 14, Bytes.equal(reader.slice(0..<7), "HTTP/1."), reader[8] == Bytes.space else {
            throw .badStatusLine
        }
        switch reader[7] {
        case UInt8(ascii: "0"): version = .http10
        case UInt8(ascii: "1"): version = .http11
        default: throw .badVersion
        }
        var code: UInt16 = 0
        for index in 9..<12 {
            guard Bytes.isDigit(reader[index]) else { throw .badStatusLine }
            code = code * 10 + UInt16(reader[index] - 48)
        }
        guard code >= 100, code < 600 else { throw .badStatusLine }
        status = code
        reader.position = 12
        if reader[12] == Bytes.space {
            let end = reader.slice(13..<reader.end).withMemoryRebound(to: UInt8.self) { text in
                Bytes.endOfText(text.baseAddress.unsafelyUnwrapped, from: 0, to: text.count)
            }
            reason = ByteRange(13, count: end)
            reader.position = 13 + end
        } else if reader[12] != Bytes.cr {
            throw .badStatusLine
        }
        try reader.expectLineEnd()
    }

    private func settleConnection(_ notes: FieldNotes) throws(Rejection) {
        let options = notes.has(.connection) ? try fields.readConnection() : ConnectionOptions()
        keepAlive = version == .http10 ? options.keepAlive && !options.close : !options.close
        nominatesFields = options.nominatesFields
        if status == 101 {
            keepAlive = false
            upgradesToWebSocket = options.upgrade && fields.listContains(.upgrade, "websocket")
        }
    }

    private func settleFraming(_ notes: FieldNotes, method: Method) throws(Rejection) {
        let declared = try fields.declaredFraming(notes, version: version)
        if status < 200 || status == 204 {
            // No body whatever the fields say; a server that declares one may send it, so the connection ends here.
            framing = .none
            if let declared, !declared.isEmpty { keepAlive = false }
        } else if method == .head || status == 304 {
            framing = .none
        } else if let declared {
            framing = declared
        } else {
            framing = .untilClose
            keepAlive = false
        }
    }
}
