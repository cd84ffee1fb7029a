import Foundation
import HTTPTypes
import Hummingbird
import Records

extension HubAPI {
    /// What was asked and answered. Only who has the right to read it may, of requests that it may see; and before it is shown, it
    /// is on the disk who looked.
    func content(_ call: Call) async throws -> Response {
        let viewer = try call.known()
        guard viewer.mayReadContent else {
            throw Problem(
                403, "content_not_allowed", "you may not read prompts and answers",
                suggestion: "a console grant with 'content: true'")
        }
        let lines = try await seen(call.segment, by: viewer)
        let found: RecordContent?
        do {
            found = try await data.content(id: call.segment)
        } catch let problem as ContentProblem {
            throw Problem(409, "content_unreadable", problem.text)
        }
        guard let found, !lines.isEmpty else {
            throw Problem(404, "no_content", "no prompt and no answer of that request is stored")
        }
        do {
            try await data.note(Self.look(at: found, by: viewer, now: call.now))
        } catch {
            throw Problem(503, "look_not_kept", "that you looked cannot be kept as a record just now")
        }
        return .json(ShownContent(found))
    }

    /// The record of a look.
    private static func look(at content: RecordContent, by viewer: Viewer, now: Int64) -> [UInt8] {
        let means = viewer.means == .key ? "the key" : "a token of"
        let owner = viewer.owner.isEmpty ? "" : " (\(viewer.owner))"
        let alarm = Record.Alarm(
            name: "content_read", severity: .info, subject: viewer.name, evidence: content.id,
            text:
                "the holder of \(means) \(viewer.name)\(owner) read the prompt and the answer of request \(content.id)")
        var line: [UInt8] = []
        RecordEncoder.append(Record(time: now, id: UUID().uuidString.lowercased(), alarm: alarm), to: &line)
        return line
    }
}

/// The answer of `/api/v1/records/{id}/content`.
struct ShownContent: Encodable {
    struct Part: Encodable {
        let text: String
        let isCut: Bool
        let redactions: Int

        init(_ part: RecordContent.Part) {
            text = String(decoding: part.text, as: UTF8.self)
            isCut = part.isCut
            redactions = part.redactions
        }
    }

    let id: String
    let time: Int64
    let prompt: Part?
    let answer: Part?

    init(_ content: RecordContent) {
        id = content.id
        time = content.time
        prompt = content.prompt.map(Part.init)
        answer = content.answer.map(Part.init)
    }
}
