import Testing

@testable import ModelTraffic

@Suite struct MCPRequestTests {
    private func message(_ text: String) throws -> MCPRequest { try #require(try read(.mcp, text).mcp) }

    @Test func requests() throws {
        let call = try message(
            #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"get_weather","arguments":{"Name":"x"}}}"#)
        #expect(
            call.kind == .request && call.method == "tools/call" && call.id == .integer(7) && call.tool == "get_weather"
        )
        let list = try message(#"{"jsonrpc":"2.0","id":"a","method":"tools/list"}"#)
        #expect(list.kind == .request && list.id == .string("a") && list.tool == nil)
        #expect(try message(#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"p"}}"#).prompt == "p")
        for method in ["resources/read", "resources/subscribe", "resources/unsubscribe"] {
            #expect(
                try message(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"uri":"file:///a"}}"#).resource
                    == "file:///a")
        }
        let start =
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#
        #expect(try message(start).protocolVersion == "2025-06-18")
        let meta =
            #"{"jsonrpc":"2.0","id":0,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#
        #expect(try message(meta).protocolVersion == "2026-07-28")
        let complete =
            #"{"jsonrpc":"2.0","id":0,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"v"}}}"#
        #expect(try message(complete).prompt == "p")
    }

    @Test func notificationsAndAnswers() throws {
        let note = try message(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        #expect(note.kind == .notification && note.id == nil)
        // A call without an identifier is still a call of the tool.
        #expect(try message(#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"rm"}}"#).tool == "rm")
        let result = try message(#"{"jsonrpc":"2.0","id":3,"result":{"content":[]}}"#)
        #expect(result.kind == .response && result.method == nil && result.id == .integer(3))
        #expect(try message(#"{"jsonrpc":"2.0","id":"x","error":{"code":-1,"message":"no"}}"#).kind == .response)
    }

    @Test(arguments: [
        ("[]", " batch"), (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, " batch"), ("1", " notAMessage"),
        ("null", " notAMessage"),
        ("{}", "jsonrpc notAMessage"), (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, "jsonrpc notAMessage"),
        (#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, "jsonrpc notAMessage"),
        (#"{"jsonrpc":"2.0","id":1}"#, "method notAMessage"),
        (#"{"jsonrpc":"2.0","id":1,"result":1,"error":{}}"#, "method notAMessage"),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","result":1}"#, "method contradiction"),
        (#"{"jsonrpc":"2.0","result":1}"#, "id missing"),
        (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, "id wrongType"),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, "id wrongType"),
        (#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, "id wrongType"),
        (#"{"jsonrpc":"2.0","id":1e2,"method":"ping"}"#, "id wrongType"),
        (#"{"jsonrpc":"2.0","id":1,"method":5}"#, "method wrongType"),
        (#"{"jsonrpc":"2.0","id":1,"method":""}"#, "method badName"),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call\n"}"#, "method badName"),
        (#"{"jsonrpc":"2.0","id":1,"method":" tools/call"}"#, "method badName"),
        (#"{"jsonrpc":"2.0","id":1,"Method":"ping"}"#, "method caseVariant"),
        (#"{"JSONRPC":"2.0","id":1,"method":"ping"}"#, "jsonrpc caseVariant"),
        (#"{"jsonrpc":"2.0","ID":1,"method":"ping"}"#, "id caseVariant"),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","Params":{}}"#, "params caseVariant"),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, "params.name missing"),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}"#, "params wrongType"),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#, "params.name missing"),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}"#, "params.name wrongType"),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"x"}}"#, "params.name caseVariant"),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":""}}"#, "params.name badName"),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a\u0000"}}"#, "params.name badName"),
        (#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"URI":"x"}}"#, "params.uri caseVariant"),
        (#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"name":"x"}}"#, "params.uri missing"),
        (#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#, "params.protocolVersion missing"),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"name":"a","uri":"b"}}}"#,
            "params.ref contradiction"
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#,
            "duplicateKey at byte 67"
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}"#,
            "caseVariantKey at byte 67"
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","\u006eame":"b"}}"#,
            "duplicateKey at byte 67"
        ),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\ud800"}}"#, "badSurrogate at byte 64"),
    ])
    func refusals(_ text: String, _ expected: String) { #expect(refusal(.mcp, text) == expected, "\(text)") }

    @Test func headers() throws {
        let call = try message(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"größe"}}"#)
        func wrong(_ method: String?, _ name: String?, _ message: MCPRequest) -> RequestProblem? {
            do {
                try message.check(methodHeader: method, nameHeader: name)
                return nil
            } catch { return error }
        }
        #expect(
            wrong(nil, nil, call) == nil && wrong("tools/call", "größe", call) == nil
                && wrong(nil, "=?base64?Z3LDtsOfZQ==?=", call) == nil)
        #expect(wrong("tools/list", nil, call) == .field(path: "method", what: .headerMismatch))
        #expect(wrong("Tools/Call", nil, call) != nil && wrong("", nil, call) != nil)
        #expect(wrong("tools/call", "other", call) == .field(path: "params.name", what: .headerMismatch))
        let list = try message(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        #expect(wrong("tools/list", nil, list) == nil && wrong("tools/list", "x", list) != nil)
        let read = try message(#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a://b"}}"#)
        #expect(
            wrong("resources/read", "a://b", read) == nil
                && wrong(nil, "a://c", read) == .field(path: "params.uri", what: .headerMismatch))
        #expect(wrong("tools/call", nil, try message(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)) != nil)
    }

    @Test func toolList() throws {
        let answer =
            #"{ "jsonrpc":"2.0", "id":1, "result":{"tools":[{"name":"read","description":"x\n"},{"name":"rm"},{"title":"no name"},{"name":"ls","inputSchema":{"Name":1}}],"nextCursor":"c"}}"#
        let list = try MCPToolList(document(answer)) { $0 != "rm" }
        #expect(list.removed == 2)
        #expect(
            String(decoding: list.text, as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read","description":"x\n"},{"name":"ls","inputSchema":{"Name":1}}],"nextCursor":"c"}}"#
        )
        #expect(
            try String(decoding: MCPToolList(document(answer)) { _ in false }.text, as: UTF8.self).contains(
                #""tools":[],"#))
        let other = #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#
        #expect(try String(decoding: MCPToolList(document(other)) { _ in false }.text, as: UTF8.self) == other)
        for text in [
            #"[{"jsonrpc":"2.0"}]"#, #"{"Result":{"tools":[]}}"#, #"{"result":{"Tools":[]}}"#,
            #"{"result":{"tools":{}}}"#, #"{"result":{"tools":[{"Name":"rm"}]}}"#,
        ] {
            let document = try document(text)
            #expect(throws: RequestProblem.self) { try MCPToolList(document) { _ in true } }
        }
    }
}
