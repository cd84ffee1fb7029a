#if canImport(Gateway)
    @testable import Gateway
#endif

/// One message as the gateway understood it, as text that a test can compare and print.
struct ReadMessage: Equatable {
    /// The head as it came.
    var head: [UInt8] = []
    var line: String
    var fields: [String]
    var body: [UInt8] = []
    var trailers: [String] = []
    var isComplete = false
    var keepAlive: Bool
}

/// How reading a connection's bytes ended.
enum ReadEnding: Equatable {
    /// Between two messages, or in a body that lasts until the connection closes.
    case clean
    /// In the middle of a head or body.
    case incomplete
    case rejected(Rejection)
    /// After a message that ends the connection, with this many bytes left over.
    case closed(left: Int)
    case upgraded(left: Int)
    case http2Preface
}

struct ReadResult: Equatable {
    var messages: [ReadMessage] = []
    var ending: ReadEnding = .clean
}

/// Reads a connection's bytes with the gateway's parser, in the pieces in which they are fed.
struct WireDriver {
    enum Kind: Equatable {
        case request
        case response(to: Method)
    }

    private enum Phase {
        case head
        case length(UInt64)
        case chunked(ChunkedDecoder)
        case untilClose
        case stopped
    }

    let kind: Kind
    let limits: WireLimits
    private(set) var result = ReadResult()
    private var phase = Phase.head
    private var buffer: [UInt8] = []
    private var scanned = 0
    private let request = RequestHead()
    private let response = ResponseHead()
    private let trailers = FieldSection()

    init(_ kind: Kind, limits: WireLimits = .standard) {
        self.kind = kind
        self.limits = limits
    }

    static func read(_ bytes: [UInt8], _ kind: Kind, limits: WireLimits = .standard) -> ReadResult {
        read([bytes[...]], kind, limits: limits)
    }

    static func read(_ pieces: [ArraySlice<UInt8>], _ kind: Kind, limits: WireLimits = .standard) -> ReadResult {
        var driver = WireDriver(kind, limits: limits)
        for piece in pieces { driver.feed(piece) }
        return driver.finish()
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        buffer.append(contentsOf: bytes)
        while advance() {}
    }

    mutating func finish() -> ReadResult {
        guard result.ending == .clean else {
            if case .closed = result.ending { result.ending = .closed(left: buffer.count) }
            if case .upgraded = result.ending { result.ending = .upgraded(left: buffer.count) }
            return result
        }
        switch phase {
        case .head: result.ending = buffer.isEmpty ? .clean : .incomplete
        case .length, .chunked: result.ending = .incomplete
        case .untilClose, .stopped: break
        }
        return result
    }

    /// Does one step; false when more bytes are needed.
    private mutating func advance() -> Bool {
        switch phase {
        case .head: return readHead()
        case .stopped: return false
        case .untilClose:
            appendBody(buffer.count)
            return false
        case .length(let rest):
            let count = Int(min(rest, UInt64(buffer.count)))
            appendBody(count)
            phase = .length(rest - UInt64(count))
            if rest == UInt64(count) { endMessage() }
            return rest == UInt64(count)
        case .chunked(var decoder):
            return readChunks(&decoder)
        }
    }

    private mutating func readHead() -> Bool {
        let outcome: HTTP1.Outcome = buffer.withUnsafeBytes { bytes in
            switch kind {
            case .request: HTTP1.parseRequest(bytes, scanned: &scanned, limits: limits, into: request)
            case .response(let method):
                HTTP1.parseResponse(bytes, scanned: &scanned, limits: limits, to: method, into: response)
            }
        }
        switch outcome {
        case .needMore: return false
        case .rejected(let rejection): stop(.rejected(rejection))
        case .http2Preface: stop(.http2Preface)
        case .complete(let consumed):
            let head = Array(buffer[..<consumed])
            buffer.removeFirst(consumed)
            beginMessage(head)
            return true
        }
        return false
    }

    private mutating func beginMessage(_ head: [UInt8]) {
        let fields = kind == .request ? request.fields : response.fields
        let framing = kind == .request ? request.framing : response.framing
        let keepAlive = kind == .request ? request.keepAlive : response.keepAlive
        let line =
            if kind == .request {
                "\(request.methodString) \(request.pathString)\(request.queryString.map { "?" + $0 } ?? "") \(request.hostString):\(request.port.map(String.init) ?? "")"
            } else {
                "\(response.status) \(fields.string(response.reason))"
            }
        result.messages.append(
            ReadMessage(head: head, line: line, fields: Self.describe(fields), keepAlive: keepAlive))
        switch framing {
        case .none: endMessage()
        case .length(let count):
            phase = .length(count)
            if count == 0 { endMessage() }
        case .chunked: phase = .chunked(ChunkedDecoder(limits: limits))
        case .untilClose: phase = .untilClose
        }
    }

    private mutating func readChunks(_ decoder: inout ChunkedDecoder) -> Bool {
        var position = 0
        defer { buffer.removeFirst(position) }
        while true {
            let event = buffer.withUnsafeBytes { decoder.next($0, at: &position, trailers: trailers) }
            switch event {
            case .data(let range):
                result.messages[result.messages.count - 1].body.append(contentsOf: buffer[range])
            case .needMore:
                phase = .chunked(decoder)
                return false
            case .rejected(let rejection):
                stop(.rejected(rejection))
                return false
            case .end:
                result.messages[result.messages.count - 1].trailers = Self.describe(trailers)
                endMessage()
                return true
            }
        }
    }

    private mutating func endMessage() {
        result.messages[result.messages.count - 1].isComplete = true
        phase = .head
        let upgrades = kind == .request ? request.upgradesToWebSocket : response.status == 101
        let keepAlive = kind == .request ? request.keepAlive : response.keepAlive || response.isInformational
        if upgrades { stop(.upgraded(left: buffer.count)) } else if !keepAlive { stop(.closed(left: buffer.count)) }
    }

    private mutating func appendBody(_ count: Int) {
        result.messages[result.messages.count - 1].body.append(contentsOf: buffer[..<count])
        buffer.removeFirst(count)
    }

    private mutating func stop(_ ending: ReadEnding) {
        phase = .stopped
        result.ending = ending
    }

    static func describe(_ fields: FieldSection) -> [String] {
        var lines: [String] = []
        fields.forEach { _, name, value in
            lines.append("\(text(name)): \(text(value))")
        }
        return lines
    }

    /// Bytes as text, one character for each, so that nothing is lost.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        return text
    }
}

/// Reads `bytes` whole, byte by byte, and cut in two at every place (or at `most` places spread over them), and says
/// where the results differ from the first.
func differencesWhenSplit(_ bytes: [UInt8], _ kind: WireDriver.Kind, most: Int = 400) -> [String] {
    let whole = WireDriver.read(bytes, kind)
    var differences: [String] = []
    if WireDriver.read(bytes.indices.map { bytes[$0...$0] }, kind) != whole { differences.append("byte by byte") }
    let step = max(1, bytes.count / most)
    for cut in stride(from: 1, to: max(1, bytes.count), by: step)
    where WireDriver.read([bytes[..<cut], bytes[cut...]], kind) != whole {
        differences.append("cut at \(cut)")
    }
    return differences
}
