import Foundation
import Testing

@testable import Access

@Suite("Errors in the shape that each API's clients read")
struct ErrorShapeTests {
    private static let details = [
        "", "plain", "a \"quote\" and a \\ backslash", "line\nbreak\r\tand \u{0} and \u{1f}",
        "</script>\u{2028}\u{2029}",
        "\u{7f}\u{85}é😀", "}],\"error\":{\"message\":\"x\"}", String(repeating: "\\", count: 301),
    ]

    private func json(_ denial: Denial, _ shape: ErrorShape, id: String = "req-1") throws -> [String: Any] {
        let body = denial.body(requestID: Array(id.utf8), shape: shape)
        #expect(body.last == UInt8(ascii: "\n") && body.dropLast().allSatisfy { $0 != UInt8(ascii: "\n") })
        return try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }

    /// What the message must say, whatever had to be done to the detail.
    private func check(_ message: Any?, _ reason: Reason, _ detail: String) {
        let message = message as? String
        #expect(message?.hasPrefix(reason.message) == true)
        guard !detail.isEmpty else { return }
        let shown = String(
            String.UnicodeScalarView(detail.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
        #expect(message == "\(reason.message) (\(shown))")
    }

    @Test("OpenAI", arguments: Reason.allCases)
    func openAI(reason: Reason) throws {
        for detail in Self.details {
            let body = try json(Denial(reason, detail: detail), .openAI)
            let error = try #require(body["error"] as? [String: Any])
            #expect(Set(body.keys) == ["error", "request_id"] && body["request_id"] as? String == "req-1")
            #expect(Set(error.keys) == ["message", "type", "code", "param"])
            #expect(error["type"] as? String == reason.type && error["code"] as? String == reason.code)
            check(error["message"], reason, detail)
        }
    }

    @Test("Anthropic", arguments: Reason.allCases)
    func anthropic(reason: Reason) throws {
        for detail in Self.details {
            let body = try json(Denial(reason, detail: detail), .anthropic)
            let error = try #require(body["error"] as? [String: Any])
            #expect(body["type"] as? String == "error" && Set(body.keys) == ["type", "error", "request_id"])
            #expect(Set(error.keys) == ["type", "message"])
            check(error["message"], reason, detail)
        }
    }

    @Test("Ollama", arguments: Reason.allCases)
    func ollama(reason: Reason) throws {
        for detail in Self.details {
            let body = try json(Denial(reason, detail: detail), .ollama)
            #expect(Set(body.keys) == ["error", "code", "request_id"] && body["code"] as? String == reason.code)
            check(body["error"], reason, detail)
        }
    }

    @Test("JSON-RPC, with the identifier of the call", arguments: Reason.allCases)
    func rpc(reason: Reason) throws {
        for detail in Self.details {
            let body = try json(Denial(reason, detail: detail), .jsonRPC(id: "\"a\\\"b\""))
            let error = try #require(body["error"] as? [String: Any])
            #expect(body["jsonrpc"] as? String == "2.0" && body["id"] as? String == "a\"b")
            #expect((error["code"] as? Int ?? 0) < 0)
            #expect((error["data"] as? [String: Any])?["code"] as? String == reason.code)
            check(error["message"], reason, detail)
        }
        #expect(try json(Denial(reason), .jsonRPC(id: "7"))["id"] as? Int == 7)
        #expect(try json(Denial(reason), .jsonRPC(id: "null"))["id"] is NSNull)
    }

    @Test("types and numbers are those that clients know")
    func words() {
        #expect(Reason.unknownKey.anthropicType == "authentication_error")
        #expect(Reason.modelNotAllowed.anthropicType == "permission_error")
        #expect(Reason.budgetExhausted.anthropicType == "rate_limit_error")
        #expect(Reason.bodyTooLarge.anthropicType == "request_too_large")
        #expect(Reason.overloaded.anthropicType == "overloaded_error")
        #expect(Reason.upstreamReset.anthropicType == "api_error")
        #expect(Reason.invalidBody.rpcCode == -32600 && Reason.internalError.rpcCode == -32603)
        #expect(Reason.toolNotAllowed.rpcCode == -32001)
    }

    @Test("a request's identifier says nothing but itself")
    func identifiers() throws {
        for shape in [ErrorShape.openAI, .anthropic, .ollama] {
            let body = try json(Denial(.noPolicy, detail: "x"), shape, id: "a\"},\n{é1:2_3.4-5")
            #expect(body["request_id"] as? String == "a1:2_3.4-5")
        }
    }
}
