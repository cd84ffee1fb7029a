extension Kubeconfig {
    /// Reads what a context says. Of several files, the first that has an entry of a name is heard about it; other
    /// entries are not looked at, so that what is wrong with them is no hindrance.
    ///
    /// - Parameters:
    ///   - files: with absolute paths; relative paths in a file start from its folder.
    ///   - context: nil: the current one of the first file that names one.
    public static func read(
        _ files: [(path: String, bytes: [UInt8])], context wanted: String?
    ) throws(KubeconfigError) -> Kubeconfig {
        var readers: [KubeconfigReader] = []
        for file in files { readers.append(try KubeconfigReader(path: file.path, file.bytes)) }
        let name: String
        if let wanted { name = wanted } else { name = try currentContext(readers) }
        let (reader, context) = try entry("contexts", "context", name, readers, neededBy: nil)
        let cluster = context.string("cluster")
        let user = context.string("user", default: "")
        let namespace = context.optionalString("namespace", .label).flatMap { $0.isEmpty ? nil : $0 }
        try reader.check()
        var config = Kubeconfig(context: name, namespace: namespace)
        try config.read(cluster: try entry("clusters", "cluster", cluster, readers, neededBy: name))
        if !user.isEmpty { try config.read(user: try entry("users", "user", user, readers, neededBy: name)) }
        return config
    }

    private static func currentContext(_ readers: [KubeconfigReader]) throws(KubeconfigError) -> String {
        for reader in readers {
            let name = reader.top.optionalString("current-context") ?? ""
            try reader.check()
            if !name.isEmpty { return name }
        }
        throw KubeconfigError(readers, "current-context", "names no context; choose one of \(contexts(readers))")
    }

    private static func contexts(_ readers: [KubeconfigReader]) -> String {
        let names = readers.flatMap { $0.top.list("contexts").compactMap { $0.optionalString("name") } }
        return names.isEmpty ? "none that there are" : names.prefix(20).map(quoted).joined(separator: ", ")
    }

    private typealias Entry = (reader: KubeconfigReader, fields: Fields)

    private static func entry(
        _ list: String, _ field: String, _ name: String, _ readers: [KubeconfigReader], neededBy context: String?
    ) throws(KubeconfigError) -> Entry {
        for reader in readers {
            for entry in reader.top.list(list) where entry.optionalString("name") == name {
                let fields = entry.need(field)
                try reader.check()
                return (reader, fields)
            }
        }
        let who = context.map { "; the context \(quoted($0)) names it" } ?? "; there are \(contexts(readers))"
        throw KubeconfigError(readers, list, "has no entry with the name \(quoted(name))\(who)")
    }

    /// A server to which we are nobody.
    public init(context: String, server: String = "", namespace: String? = nil) {
        self.init(
            context: context, server: server, serverName: nil, authorities: nil, skipsVerification: false, proxy: nil,
            certificate: nil, key: nil, identity: .anonymous, actsAs: nil, actsInGroups: [], namespace: namespace)
    }

    private mutating func read(cluster: Entry) throws(KubeconfigError) {
        let (reader, fields) = cluster
        server = fields.string("server")
        if WebAddress(server) == nil { fields.fail("must be a URL such as https://10.0.0.1:6443", at: "server") }
        serverName = fields.optionalString("tls-server-name", .subdomain)
        skipsVerification = fields.optionalFlag("insecure-skip-tls-verify") ?? false
        authorities = reader.material("certificate-authority", fields)
        fields.refuse("certificate-authority", when: skipsVerification, "insecure-skip-tls-verify is true")
        fields.refuse("certificate-authority-data", when: skipsVerification, "insecure-skip-tls-verify is true")
        proxy = fields.optionalString("proxy-url").flatMap { $0.isEmpty ? nil : $0 }
        try reader.check()
    }

    private mutating func read(user: Entry) throws(KubeconfigError) {
        let (reader, fields) = user
        certificate = reader.material("client-certificate", fields)
        key = reader.material("client-key", fields)
        if (certificate == nil) != (key == nil) {
            fields.fail("must have both a client certificate and a client key, or neither")
        }
        identity = reader.identity(fields)
        actsAs = fields.optionalString("as")
        actsInGroups = fields.strings("as-groups")
        if actsAs == nil, !actsInGroups.isEmpty { fields.fail("must be there beside as-groups", at: "as") }
        if fields.has("as-user-extra") || fields.has("as-uid") {
            fields.fail("as-uid and as-user-extra are not supported")
        }
        try reader.check()
    }
}

/// One kubeconfig file while it is read. No message shows a value: most are secret.
private final class KubeconfigReader {
    let path: String
    let top: Fields
    private let context: ReadingContext

    init(path: String, _ bytes: [UInt8]) throws(KubeconfigError) {
        self.path = path
        let documents: [Value]
        do { documents = try YAMLReader.read(bytes) } catch {
            let position = Position(file: path, line: error.mark.line, column: error.mark.column)
            throw KubeconfigError(
                mistakes: [Mistake(position: position, object: nil, path: "", message: error.message)])
        }
        context = ReadingContext(file: path, object: nil, hidesValues: true, unknownFields: .ignored)
        top = Fields(documents.first ?? Value(.null, Value.Mark(line: 1, column: 1)), context)
        try check()
    }

    deinit { context.forgetReaders() }

    /// Throws when something was wrong.
    func check() throws(KubeconfigError) {
        guard context.mistakes.isEmpty else { throw KubeconfigError(mistakes: context.mistakes) }
    }

    /// `KEY-data`, or the file that `KEY` names.
    func material(_ key: String, _ fields: Fields) -> Kubeconfig.Material? {
        let data = fields.optionalString("\(key)-data") ?? ""
        if !data.isEmpty {
            guard let bytes = decodeBase64(data) else {
                fields.fail("must be base64", at: "\(key)-data")
                return nil
            }
            return .inline(SecretBytes(bytes))
        }
        guard let file = fields.optionalString(key), !file.isEmpty else { return nil }
        return .file(absolute(file))
    }

    func identity(_ fields: Fields) -> Kubeconfig.Identity {
        if let provider = fields["auth-provider"] {
            provider.fail("is not supported: Kubernetes has no auth-provider any more; use exec")
        }
        if let exec = fields["exec"] { return .program(program(exec)) }
        // As kubectl has it: a file that can be read anew goes before a token that cannot.
        if let file = fields.optionalString("tokenFile"), !file.isEmpty { return .tokenFile(absolute(file)) }
        if let token = fields.optionalString("token"), !token.isEmpty { return .token(SecretBytes(Array(token.utf8))) }
        guard let user = fields.optionalString("username"), !user.isEmpty else { return .anonymous }
        return .password(user: user, SecretBytes(Array(fields.string("password", default: "").utf8)))
    }

    private func program(_ fields: Fields) -> CredentialProgram {
        let versions = ["v1", "v1beta1"].map { "client.authentication.k8s.io/\($0)" }
        let version = fields.string("apiVersion")
        if !versions.contains(version) {
            fields.fail("must be one of \(versions.joined(separator: ", "))", at: "apiVersion")
        }
        let mode = fields.string("interactiveMode", default: "IfAvailable")
        if !["Never", "IfAvailable", "Always"].contains(mode) {
            fields.fail("must be one of Never, IfAvailable, Always", at: "interactiveMode")
        }
        let command = fields.string("command", .length(1...4096))
        let pairs = fields.list("env").map { ($0.string("name"), $0.string("value", default: "")) }
        return CredentialProgram(
            apiVersion: version, command: command.utf8.contains(UInt8(ascii: "/")) ? absolute(command) : command,
            arguments: fields.strings("args"), environment: Dictionary(pairs, uniquingKeysWith: { _, last in last }),
            installHint: fields.string("installHint", default: ""),
            wantsCluster: fields.optionalFlag("provideClusterInfo") ?? false, needsTerminal: mode == "Always")
    }

    /// A path as seen from the file's folder.
    private func absolute(_ file: String) -> String {
        guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }
}

extension KubeconfigError {
    fileprivate init(_ readers: [KubeconfigReader], _ field: String, _ message: String) {
        let files = readers.map(\.path).joined(separator: ", ")
        self.init(mistakes: [
            Mistake(
                position: nil, object: nil, path: readers.isEmpty ? field : "\(files): \(field)", message: message)
        ])
    }
}
