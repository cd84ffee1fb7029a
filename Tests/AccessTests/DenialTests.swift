import Foundation
import Testing

@testable import Access

@Suite("The list of reasons")
struct DenialTests {
    @Test("every line can be read, and every name is there once", arguments: Reason.allCases)
    func lines(reason: Reason) throws {
        let details = try #require(reason.rawValue.parse(), "\(reason.rawValue)")
        #expect(details.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil)
        #expect(details.code.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil)
        #expect(!details.explanation.isEmpty)
        #expect(details.message.hasSuffix("."))
        #expect(Reason.allCases.filter { $0.name == details.name } == [reason])
    }

    @Test("the body is what OpenAI's clients read", arguments: Reason.allCases)
    func bodies(reason: Reason) throws {
        let body = reason.body(requestID: Array("req-1\"\\\n\u{202e}<".utf8))
        #expect(body.last == UInt8(ascii: "\n"))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        let error = try #require(json["error"] as? [String: Any])
        #expect(Set(json.keys) == ["error", "request_id"])
        #expect(Set(error.keys) == ["message", "type", "code", "param"])
        #expect(error["message"] as? String == reason.message)
        #expect(error["type"] as? String == reason.type)
        #expect(error["code"] as? String == reason.code)
        #expect(error["param"] is NSNull)
        #expect(json["request_id"] as? String == "req-1")
    }

    @Test("types are those that clients know")
    func types() {
        #expect(Reason.unknownKey.type == "invalid_request_error")
        #expect(Reason.unknownKey.code == "invalid_api_key")
        #expect(Reason.noPolicy.type == "permission_error")
        #expect(Reason.rateLimited.type == "rate_limit_error")
        #expect(Reason.routeNotFound.type == "not_found_error")
        #expect(Reason.upstreamTimeout.type == "server_error")
        #expect(Reason.bodyTooLarge.status == 413)
        #expect(Reason.unsupportedVersion.status == 505)
    }

    @Test("callers are told the same where the difference is none of their business")
    func shared() {
        #expect(Reason.upstreamUnreachable.message == Reason.noHealthyUpstream.message)
        #expect(Reason.invalidPolicy.body(requestID: []) == Reason.noRuleMatches.body(requestID: []))
        for reason in Reason.allCases where reason.code != reason.name {
            #expect(reason.message != reason.explanation)
        }
    }
}
