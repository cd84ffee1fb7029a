import Foundation

/// Finds out what kind of server stands at an address, by asking it things that change nothing.
struct ServerGuess {
    /// Asks a path; nil when there is no answer of 200.
    typealias Ask = (String) -> PlainHTTP.Response?

    /// What was found.
    enum Finding: Equatable {
        /// It is that.
        case kind(ServerKind)
        /// It answers, and is none that we know.
        case unknown
        /// It does not answer plain HTTP.
        case silent
    }

    /// Asks the server itself. A server behind TLS is not asked: nothing here checks certificates.
    static func probe(_ upstream: Upstream, seconds: Double = 2) -> Finding {
        guard !upstream.isTLS else { return wellKnown(upstream.host).map(Finding.kind) ?? .unknown }
        guard (try? PlainHTTP.get(host: upstream.host, port: upstream.port, path: "/", seconds: seconds)) != nil else {
            return .silent
        }
        let found = recognise { path in
            let answer = try? PlainHTTP.get(host: upstream.host, port: upstream.port, path: path, seconds: seconds)
            return answer?.status == 200 ? answer : nil
        }
        return found.map(Finding.kind) ?? .unknown
    }

    /// Providers whose names say what they speak.
    static func wellKnown(_ host: String) -> ServerKind? {
        switch host {
        case "api.openai.com": .openai
        case "api.anthropic.com": .anthropic
        default: nil
        }
    }

    /// Tells servers apart by what only they answer, the most particular first.
    static func recognise(_ ask: Ask) -> ServerKind? {
        if has("version", in: ask("/api/version")), has("models", in: ask("/api/tags")) { return .ollama }
        if let models = ask("/v1/models") {
            switch owner(in: models) {
            case "vllm": return .vllm
            case "llamacpp": return .llamacpp
            default: break
            }
            if has("default_generation_settings", in: ask("/props")) { return .llamacpp }
            if has("version", in: ask("/version")) { return .vllm }
        }
        if has("model_id", in: ask("/info")) { return .tgi }
        if has("litellm_version", in: ask("/health/readiness")) { return .litellm }
        return has("data", in: ask("/v1/models")) ? .openai : nil
    }

    private static func has(_ field: String, in answer: PlainHTTP.Response?) -> Bool {
        object(answer)?[field] != nil
    }

    /// `data[0].owned_by` of a list of models.
    private static func owner(in answer: PlainHTTP.Response) -> String? {
        let data = object(answer)?["data"] as? [[String: Any]]
        return data?.first?["owned_by"] as? String
    }

    private static func object(_ answer: PlainHTTP.Response?) -> [String: Any]? {
        guard let answer else { return nil }
        return (try? JSONSerialization.jsonObject(with: Data(answer.body))) as? [String: Any]
    }
}
