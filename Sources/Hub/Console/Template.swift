/// Text with places such as `{{name}}`.
enum Template {
    /// The text with its places filled; what is filled in is made harmless for HTML, except for the values of `html`, which
    /// are our own files. A place that nothing fills stays empty.
    static func fill(_ template: String, _ values: [String: String], html: [String: String] = [:]) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            result += rest[..<open.lowerBound]
            let name = String(rest[open.upperBound..<close.lowerBound])
            result += html[name] ?? values[name].map(escaped) ?? ""
            rest = rest[close.upperBound...]
        }
        return result + rest
    }

    /// The text, for an element or an attribute in quotation marks.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
