extension ModelServer: Readable {
    static var nameCheck: Check {
        Check { text in
            if let problem = Names.subdomainProblem(text) { return problem }
            let isTaken = builtInNames.contains(text) || text == noServer
            return isTaken ? "must not be the name of a built-in server, or '\(noServer)'" : nil
        }
    }

    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let extends = spec.strings("extends", 0...8, unique: true, each: .oneOf(Self.builtInNames))
        let endpoints = spec.list("endpoints", 0...512).compactMap { Endpoint($0, server: metadata.name) }
        if extends.isEmpty, endpoints.isEmpty, !spec.has("endpoints") {
            spec.fail("must have endpoints, or built-in servers that it extends, or both")
        }
        self.init(
            metadata: metadata,
            extends: extends,
            images: spec.strings("images", 0...64, unique: true, each: .imagePattern),
            ports: spec.portNumbers("ports"),
            endpoints: endpoints)
    }
}

extension ModelServer.Endpoint {
    fileprivate init?(_ fields: Fields, server: String) {
        let methods = fields.strings("methods", 1...10, unique: true, each: .oneOf(ModelServer.methodWords))
        let classes = fields.strings("classes", 1...9, unique: true, each: .oneOf(ModelServer.classWords))
        let dialect = fields.optionalString("dialect", .oneOf(ModelServer.dialectWords))
        let note = fields.optionalString("note", .length(1...200))
        let path: PathPattern? = fields.parsed("path") { text in
            do throws(PathPatternError) {
                return .success(try PathPattern(text))
            } catch {
                return .failure(ParseProblem(error.message))
            }
        }
        guard let path else {
            if !fields.has("path") { fields.fail("must be there", at: "path") }
            return nil
        }
        self.init(
            methods: methods, path: path, classes: classes, dialect: dialect, note: note, position: fields.position)
    }
}

extension Fields {
    fileprivate func portNumbers(_ key: String) -> [Int] {
        var ports: [Int] = []
        for (index, value) in (values(key, 0...64) ?? []).enumerated() {
            if case .integer(let number) = value.content, let port = Int(exactly: number),
                Self.portNumbers.contains(port)
            {
                ports.append(port)
            } else {
                wrong("\(path(to: key))[\(index)]", value, "must be a whole number between 1 and 65535")
            }
        }
        refuseRepeats(ports.map(String.init), in: key)
        return ports
    }
}

extension Check {
    /// One of the words of a list that others share.
    fileprivate static func oneOf(_ words: [String]) -> Check {
        Check { words.contains($0) ? nil : "must be one of \(words.joined(separator: ", "))" }
    }

    /// The name of an image as `ModelServer.images` has it.
    fileprivate static let imagePattern = Check { text in
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isName = { (part: Substring.UTF8View) in
            !part.isEmpty && part.allSatisfy { Names.isAlphanumeric($0) || "._-".utf8.contains($0) }
        }
        // A host may have a port; only the last part may be `*`, and never alone.
        let isHost = { (part: Substring.UTF8View) in
            let pieces = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            return pieces.count == 2 && isName(pieces[0]) && pieces[1].allSatisfy(Names.isDigit) && !pieces[1].isEmpty
        }
        let isRight =
            text.utf8.count <= 255
            && parts.enumerated().allSatisfy { index, part in
                let isLast = index == parts.count - 1
                return isName(part) || (index == 0 && !isLast && isHost(part))
                    || (isLast && index > 0 && part.elementsEqual("*".utf8))
            }
        return isRight
            ? nil : "must be the name of an image without tag or digest, such as llm, team/llm or registry/team/*"
    }
}
