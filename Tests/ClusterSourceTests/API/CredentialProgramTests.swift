import Foundation
import Kubernetes
import Synchronization
import Testing

@testable import ClusterSource

/// Programs that tell who we are.
@Suite(.timeLimit(.minutes(2))) struct CredentialProgramTests {
    private let version = "client.authentication.k8s.io/v1"

    private func program(_ script: String, in folder: Folder, terminal: Bool = false) throws -> CredentialProgram {
        try folder.write("program", "#!/bin/sh\n\(script)\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.at("program").path)
        return CredentialProgram(
            apiVersion: version, command: folder.at("program").path, arguments: ["get-token"],
            environment: ["MINE": "yes"], installHint: "install it first", wantsCluster: true, needsTerminal: terminal)
    }

    private func config(_ program: CredentialProgram) -> Kubeconfig {
        var config = Kubeconfig(context: "c", server: "https://example.com")
        config.identity = .program(program)
        config.authorities = .inline(SecretBytes(Array("PEM".utf8)))
        return config
    }

    private func run(_ program: CredentialProgram, patience: Double = 60) async throws -> ExecCredential {
        try await CredentialRunner(config(program), patience: patience).run(program)
    }

    private func answer(_ status: String) -> String {
        "echo '{\"apiVersion\":\"\(version)\",\"kind\":\"ExecCredential\",\"status\":\(status)}'"
    }

    @Test func isToldWhatItMayKnow() async throws {
        let folder = try Folder()
        let program = try program(
            """
            printf '%s' "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"
            test "$MINE" = yes && test "$1" = get-token && \(answer("{\"token\":\"t\"}"))
            """, in: folder)
        let credential = try await run(program)
        #expect(credential.token?.reveal { $0 } == Array("t".utf8) && credential.expires == nil)
        let info = try String(contentsOf: folder.at("info"), encoding: .utf8)
        #expect(
            info == #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":"#
                + #"{"certificate-authority-data":"UEVN","server":"https://example.com"},"interactive":false}}"#)
    }

    @Test func whatGoesWrongIsSaid() async throws {
        let folder = try Folder()
        func words(_ program: CredentialProgram, patience: Double = 60) async -> String {
            do { _ = try await run(program, patience: patience) } catch { return "\(error)" }
            return "nothing"
        }
        #expect(await words(try program("exit 3", in: folder)).hasSuffix("ended with status 3"))
        #expect(await words(try program("echo hello", in: folder)).contains("cannot be understood"))
        #expect(await words(try program(answer("{}"), in: folder)).contains("neither token nor"))
        #expect(await words(try program("exec sleep 100", in: folder), patience: 0.2).contains("did not end within"))
        #expect(await words(try program("head -c 2000000 /dev/zero", in: folder)).hasSuffix("more than 1 MiB"))
        #expect(await words(try program("", in: folder, terminal: true)).contains("needs a terminal"))
        var missing = try program("", in: folder)
        missing.command = "sallyport-no-such-program"
        #expect(
            await words(missing) == "the credential program sallyport-no-such-program is not there; install it first")
    }

    /// A program that counts its runs, and what it said is good for so many seconds.
    private func counting(_ folder: Folder, expires: String) throws -> CredentialProgram {
        try program(
            """
            cd "$(dirname "$0")"; echo x >> runs
            echo '{"apiVersion":"\(version)","kind":"ExecCredential","status":{"token":"'t$(wc -l < runs | tr -d ' ')'"\(expires)}}'
            """, in: folder)
    }

    @Test func isAskedAgainBeforeItsWordExpiresAndNotBefore() async throws {
        let folder = try Folder()
        let program = try counting(folder, expires: #","expirationTimestamp":"1970-01-01T00:10:00Z""#)
        let time = Mutex<Int64>(0)
        var clock = SourceClock.system
        clock.now = { time.withLock { $0 } }
        clock.today = { time.withLock { $0 / 1000 } }
        let keeper = CredentialKeeper(config(program, authorities: nil), clock: clock, logger: quiet)
        func token(at now: Int64) async throws -> String {
            time.withLock { $0 = now }
            let value = try await keeper.credential().headers.first?.value
            return value?.reveal { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        #expect(try await token(at: 0) == "Bearer t1")
        #expect(try await token(at: 530_000) == "Bearer t1")
        // What is there still serves while the next is on its way.
        #expect(try await token(at: 550_000) == "Bearer t1")
        await eventually { (try? String(contentsOf: folder.at("runs"), encoding: .utf8)) == "x\nx\n" }
        while try await token(at: 551_000) == "Bearer t1" { await Task.yield() }
        #expect(try await token(at: 552_000) == "Bearer t2")
    }

    @Test func isAskedAgainWhenTheServerDoesNotKnowItsWord() async throws {
        let folder = try Folder()
        let program = try counting(folder, expires: "")
        let server = try await FakeAPIServer { request in
            request.headers["authorization"] == "Bearer t2"
                ? .json("{}") : FakeCluster.status(401, "Unauthorized", "no")
        }
        var config = config(program, authorities: nil)
        config.server = server.url
        let client = try APIClient(
            ClusterLocation(config, origin: "a test"), userAgent: "test", logger: quiet, clock: .system)
        defer { client.shutdown() }
        _ = try await client.read("/version")
        #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer t1", "Bearer t2"])
    }

    private func config(_ program: CredentialProgram, authorities: Kubeconfig.Material?) -> Kubeconfig {
        var config = config(program)
        config.authorities = authorities
        return config
    }
}
