/// A change made while a document is written.
public enum JSONEdit: Sendable {
    /// Another value in the place of this one.
    case replace(JSONNode, with: JSONLiteral)
    /// A member of an object: replaced when it is there, else added at the end.
    case set(in: JSONNode, key: String, to: JSONLiteral)
    /// A member of an object goes, when it is there.
    case remove(from: JSONNode, key: String)
    /// An element of an array goes.
    case removeElement(JSONNode)
}

/// The edits by the entry that they are about.
struct JSONEditPlan {
    var replaced: [Int: JSONLiteral] = [:]
    /// Values whose member or element goes.
    var removed: Set<Int> = []
    /// New members of an object.
    var added: [Int: [(String, JSONLiteral)]] = [:]
    let isEmpty: Bool

    init(_ edits: [JSONEdit], _ storage: JSONStorage) {
        isEmpty = edits.isEmpty
        for edit in edits {
            switch edit {
            case .replace(let node, let literal) where node.storage === storage:
                replaced[node.index] = literal
                removed.remove(node.index)
            case .set(let object, let key, let literal) where object.storage === storage && object.kind == .object:
                set(object, key, literal)
            case .remove(let object, let key) where object.storage === storage:
                if let value = object.member(key) { removed.insert(value.index) }
                added[object.index]?.removeAll { $0.0 == key }
            case .removeElement(let node) where node.storage === storage && isElement(node):
                removed.insert(node.index)
            default:
                assertionFailure("an edit that does not fit this document")
            }
        }
    }

    private mutating func set(_ object: JSONNode, _ key: String, _ literal: JSONLiteral) {
        if let value = object.member(key) {
            replaced[value.index] = literal
            removed.remove(value.index)
        } else {
            added[object.index, default: []].removeAll { $0.0 == key }
            added[object.index]?.append((key, literal))
        }
    }
}

/// True when the value stands in an array. What stands before a value in the text tells: only a member has a colon there.
private func isElement(_ node: JSONNode) -> Bool {
    var at = node.offset - 1
    while at >= 0 {
        switch node.storage.bytes[at] {
        case 0x20, 0x09, 0x0A, 0x0D: at -= 1
        case UInt8(ascii: ":"): return false
        default: return true
        }
    }
    return false
}
