/// Bodies of KServe, Triton and Text Generation Inference.
extension Judgement {
    mutating func textGeneration() throws(RequestProblem) {
        try body.require("inputs", .string, .array, .object)
        try walk.take(body.node("inputs"), "inputs")
        if let parameters = try body.nested("parameters", .nestedLimits) {
            try limits.take(parameters)
            walk.takeOpaque(parameters.node("grammar"))
        }
    }

    /// Inference in KServe's versions 1 and 2, and Triton's generate.
    mutating func inference() throws(RequestProblem) {
        try takeAll()
        if let parameters = try body.nested("parameters", .nestedLimits) {
            try limits.take(parameters)
            if try parameters.bool("stream") == true { facts.isStreaming = true }
        }
        for list in ["inputs", "outputs"] as [StaticString] {
            for tensor in body.node(list)?.elements ?? JSONElements(array: nil) { sharedMemory(tensor) }
        }
        // Sampling settings in a text of their own; what limit is in there is not known.
        let holdsText =
            body.node("sampling_parameters") != nil || body.node("parameters")?["sampling_parameters"] != nil
        if holdsText { limits = TokenLimits() }
    }

    /// A body that may be any server's: limits count wherever one of them has them.
    mutating func anyModel() throws(RequestProblem) {
        try takeAll()
        for name in ["parameters", "sampling_params"] as [StaticString] where body.node(name)?.kind == .object {
            if let nested = try body.nested(name, .nestedLimits) { try limits.take(nested) }
        }
        // Several requests in one, each with limits of its own.
        if body.node("instances") != nil { limits = TokenLimits() }
    }

    /// A tensor in memory of the server that somebody registered: read or written at places that the caller names.
    private mutating func sharedMemory(_ tensor: JSONNode) {
        for (key, _) in (tensor["parameters"] ?? tensor).memberNames
        where key.textBytes.starts(with: "shared_memory".utf8) {
            facts.extraClasses.insert(.administration)
        }
    }

    /// A load may bring its own configuration, and whole files: the model's code among them.
    mutating func load() throws(RequestProblem) {
        try body.require("parameters", .object)
        for (key, _) in body.node("parameters")?.memberNames ?? JSONMemberNames(nil) {
            var name = Array(key.textBytes)
            foldCase(&name)
            if name.starts(with: "file:".utf8) {
                facts.extraClasses.formUnion([.modelMutation, .administration, .codeExecution])
            } else if name.elementsEqual("config".utf8) {
                facts.extraClasses.formUnion([.modelMutation, .administration])
            }
        }
    }
}
