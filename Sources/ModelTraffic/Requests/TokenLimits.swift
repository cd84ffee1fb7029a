/// How many tokens a caller lets a server generate.
struct TokenLimits {
    /// The most that any limit may be.
    static let greatest: Int64 = 1 << 31
    /// The most choices that one request may ask for.
    static let mostChoices: Int64 = 1024

    /// Of one choice; nil: no limit.
    private(set) var tokens: Int64?
    private(set) var choices: Int64 = 1
    private var isSet = false

    /// Every name that a server might read as the limit, wherever it stands: two that differ are a contradiction.
    static let names: [StaticString] = [
        "max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "n_predict", "num_predict",
        "max_tokens_to_sample",
    ]
    /// Names of the number of choices.
    private static let choiceNames: [StaticString] = ["n", "best_of", "n_cmpl"]
    private static let fields = KnownFields(names + choiceNames)

    /// Takes the limits of one object. `least` is 0 where a request that generates nothing makes sense. `unlimited`
    /// are the numbers by which a server means no limit (-1 with llama.cpp and Ollama).
    mutating func take(
        _ body: BodyReader, least: Int64 = 1, unlimited: [Int64] = []
    ) throws(RequestProblem) {
        // Most bodies have one of the names, or none.
        let present = Self.fields.present(in: body.object)
        guard present != 0 else { return }
        for (place, name) in Self.names.enumerated() where present >> UInt64(place) & 1 == 1 {
            guard let number = try body.integer(name, -2...Self.greatest) else { continue }
            let limit: Int64? = unlimited.contains(number) ? nil : number
            if let limit, limit < least { throw body.problem(name, .outOfRange) }
            if isSet, limit != tokens { throw body.problem(name, .contradiction) }
            isSet = true
            tokens = limit
        }
        for name in Self.choiceNames {
            if let number = try body.integer(name, 1...Self.mostChoices) { choices = max(choices, number) }
        }
    }

    /// Of all choices together.
    var total: Int64? { tokens.map { $0 * choices } }
}
