import Kubernetes
import ModelTraffic

/// Whether an object is still as it was wished for. An API server adds defaults, and others may add what they are
/// about; what was wished for must be there unchanged.
enum Drift {
    /// The path of the first field that is not as wished; nil: everything is.
    static func path(_ wish: JSONLiteral, _ live: Value?, _ path: String = "") -> String? {
        switch (wish, live?.content) {
        case (.null, nil), (.null, .null?): return nil
        case (.bool(let a), .bool(let b)?): return a == b ? nil : path
        case (.integer(let a), .integer(let b)?): return a == b ? nil : path
        case (.string(let a), .string(let b)?): return a == b ? nil : path
        case (.object(let members), .map?):
            for (key, value) in members {
                if let found = Self.path(value, live?[key], path.isEmpty ? key : "\(path).\(key)") { return found }
            }
            return nil
        // An empty map or list is as good as none.
        case (.object(let members), nil), (.object(let members), .null?): return members.isEmpty ? nil : path
        case (.array(let elements), nil), (.array(let elements), .null?): return elements.isEmpty ? nil : path
        case (.array(let elements), .list(let values)?): return Self.path(elements, values, path)
        default: return path
        }
    }

    /// Lists of things with names are compared by name: others may have put theirs between ours. All other lists are
    /// wished for as a whole.
    private static func path(_ elements: [JSONLiteral], _ values: [Value], _ path: String) -> String? {
        let areNamed = !elements.isEmpty && elements.allSatisfy { $0["name"]?.string != nil }
        guard areNamed || elements.count == values.count else { return path }
        for (index, element) in elements.enumerated() {
            let value = areNamed ? values.first { $0["name"]?.text == element["name"]?.string } : values[index]
            if let found = Self.path(element, value, "\(path)[\(index)]") { return found }
        }
        return nil
    }
}
