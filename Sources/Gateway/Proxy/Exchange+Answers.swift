import Access
import ModelTraffic
import NIOCore
import Routing

// What the gateway says itself: refusals, redirects, answers to preflight questions.

extension Exchange {
    /// Tells the caller why not. It is told no more than the reason's public words; the record has the rest.
    func refuse(_ denial: Denial) {
        decision.outcome = denial.reason
        var denial = denial
        if denial.detail.isEmpty { denial.detail = decision.detail }
        decision.detail = denial.detail
        let body = denial.body(requestID: id.utf8, shape: errorShape)
        answer(status: UInt16(denial.reason.status), body: body) { fields in
            fields.append(.contentType, "application/json")
            fields.append(.cacheControl, "no-store")
            if let seconds = denial.retryAfterSeconds { fields.append(.retryAfter, UInt64(seconds)) }
            if denial.forbidsRetry { fields.append(name: "x-should-retry", value: "false") }
            switch denial.reason.status {
            case 401: fields.append(.wwwAuthenticate, "Bearer")
            case 405: fields.append(.allow, "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS")
            default: break
            }
            if let cors = decision.match?.rule.extras?.filters.cors { addCORS(cors, to: fields) }
        }
    }

    func refuse(_ reason: Reason) { refuse(Denial(reason)) }

    /// Whose clients call here, as far as that is known.
    private var errorShape: ErrorShape {
        switch decision.dialect {
        case .anthropicMessages, .anthropicCount: .anthropic
        case .ollamaChat, .ollamaGenerate, .ollamaEmbed, .ollamaModel: .ollama
        // What was not read has no identifier, and JSON-RPC has a word for that.
        case .mcp: .jsonRPC(id: decision.operation.facts?.mcp?.idText ?? "null")
        default: .openAI
        }
    }

    /// Plain HTTP where the Gateway wants HTTPS: the caller is sent there, before anything is asked of it.
    func redirectToHTTPS(_ port: Int) -> StageResult {
        var location = Array("https://".utf8)
        request.withHost { location.append(contentsOf: $0) }
        if port != 443 { location.append(contentsOf: ":\(port)".utf8) }
        if request.isAsterisk {
            location.append(UInt8(ascii: "/"))
        } else {
            request.withPath { location.append(contentsOf: $0) }
        }
        if let query = request.queryString { location.append(contentsOf: "?\(query)".utf8) }
        redirect(to: location, status: 308)
        return .done
    }

    /// Answers with `Location`.
    func redirect(to location: [UInt8], status: UInt16) {
        answer(status: status, body: []) { fields in
            _ = location.withUnsafeBytes { fields.append(.location, $0) }
        }
    }

    /// Answers a browser's question whether a page of another origin may send a request.
    func answerPreflight(_ cors: CORSPolicy) {
        answer(status: 204, body: nil) { fields in
            addCORS(cors, to: fields)
            guard fields.contains(.accessControlAllowOrigin) else { return }
            let method = request.fields.string(of: .accessControlRequestMethod)
            let methods = cors.methods.contains("*") ? method.map { [$0] } ?? [] : cors.methods
            if !methods.isEmpty {
                fields.append(name: "access-control-allow-methods", value: methods.joined(separator: ", "))
            }
            let wanted = request.fields.string(of: .accessControlRequestHeaders)
            let headers = cors.headers.contains("*") ? wanted.map { [$0] } ?? [] : cors.headers
            if !headers.isEmpty {
                fields.append(name: "access-control-allow-headers", value: headers.joined(separator: ", "))
            }
            fields.append(name: "access-control-max-age", value: "\(cors.maxAge)")
        }
    }

    /// The fields that let a page of an allowed origin read an answer.
    func addCORS(_ cors: CORSPolicy, to fields: FieldSection) {
        // The route decides who may read, not the backend: what that says would come on top, or open more.
        for name in Self.corsAnswers { fields.remove(name: name) }
        guard let origin = request.fields.first(.origin),
            request.fields.withValue(at: origin, { cors.allows(origin: $0) })
        else { return }
        fields.append(.accessControlAllowOrigin, request.fields.string(at: origin))
        fields.append(.vary, "origin")
        if cors.allowsCredentials { fields.append(name: "access-control-allow-credentials", value: "true") }
        if !cors.exposedHeaders.isEmpty {
            fields.append(name: "access-control-expose-headers", value: cors.exposedHeaders.joined(separator: ", "))
        }
    }

    private static let corsAnswers = [
        "access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers",
        "access-control-allow-methods", "access-control-allow-headers", "access-control-max-age",
    ]

    /// Writes an answer of our own.
    ///
    /// - Parameters:
    ///   - body: nil for a status that has none.
    ///   - addFields: puts in what is special about it.
    private func answer(status: UInt16, body: [UInt8]?, addFields: (FieldSection) -> Void) {
        let head = worker.ownResponse
        head.begin(status: status, framing: body.map { .length(UInt64($0.count)) } ?? .none)
        addFields(head.fields)
        finishHead(head)
        startAnswer(status: status)
        let sendsBody = request.method != .head && !(body ?? []).isEmpty
        caller?.writeHead(head, endsHere: !sendsBody)
        if sendsBody, let body {
            measures.bytesOut = UInt64(body.count)
            caller?.writeBody(ByteBuffer(bytes: body))
            caller?.writeEnd(trailers: nil)
        }
        answered()
        caller?.flush()
    }

    /// What every answer gets before it goes out, ours or the backend's.
    func finishHead(_ head: ResponseHead) {
        head.fields.set(.xRequestID, id)
        if let policy = strictTransportSecurity { head.fields.set(.strictTransportSecurity, policy) }
    }

    /// What a backend's answer gets besides: nothing of its hop, nothing that only the gateway may say, the route's
    /// changes.
    func finishBackendHead(_ head: ResponseHead) {
        head.prepareForCaller()
        if let changes = decision.match?.rule.extras?.filters.responseHeaders { head.fields.apply(changes) }
        if let changes = decision.backendFilters?.responseHeaders { head.fields.apply(changes) }
        if let cors = decision.match?.rule.extras?.filters.cors { addCORS(cors, to: head.fields) }
        finishHead(head)
    }

    private var strictTransportSecurity: String? {
        guard facts.isSecure, let listener = decision.listener, !isForThisMachine else { return nil }
        return configuration.strictTransportSecurity[listener.index]
    }
}

extension Exchange {
    /// A browser that is told to use HTTPS for `localhost` does so for every port of the machine.
    private var isForThisMachine: Bool {
        let name = "localhost".utf8
        return request.withHost { host in
            host.count >= name.count && host.suffix(name.count).elementsEqual(name)
                && (host.count == name.count || host[host.count - name.count - 1] == UInt8(ascii: "."))
        }
    }
}

extension UpstreamFailure {
    /// What the record calls it.
    var reason: Reason {
        switch self {
        case .connect: .upstreamUnreachable
        case .tls: .upstreamTLSFailed
        case .closedBeforeResponse, .closedInResponse, .refused: .upstreamReset
        case .malformedResponse: .upstreamInvalid
        case .overloaded: .overloaded
        }
    }
}

extension Rejection {
    /// What the record and the caller are told; the rejection's own code goes to the record too.
    var reason: Reason {
        switch self {
        case .notHTTP, .badRequestLine, .badStatusLine: .invalidRequestLine
        case .badMethod, .methodTooLong: .invalidMethod
        case .connectRefused: .methodNotAllowed
        case .badVersion: .unsupportedVersion
        case .targetTooLong: .uriTooLong
        case .badTarget, .badPercentEncoding, .encodedSeparator, .encodedControl, .doubleEncoding, .dotSegment,
            .emptySegment, .overlongEncoding:
            .invalidPath
        case .bareCR, .bareLF, .controlCharacter, .obsoleteFolding, .spaceBeforeColon, .badFieldName, .badFieldLine,
            .obsoleteText, .protectedFieldNominated, .duplicateField, .forbiddenTrailer, .badPseudoField,
            .upperCaseFieldName, .connectionFieldInHTTP2:
            .invalidHeader
        case .headTooLarge, .fieldTooLarge, .trailersTooLarge: .headerTooLarge
        case .tooManyFields: .tooManyHeaders
        case .missingHost, .duplicateHost, .badHost, .hostMismatch: .invalidHost
        case .lengthAndTransferEncoding, .duplicateContentLength, .badTransferEncoding, .transferEncodingInHTTP10,
            .bodyNotAllowed:
            .ambiguousFraming
        case .badContentLength: .invalidContentLength
        case .badExpect: .expectationFailed
        case .badUpgrade: .invalidUpgrade
        case .badChunkSize, .chunkSizeOverflow, .badChunkExtension, .chunkExtensionTooLong, .badChunkEnd: .invalidChunk
        }
    }
}
