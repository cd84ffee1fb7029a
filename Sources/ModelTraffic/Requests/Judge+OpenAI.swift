/// Bodies of OpenAI's and Anthropic's APIs, and of servers that speak them.
extension Judgement {
    mutating func chat() throws(RequestProblem) {
        try body.require("messages", .array)
        try body.require("tools", .array)
        try walk.take(body.node("messages"), "messages")
        for name in ["tools", "functions", "response_format", "prediction", "documents"] as [StaticString] {
            walk.takeOpaque(body.node(name))
        }
        try extraMedia()
    }

    /// Completions, speech, and llama.cpp's own completion.
    mutating func completion() throws(RequestProblem) {
        try body.require("prompt", .string, .array, .object)
        try body.require("input", .string)
        for name in ["prompt", "input", "instructions", "input_prefix", "input_suffix", "input_extra"] as [StaticString]
        {
            try walk.take(body.node(name), "\(name)")
        }
        for name in ["suffix", "grammar", "json_schema", "response_format"] as [StaticString] {
            walk.takeOpaque(body.node(name))
        }
        if try body.string("stream_format") == "sse" { facts.isStreaming = true }
        try extraMedia()
    }

    mutating func responses() throws(RequestProblem) {
        try body.require("input", .string, .array)
        try body.require("instructions", .string, .array)
        try body.require("tools", .array)
        try walk.take(body.node("input"), "input")
        try walk.take(body.node("instructions"), "instructions")
        walk.takeOpaque(body.node("text"))
        try toolServers("tools", "server_url")
        let stored = ["previous_response_id", "conversation", "prompt"] as [StaticString]
        facts.addsStoredInput = stored.contains { body.node($0) != nil }
        try walk.take(body.node("prompt"), "prompt")
    }

    mutating func images() throws(RequestProblem) {
        try body.require("prompt", .string)
        try takeAll()
    }

    mutating func anthropic() throws(RequestProblem) {
        try body.require("messages", .array)
        try body.require("system", .string, .array)
        try body.require("tools", .array)
        try walk.take(body.node("messages"), "messages")
        try walk.take(body.node("system"), "system")
        try toolServers("mcp_servers", "url")
        walk.takeOpaque(body.node("tools"))
        walk.takeOpaque(body.node("output_format"))
    }

    /// Tool servers that the model server would call.
    private mutating func toolServers(_ list: StaticString, _ name: StaticString) throws(RequestProblem) {
        try body.require(list, .array)
        let fields = KnownFields([name])
        var index = 0
        for server in body.node(list)?.elements ?? JSONElements(array: nil) {
            let reader = BodyReader(server, "\(list)[\(index)]")
            index += 1
            guard server.kind == .object else { throw .field(path: reader.path, what: .wrongType) }
            try fields.check(server, reader.path)
            if let url = try reader.string(name) { try walk.add(.toolServer, url, join(reader.path, "\(name)")) }
            if list.utf8CodeUnitCount == 5 { walk.takeOpaque(server) }
        }
    }

    /// Members of other servers by which media come in beside the messages.
    private mutating func extraMedia() throws(RequestProblem) {
        try walk.takeMember("image_url", .image, of: body.object)
        try walk.takeMember("images", .images, of: body.object)
        try walk.takeMember("image", .image, of: body.object)
        try walk.take(body.node("multi_modal_data"), "multi_modal_data")
    }
}
