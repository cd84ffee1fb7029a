import Foundation
import Kubernetes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs credential programs.
struct CredentialRunner: Sendable {
    private let config: Kubeconfig
    /// Seconds that a program has.
    private let patience: TimeInterval

    init(_ config: Kubeconfig, patience: TimeInterval = 60) {
        self.config = config
        self.patience = patience
    }

    /// Runs the program, and reads what it says. What it writes to its standard error goes to ours: it is for people.
    func run(_ program: CredentialProgram) async throws(ClusterError) -> ExecCredential {
        let name = "the credential program \(program.command)"
        guard !program.needsTerminal else {
            throw ClusterError(.credentials, "\(name) needs a terminal (interactiveMode: Always), and there is none")
        }
        let answer = await withCheckedContinuation { continuation in
            // A thread of its own: it waits, and those of the pool must not.
            Thread { continuation.resume(returning: start(program, name)) }.start()
        }
        let bytes = try answer.get()
        do { return try ExecCredential(bytes, apiVersion: program.apiVersion) } catch {
            throw ClusterError(.credentials, "\(name) cannot be understood: \(error)")
        }
    }

    private func start(_ program: CredentialProgram, _ name: String) -> Result<[UInt8], ClusterError> {
        let output = Pipe()
        let process = Process()
        // Found along PATH by env, as a shell would.
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program.command] + program.arguments
        process.environment = environment(program)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        do { try process.run() } catch {
            return .failure(ClusterError(.credentials, "\(name) cannot be started: \(error.localizedDescription)"))
        }
        let end = ContinuousClock.now + .seconds(patience)
        let said = withExtendedLifetime(output) {
            Self.readAll(output.fileHandleForReading.fileDescriptor, until: end)
        }
        guard case .bytes = said, Self.waitForExit(process, until: end) else {
            // Only this signal reaches it surely. Whoever it has started is not waited for.
            kill(process.processIdentifier, SIGKILL)
            let what = said == .tooMuch ? "says more than 1 MiB" : "did not end within \(Int(patience)) seconds"
            return .failure(ClusterError(.credentials, "\(name) \(what)"))
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0, case .bytes(let bytes) = said else {
            return .failure(ClusterError(.credentials, failure(program, name, process.terminationStatus)))
        }
        return .success(bytes)
    }

    private static func waitForExit(_ process: Process, until end: ContinuousClock.Instant) -> Bool {
        while process.isRunning {
            guard ContinuousClock.now < end else { return false }
            usleep(2_000)
        }
        return true
    }

    private func failure(_ program: CredentialProgram, _ name: String, _ status: Int32) -> String {
        let hint = program.installHint.isEmpty ? "" : "; \(program.installHint.prefix(500))"
        return status == 127 ? "\(name) is not there\(hint)" : "\(name) ended with status \(status)"
    }

    private func environment(_ program: CredentialProgram) -> [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment.merge(program.environment) { _, own in own }
        environment["KUBERNETES_EXEC_INFO"] = question(program)
        return environment
    }

    /// `ExecCredential` with what the program is told.
    private func question(_ program: CredentialProgram) -> String {
        var spec: [String: Any] = ["interactive": false]
        if program.wantsCluster {
            var cluster: [String: Any] = ["server": config.server]
            if let name = config.serverName { cluster["tls-server-name"] = name }
            if config.skipsVerification { cluster["insecure-skip-tls-verify"] = true }
            if let authorities = authorities { cluster["certificate-authority-data"] = authorities }
            spec["cluster"] = cluster
        }
        let question: [String: Any] = ["apiVersion": program.apiVersion, "kind": "ExecCredential", "spec": spec]
        let data = try? JSONSerialization.data(
            withJSONObject: question, options: [.sortedKeys, .withoutEscapingSlashes])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private var authorities: String? {
        switch config.authorities {
        case nil: nil
        case .inline(let bytes): bytes.reveal { Data($0).base64EncodedString() }
        case .file(let path): (try? readFile(path, limit: 1 << 20)).map { Data($0).base64EncodedString() }
        }
    }

    private enum Output: Equatable {
        case bytes([UInt8])
        case late
        case tooMuch
    }

    /// What comes until the end, or until it takes too long: who holds the other end may live on without saying anything.
    private static func readAll(_ descriptor: Int32, until end: ContinuousClock.Instant) -> Output {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let left = (end - ContinuousClock.now).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { return .late }
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, Int32(clamping: milliseconds)) > 0 else { continue }
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return .bytes(bytes) }
            guard count > 0 else { continue }
            bytes += chunk[..<count]
            if bytes.count > 1 << 20 { return .tooMuch }
        }
    }
}

/// Standard base64 with padding.
func encodeBase64(_ bytes: [UInt8]) -> [UInt8] { Array(Data(bytes).base64EncodedString().utf8) }
