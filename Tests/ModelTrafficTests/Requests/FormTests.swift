import Testing

@testable import ModelTraffic

@Suite struct FormTests {
    static let type = "multipart/form-data; boundary=b"

    static func part(_ name: String, _ content: String, _ more: String = "") -> String {
        "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\(more)\r\n\r\n\(content)\r\n"
    }

    static let file =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n"
        + "RIFF\r\n-b\n\0\r\n"

    private func form(_ text: String, _ type: String = type) throws -> FormBody {
        try FormBody(Array(text.utf8), contentType: type)
    }

    private func refusal(_ text: String, _ type: String = type) -> String? {
        do {
            let form = try FormBody(Array(text.utf8), contentType: type)
            _ = try judge(.openAITranscription, form, pathModel: nil)
            return nil
        } catch {
            switch error {
            case .form(let fault, _): return fault.rawValue
            case .field(let path, let fault): return "\(path) \(fault.rawValue)"
            case .json: return "json"
            }
        }
    }

    @Test func transcription() throws {
        let text =
            Self.file + Self.part("model", "whisper-1") + Self.part("stream", "true") + Self.part("temperature", "0")
            + "--b--\r\n"
        let form = try form(text)
        let facts = try judge(.openAITranscription, form, pathModel: nil)
        #expect(
            facts.model == "whisper-1" && facts.modelNode == nil && facts.isStreaming && facts.unknownFields.isEmpty
                && facts.media.isEmpty)
        #expect(facts.inputBound >= 10 && facts.inputBound < 60)
        let renamed = text.replacing("whisper-1", with: "whisper-large-v3")
        #expect(
            String(decoding: form.serialise(replacing: "model", with: "whisper-large-v3"), as: UTF8.self) == renamed)
        #expect(String(decoding: form.serialise(replacing: "model", with: "whisper-1"), as: UTF8.self) == text)
    }

    @Test func otherForms() throws {
        let image =
            Self.part("image[]", "PNG", "; filename=\"a.png\"")
            + Self.part("image[]", "PNG", "; filename=\"b.png\"; filename*=UTF-8''b.png")
        let facts = try judge(
            .openAIImageForm,
            form(image + Self.part("model", "gpt-image-1") + Self.part("n", "2") + Self.part("x", "") + "--b--"),
            pathModel: nil)
        #expect(
            facts.model == "gpt-image-1" && !facts.isStreaming && facts.unknownFields == ["x"] && facts.media.isEmpty)
        let url = try judge(
            .openAITranscription,
            form(Self.part("file", "https://a.example/x.wav") + Self.part("model", "m") + "--b--"), pathModel: "m")
        #expect(url.media.map(\.host) == ["a.example"] && url.extraClasses == .serverFetch)
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=b", true), ("Multipart/Form-Data;boundary=\"b\"", true),
        ("multipart/form-data ; Boundary=b", true),
        ("multipart/form-data", false), ("multipart/form-data; boundary=", false),
        ("multipart/form-data; boundary=b; charset=utf-8", false),
        ("multipart/form-data; boundary=b; boundary=c", false), ("multipart/mixed; boundary=b", false),
        ("application/x-www-form-urlencoded", false),
        ("multipart/form-data; boundary=\"b", false), ("multipart/form-data; boundary=b c", false),
        ("multipart/form-data, boundary=b", false), ("", false),
        ("multipart/form-data; boundary=" + String(repeating: "a", count: 71), false),
    ])
    func contentTypes(_ type: String, _ accepted: Bool) {
        #expect((refusal(Self.part("model", "m") + "--b--\r\n", type) == nil) == accepted)
        if !accepted { #expect(refusal(Self.part("model", "m") + "--b--\r\n", type) == "badContentType") }
    }

    static let refused: [(String, String)] = [
        ("", "badDelimiter"), ("preamble\r\n" + part("model", "m") + "--b--", "badDelimiter"),
        ("\r\n" + part("model", "m") + "--b--", "badDelimiter"),
        (part("model", "m"), "unexpectedEnd"), (part("model", "m") + "--b", "unexpectedEnd"),
        (part("model", "m") + "--b-", "unexpectedEnd"),
        (part("model", "m") + "--bx--", "badDelimiter"), (part("model", "m") + "--b --", "badDelimiter"),
        (part("model", "m") + "--b--\r\nepilogue", "trailingBytes"),
        (part("model", "m") + "--b--\n", "trailingBytes"), (part("model", "m") + "--b--\r\n\r\n", "trailingBytes"),
        ("--b--", "model missing"),
        (part("model", "m") + part("model", "n") + "--b--", "duplicatePart"),
        (part("model", "m") + part("stream", "true") + part("stream", "false") + "--b--", "duplicatePart"),
        (part("Model", "m") + "--b--", "model caseVariant"),
        (part("model", "m") + part("STREAM", "true") + "--b--", "stream caseVariant"),
        (part("model", "m", "; filename=\"x\"") + "--b--", "model wrongType"),
        (part("model", "m", "; filename*=utf-8''x") + "--b--", "model wrongType"),
        (part("model", "") + "--b--", "model badName"), (part("model", " m") + "--b--", "model badName"),
        (part("model", "a\r\nb") + "--b--", "model badName"),
        (part("model", "m") + part("stream", "yes") + "--b--", "stream wrongType"),
        (part("model", "m") + part("n", "0") + "--b--", "n outOfRange"),
        (part("model", "m") + part("n", "+1") + "--b--", "n outOfRange"),
        (part("a\"; name=\"model", "x") + "--b--", "badHeader"), (part("a\\", "x") + "--b--", "badHeader"),
        (part("", "x") + "--b--", "badHeader"),
        (part("a", "x", "; name=\"model\"") + "--b--", "badHeader"),
        (part("a", "x", "; size=\"1\"") + "--b--", "badHeader"),
        (part("a", "x", "; filename=x") + "--b--", "badHeader"),
        ("--b\r\nContent-Disposition: form-data; name=model\r\n\r\nm\r\n--b--", "badHeader"),
        ("--b\r\nContent-Disposition: attachment; name=\"model\"\r\n\r\nm\r\n--b--", "badHeader"),
        ("--b\r\nContent-Type: text/plain\r\n\r\nm\r\n--b--", "badHeader"),
        ("--b\r\nContent-Disposition: form-data\r\n\r\nm\r\n--b--", "badHeader"),
        (
            "--b\r\nContent-Disposition: form-data; name=\"model\"\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nm\r\n--b--",
            "badHeader"
        ),
        ("--b\r\nContent-Disposition: form-data; name=\"model\"\r\nX-Other: 1\r\n\r\nm\r\n--b--", "badHeader"),
        (
            "--b\r\nContent-Disposition: form-data; name=\"model\"\r\nContent-Transfer-Encoding: base64\r\n\r\nbQ==\r\n--b--",
            "badHeader"
        ),
        ("--b\r\nContent-Disposition: form-data;\r\n name=\"model\"\r\n\r\nm\r\n--b--", "badHeader"),
        ("--b\r\nContent-Disposition : form-data; name=\"model\"\r\n\r\nm\r\n--b--", "badHeader"),
        ("--b\nContent-Disposition: form-data; name=\"model\"\n\nm\n--b--", "badDelimiter"),
        (part("x", "y\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm") + "--b--", "badDelimiter"),
        (part("x", "y\r--b\r\n") + "--b--", "badDelimiter"),
        (part("x", "y\r\n--bz") + "--b--", "badDelimiter"),
        ("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n--b--", "badDelimiter"),
        (String(repeating: part("x", "y"), count: 64) + part("model", "m") + "--b--", "tooMany"),
        (part(String(repeating: "x", count: 5_000), "y") + "--b--", "tooMany"),
    ]

    @Test(arguments: refused)
    func refusals(_ text: String, _ expected: String) { #expect(refusal(text) == expected, "\(text.debugDescription)") }

    @Test func contentMayHoldWhatLooksLikeADelimiterInTheMiddleOfALine() {
        #expect(refusal(Self.part("x", "a--b--c") + Self.part("model", "m") + "--b--\r\n") == nil)
        #expect(refusal(Self.part("x", "") + Self.part("model", "m") + "--b--\r\n") == nil)
    }
}
