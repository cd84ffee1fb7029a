import Access
import Foundation
import Kubernetes

/// Makes what `up --protect` needs, where it is not there yet: the objects and the first key.
struct ProtectSetup {
    var plan: UpPlan.Protection
    var isPlaintext: Bool
    /// Path of the state directory.
    var state: String

    /// Name of the key that is made on first start.
    static let keyName = NamespacedName(ProtectObjects.namespace, "first-key")

    /// What is there then.
    struct Result {
        /// Directory of the objects.
        var directory: String
        var server: ServerKind
        /// The key, if it was made just now; nothing keeps it.
        var newKey: AccessKeyText?
    }

    /// Finds out what stands there, writes the objects, makes the first key.
    func run() throws -> Result {
        let server = try plan.server ?? ServerQuestion(plan.upstream).answer()
        let objects = ProtectObjects(
            upstream: plan.upstream, server: server, listen: plan.listen, isPlaintext: isPlaintext)
        try Self.check(objects.files)
        let directory = plan.write ?? "\(state)/protect"
        try AtomicFile.makeDirectory(directory, mode: plan.write == nil ? 0o700 : 0o755)
        if plan.write == nil {
            try replace(objects.files, in: directory)
        } else {
            try keep(objects.files, in: directory)
        }
        return Result(directory: directory, server: server, newKey: try firstKey(in: directory))
    }

    /// What runs must read back without a mistake; anything else is our own fault.
    static func check(_ files: [(name: String, text: String)]) throws {
        let read = ObjectDecoder.snapshot(files: files.map { ($0.name, Array($0.text.utf8)) }, revision: 1)
        if let mistake = read.mistakes.first {
            throw Failure(
                .internal, "the objects that were made are wrong: \(MistakeText.Entry(mistake).text(in: "."))")
        }
    }

    /// The state directory is ours: it has what was asked for now, and keeps the keys.
    private func replace(_ files: [(name: String, text: String)], in directory: String) throws {
        for file in files { try AtomicFile.replace("\(directory)/\(file.name)", file.text) }
        let stale = Set(ProtectObjects.fileNames).subtracting(files.map(\.name))
        for name in stale { unlink("\(directory)/\(name)") }
    }

    /// A directory of the user's: what is there already and says something else is theirs.
    private func keep(_ files: [(name: String, text: String)], in directory: String) throws {
        let present = files.filter { FileManager.default.fileExists(atPath: "\(directory)/\($0.name)") }
        for file in present where try AtomicFile.read("\(directory)/\(file.name)") != file.text {
            throw Failure(
                .cannotCreate, "\(directory)/\(file.name) is there already and says something else",
                advice: "run what is there with `sallyport up \(directory)`, or write to an empty directory")
        }
        for file in files where !present.contains(where: { $0.name == file.name }) {
            try AtomicFile.create("\(directory)/\(file.name)", file.text)
        }
    }

    private func firstKey(in directory: String) throws -> AccessKeyText? {
        let store = KeyStore(directory: directory)
        let present = try store.list()
        guard present.keys.isEmpty, present.mistakes.isEmpty else { return nil }
        let raw = KeyRequest.Raw(name: Self.keyName.name, namespace: Self.keyName.namespace)
        return try store.create(KeyRequest(raw, now: Date())).key
    }
}

/// Finds out which kind of server stands somewhere: asks it, and asks the person where there is one.
struct ServerQuestion {
    let upstream: Upstream

    init(_ upstream: Upstream) {
        self.upstream = upstream
    }

    func answer() throws -> ServerKind {
        let finding = ServerGuess.probe(upstream)
        if Terminal.canAsk { return try ask(finding) }
        switch finding {
        case .kind(let kind): return kind
        case .unknown: throw failure("cannot tell what stands at \(upstream.text)")
        case .silent: throw failure("nothing answers at \(upstream.text)")
        }
    }

    private func failure(_ message: String) -> Failure {
        let kinds = ServerKind.allCases.map(\.rawValue).joined(separator: ", ")
        return Failure(.unavailable, message, advice: "start it, or say what it is: --server with one of \(kinds)")
    }

    private func ask(_ finding: ServerGuess.Finding) throws -> ServerKind {
        let terminal = Terminal.standardError
        let kinds = ServerKind.allCases.map(\.rawValue).joined(separator: ", ")
        var guess: ServerKind?
        if case .kind(let kind) = finding { guess = kind }
        if finding == .silent { terminal.line("Nothing answers at \(upstream.text) yet.") }
        for _ in 0..<3 {
            terminal.line(
                "What stands at \(upstream.text)? One of \(kinds)" + (guess.map { " [\($0.rawValue)]" } ?? ""))
            guard let typed = readLine()?.trimmingCharacters(in: .whitespaces).lowercased() else { break }
            if typed.isEmpty, let guess { return guess }
            if let kind = ServerKind(rawValue: typed) { return kind }
        }
        throw failure("no kind of server was chosen")
    }
}
