import Foundation
import Kubernetes

/// Sets `spec.revoked: true` of one object in the text of its file, and leaves every other byte as it was.
///
/// It edits lines, which is right for the block style that people and `keys create` write; whoever calls it reads the
/// result back before using it.
struct RevocationEdit {
    /// The whole file.
    var text: String
    /// The key.
    var name: NamespacedName
    /// Where its object begins.
    var position: Position

    /// The changed text.
    ///
    /// - Throws: `Failure` with `badInput` when the object is written in a way that this does not edit.
    func apply() throws -> String {
        var lines = text.components(separatedBy: "\n")
        let document = try self.document(in: lines)
        guard let spec = document.first(where: { isKey("spec", lines[$0], indentation: "") }) else { throw refusal }
        let body = (spec + 1..<document.upperBound).prefix { lines[$0].first.map { " #\r".contains($0) } ?? true }
        guard let first = body.first(where: { !isBlank(lines[$0]) }) else { throw refusal }
        let indentation = String(lines[first].prefix { $0 == " " })
        guard !indentation.isEmpty else { throw refusal }
        if let line = body.first(where: { lines[$0].hasPrefix(indentation + "revoked:") }) {
            let rest = lines[line].dropFirst(indentation.count + "revoked:".count)
            let comment = rest.firstRange(of: " #").map { String(rest[$0.lowerBound...]) } ?? ""
            lines[line] = "\(indentation)revoked: true\(comment)"
        } else {
            lines.insert("\(indentation)revoked: true", at: spec + 1)
        }
        return lines.joined(separator: "\n")
    }

    /// Lines of the YAML document that the object is.
    private func document(in lines: [String]) throws -> Range<Int> {
        let place = position.line - 1
        guard lines.indices.contains(place) else { throw refusal }
        let isSeparator = { (index: Int) in lines[index].hasPrefix("---") || lines[index].hasPrefix("...") }
        let start = (0...place).last(where: isSeparator) ?? 0
        let end = (place + 1..<lines.count).first(where: isSeparator) ?? lines.count
        return start..<end
    }

    /// Whether a line is this key with its value on the lines below.
    private func isKey(_ key: String, _ line: String, indentation: String) -> Bool {
        guard line.hasPrefix("\(indentation)\(key):") else { return false }
        let rest = line.dropFirst(indentation.count + key.count + 1).drop { " \r".contains($0) }
        return rest.isEmpty || rest.first == "#"
    }

    private func isBlank(_ line: String) -> Bool {
        let rest = line.drop { " \r\t".contains($0) }
        return rest.isEmpty || rest.first == "#"
    }

    /// Reads both texts and compares: every object and every mistake is as it was, but for this one key.
    func changesNothingElse(_ changed: String) -> Bool {
        let before = ObjectDecoder.snapshot(files: [(position.file, Array(text.utf8))], revision: 1)
        let after = ObjectDecoder.snapshot(files: [(position.file, Array(changed.utf8))], revision: 1)
        guard var expected = before.objects.accessKeys[name], let found = after.objects.accessKeys[name] else {
            return false
        }
        expected.revoked = true
        expected.metadata.position = found.metadata.position
        let others = { (snapshot: Snapshot) in
            snapshot.objects.accessKeys.filter { $0.key != name }.mapValues { key in
                var key = key
                key.metadata.position = nil
                return key
            }
        }
        return found == expected && others(before) == others(after) && before.objects.count == after.objects.count
            && before.mistakes.count == after.mistakes.count && before.notes.count == after.notes.count
    }

    /// What is thrown when this cannot be edited.
    var refusal: Failure {
        Failure(
            .badInput, "\(position): the AccessKey \(name) is written in a way that cannot be edited line by line",
            advice: "set spec.revoked to true there by hand")
    }
}
