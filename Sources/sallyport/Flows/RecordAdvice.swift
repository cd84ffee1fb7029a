import Foundation
import Hub

/// What the policies of now say of a record, and what would change that: the same that the console shows.
struct RecordAdvice: Decodable {
    struct Explanation: Decodable {
        var isAllowed: Bool
        var answer: String
        /// Decided otherwise now than it was then.
        var isChanged: Bool
        var changes: [Change]
    }

    struct Change: Decodable {
        var text: String
        /// An object, or a part of one; empty: nothing to write.
        var yaml: String
    }

    /// nil: the objects of now say nothing of it.
    var explanation: Explanation?

    /// What the hub says of the records with that id; nil: it says nothing.
    static func ask(_ hub: ConsoleClient, id: String) async throws -> RecordAdvice? {
        let answer: [UInt8]
        do {
            answer = try await hub.get("/api/v1/explain", [("record", id)])
        } catch ConsoleClient.Trouble.refused {
            // The record is shown all the same.
            return nil
        }
        return try? JSONDecoder().decode(RecordAdvice.self, from: Data(answer))
    }

    /// What a terminal shows; nothing where there is nothing to do.
    func lines(_ terminal: Terminal) -> [String] {
        guard let explanation else { return [] }
        var lines: [String] = []
        if explanation.isChanged {
            lines.append("  the policies of now decide otherwise: \(explanation.answer)")
        }
        guard !explanation.changes.isEmpty else { return lines.map(Printable.oneLine) }
        lines.append(
            terminal.styled("  what would \(explanation.isAllowed ? "deny" : "allow") this:", .strong))
        for change in explanation.changes {
            lines.append("    \(change.text)")
            lines += change.yaml.split(separator: "\n").map { "      \($0)" }
        }
        return lines.map(Printable.oneLine)
    }
}
