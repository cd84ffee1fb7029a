import Testing

@testable import ModelTraffic

/// What a body says; a problem is thrown.
func read(
    _ dialect: Dialect, _ text: String, pathModel: String? = nil, markdown: Bool = false
) throws -> RequestFacts {
    try judge(dialect, JSONDocument(Array(text.utf8)), pathModel: pathModel, fetchesMarkdown: markdown)
}

/// Why a body is refused, as `path fault`; nil when it is not.
func refusal(_ dialect: Dialect, _ text: String, pathModel: String? = nil) -> String? {
    do {
        let document = try JSONDocument(Array(text.utf8))
        _ = try judge(dialect, document, pathModel: pathModel)
        return nil
    } catch let problem as RequestProblem {
        guard case .field(let path, let fault) = problem else { return problem.code }
        return "\(path) \(fault.rawValue)"
    } catch {
        return "\(error)"
    }
}
