import Foundation
import Testing

@testable import sallyport

@Suite("Finding out what a server is")
struct GuessTests {
    /// A server that answers these paths with these texts, and every other with nothing.
    private func guess(_ answers: [String: String]) -> ServerKind? {
        ServerGuess.recognise { path in
            answers[path].map { PlainHTTP.Response(status: 200, headers: [:], body: Array($0.utf8)) }
        }
    }

    @Test("servers are told apart by what only they answer")
    func kinds() {
        let models = #"{"object":"list","data":[]}"#
        #expect(guess(["/api/version": #"{"version":"0.9"}"#, "/api/tags": #"{"models":[]}"#]) == .ollama)
        #expect(guess(["/v1/models": #"{"data":[{"owned_by":"vllm"}]}"#]) == .vllm)
        #expect(guess(["/v1/models": models, "/version": #"{"version":"0.8"}"#]) == .vllm)
        #expect(guess(["/v1/models": #"{"data":[{"owned_by":"llamacpp"}]}"#]) == .llamacpp)
        #expect(guess(["/v1/models": models, "/props": #"{"default_generation_settings":{}}"#]) == .llamacpp)
        #expect(guess(["/info": #"{"model_id":"x"}"#, "/v1/models": models]) == .tgi)
        #expect(guess(["/health/readiness": #"{"litellm_version":"1"}"#, "/v1/models": models]) == .litellm)
        #expect(guess(["/v1/models": models]) == .openai)
        #expect(guess(["/v1/models": "<html>"]) == nil)
        #expect(guess([:]) == nil)
    }

    @Test("a server behind TLS is known by its name alone")
    func names() throws {
        #expect(ServerGuess.probe(try Upstream("https://api.anthropic.com")) == .kind(.anthropic))
        #expect(ServerGuess.probe(try Upstream("https://models.invalid")) == .unknown)
    }

    @Test("nothing on a port is silence")
    func silence() throws {
        #expect(ServerGuess.probe(try Upstream("http://127.0.0.1:1"), seconds: 1) == .silent)
    }

    @Test("answers are read whole: counted, chunked, or until the end")
    func answers() throws {
        func body(_ text: String) throws -> String {
            String(decoding: try PlainHTTP.parse(Array(text.utf8)).body, as: UTF8.self)
        }
        #expect(try body("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokxx") == "ok")
        #expect(try body("HTTP/1.0 200 OK\r\n\r\nall of it") == "all of it")
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
        #expect(try body(chunked) == "abcd")
        for bad in [
            "", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab\r\n",
        ] {
            #expect(throws: PlainHTTP.Problem.notHTTP) { try PlainHTTP.parse(Array(bad.utf8)) }
        }
    }
}
