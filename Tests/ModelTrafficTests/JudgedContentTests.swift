import Testing

@testable import ModelTraffic

@Suite("What was judged is what is sent on")
struct JudgedContentTests {
    private func sent(
        _ body: String, _ dialect: Dialect = .openAIChat, type: String = "application/json", pathModel: String? = nil,
        rename: String? = nil, asks: Bool = false
    ) throws -> String {
        let judged = try JudgedContent.read(
            Array(body.utf8), dialect, contentType: type, pathModel: pathModel, fetchesMarkdown: false)
        return String(decoding: judged.content.serialise(rename: rename, asksForUsage: asks), as: UTF8.self)
    }

    @Test("a body is written anew: the same values, one spelling")
    func canonical() throws {
        let body = #"{ "model" : "m", "messages": [ {"role":"user", "content":"h\u0069"} ], "x": 1.50 }"#
        #expect(try sent(body) == #"{"model":"m","messages":[{"role":"user","content":"hi"}],"x":1.50}"#)
        let again = try sent(body)
        #expect(try sent(again) == again)
    }

    @Test("what goes as it came is said to, and is the same bytes")
    func unchanged() throws {
        let compact = #"{"model":"m","messages":[{"role":"user","content":"hi é"}],"stream":true}"#
        let cases: [(body: String, dialect: Dialect, path: String?, rename: String?, asks: Bool, goes: Bool)] = [
            (compact, .openAIChat, nil, nil, false, true),
            (compact, .openAIChat, nil, "n", false, false),
            (compact, .openAIChat, nil, nil, true, false),
            (compact + " ", .openAIChat, nil, nil, false, false),
            (" " + compact, .openAIChat, nil, nil, false, false),
            (compact.replacing(",", with: ",\n"), .openAIChat, nil, nil, false, false),
            (compact.replacing("hi", with: #"h\u0069"#), .openAIChat, nil, nil, false, false),
            (#"{"inputs":[]}"#, .kserveInfer, "m", "n", false, true),
        ]
        for (body, dialect, path, rename, asks, goes) in cases {
            let content = try JudgedContent.read(
                Array(body.utf8), dialect, contentType: "", pathModel: path, fetchesMarkdown: false
            ).content
            #expect(content.goesAsItCame(rename: rename, asksForUsage: asks) == goes, "\(body)")
            let sent = content.serialise(rename: rename, asksForUsage: asks)
            #expect((sent == Array(body.utf8)) == goes, "\(body)")
        }
    }

    @Test("the model is renamed where the caller named it, and nowhere else")
    func rename() throws {
        let body = #"{"messages":[{"role":"user","content":"m","model":"m"}],"model":"m"}"#
        #expect(
            try sent(body, rename: "llama3:1b")
                == #"{"messages":[{"role":"user","content":"m","model":"m"}],"model":"llama3:1b"}"#)
        #expect(
            try sent(body, rename: "a\"b\\")
                == #"{"messages":[{"role":"user","content":"m","model":"m"}],"model":"a\"b\\"}"#)
        // A model that only the path names is renamed there, not here.
        #expect(try sent(#"{"inputs":[]}"#, .kserveInfer, pathModel: "m", rename: "n") == #"{"inputs":[]}"#)
        #expect(try sent(body) == body)
    }

    @Test("usage is asked for, whatever the caller said about it")
    func usage() throws {
        let ask = #","stream_options":{"include_usage":true}}"#
        #expect(try sent(#"{"model":"m","stream":true}"#, asks: true) == #"{"model":"m","stream":true"# + ask)
        #expect(
            try sent(#"{"model":"m","stream_options":null,"stream":true}"#, asks: true)
                == #"{"model":"m","stream_options":{"include_usage":true},"stream":true}"#)
        #expect(
            try sent(#"{"stream_options":{"include_usage":false,"include_obfuscation":false},"model":"m"}"#, asks: true)
                == #"{"stream_options":{"include_usage":true,"include_obfuscation":false},"model":"m"}"#)
        #expect(
            try sent(#"{"model":"m","stream_options":{"include_obfuscation":true}}"#, asks: true)
                == #"{"model":"m","stream_options":{"include_obfuscation":true,"include_usage":true}}"#)
        #expect(try sent(#"{"stream_options":{}}"#, asks: true) == #"{"stream_options":{"include_usage":true}}"#)
        #expect(try sent(#"{}"#, asks: true) == #"{"stream_options":{"include_usage":true}}"#)
        let both = #"{"model":"m","stream_options":{"include_usage":false}}"#
        #expect(
            try sent(both, rename: "n", asks: true) == #"{"model":"n","stream_options":{"include_usage":true}}"#)
        #expect(try sent(both) == both)
    }

    @Test("forms")
    func forms() throws {
        let form =
            FormTests.file + FormTests.part("model", "whisper-1") + FormTests.part("language", "de") + "--b--\r\n"
        let type = FormTests.type
        #expect(try sent(form, .openAITranscription, type: type) == form)
        #expect(
            try sent(form, .openAITranscription, type: type, rename: "large")
                == form.replacing("whisper-1", with: "large"))
        // Nothing is asked for in a form.
        #expect(try sent(form, .openAITranscription, type: type, asks: true) == form)
        #expect(Dialect.allCases.filter(\.isForm) == [.openAIImageForm, .openAITranscription])
    }

    @Test("what cannot be read is refused, by the name of what is wrong")
    func refused() {
        let code = { (body: String, dialect: Dialect, type: String) -> String? in
            do throws(RequestProblem) {
                _ = try JudgedContent.read(
                    Array(body.utf8), dialect, contentType: type, pathModel: "m", fetchesMarkdown: false)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code("{", .openAIChat, "")?.hasPrefix("json_") == true)
        #expect(code(#"{"a":1,"a":1}"#, .openAIChat, "") == "json_duplicateKey")
        #expect(code("[]", .openAIChat, "") == "field_wrongType")
        #expect(code(#"{"model":"n"}"#, .openAIChat, "") == "field_contradiction")
        #expect(code("{}", .openAITranscription, "application/json") == "form_badContentType")
        #expect(code("{}", .openAIChat, "text/plain") == nil)
    }

    @Test("a question about a tool is a call of it")
    func tools() {
        let call = MCPRequest(callOf: "read")
        #expect(call.method == "tools/call" && call.target == "read" && call.idText == "0" && call.kind == .request)
    }
}
