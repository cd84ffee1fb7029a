import ArgumentParser
import Foundation
import Testing

@testable import sallyport

@Suite("What is typed is checked before anything starts")
struct PlanTests {
    private let home = ["HOME": "/h"]

    @Test("a directory with the defaults")
    func defaults() throws {
        let plan = try UpPlan(UpPlan.Raw(directory: "objects/"), environment: home)
        #expect(plan.objects == .directory("objects"))
        #expect(plan.bind.isLoopback)
        #expect(plan.admin.description == "127.0.0.1:9470")
        #expect(plan.state == "/h/.local/state/sallyport")
        #expect(!plan.printsRecords)
        #expect(plan.threads >= 1)
    }

    @Test("the state directory follows the XDG base directories")
    func state() throws {
        func state(_ environment: [String: String], _ typed: String? = nil) throws -> String {
            try UpPlan(UpPlan.Raw(directory: "d", state: typed), environment: environment).state
        }
        #expect(try state(["XDG_STATE_HOME": "/x", "HOME": "/h"]) == "/x/sallyport")
        #expect(try state(["XDG_STATE_HOME": "relative", "HOME": "/h"]) == "/h/.local/state/sallyport")
        #expect(try state([:], "here") == "here")
        #expect(failure { _ = try state([:]) }?.code == .usage)
    }

    @Test("protection has a port by its scheme")
    func protection() throws {
        func listen(_ isPlaintext: Bool, _ typed: Int? = nil) throws -> Int {
            let raw = UpPlan.Raw(protect: "http://127.0.0.1:1", listen: typed, isPlaintext: isPlaintext)
            guard case .protection(let plan) = try UpPlan(raw, environment: home).objects else { return -1 }
            return plan.listen
        }
        #expect(try listen(false) == 8443)
        #expect(try listen(true) == 8080)
        #expect(try listen(true, 9000) == 9000)
    }

    static let refusals: [(UpPlan.Raw, String)] = [
        (UpPlan.Raw(), "what is to be run"),
        (UpPlan.Raw(directory: "d", protect: "http://h"), "exclude"),
        (UpPlan.Raw(directory: "d", server: .vllm), "belong to --protect"),
        (UpPlan.Raw(directory: "d", listen: 1), "belong to --protect"),
        (UpPlan.Raw(directory: "d", write: "w"), "belong to --protect"),
        (UpPlan.Raw(directory: "d", bind: "localhost"), "--bind"),
        (UpPlan.Raw(directory: "d", bind: "0.0.0.0", isPlaintext: true), "loopback only"),
        (UpPlan.Raw(directory: "d", bind: "::", isPlaintext: true), "loopback only"),
        (UpPlan.Raw(directory: "d", admin: "9470"), "no port"),
        (UpPlan.Raw(directory: "d", admin: "127.0.0.1:99999"), "no port"),
        (UpPlan.Raw(directory: "d", admin: ":1"), "no host"),
        (UpPlan.Raw(directory: "d", admin: "::1:1:x:9"), "no host"),
        (UpPlan.Raw(directory: "d", state: ""), "--state"),
        (UpPlan.Raw(directory: "d", threads: 0), "--threads"),
        (UpPlan.Raw(directory: "d", records: "file"), "--records"),
        (UpPlan.Raw(directory: "d", logLevel: "loud"), "--log-level"),
        (UpPlan.Raw(protect: "http://h", listen: 0), "--listen"),
    ]

    @Test("what cannot be is refused with the reason", arguments: refusals.indices)
    func refused(index: Int) {
        let (raw, words) = Self.refusals[index]
        let refusal = failure { _ = try UpPlan(raw, environment: home) }
        #expect(refusal?.code == .usage)
        #expect(refusal?.message.contains(words) == true, "\(String(describing: refusal))")
    }

    @Test("every command has help with examples, and none fails to parse")
    func help() {
        let commands: [any ParsableCommand.Type] = [
            Sallyport.self, UpCommand.self, ValidateCommand.self, StatusCommand.self, KeysCommand.self,
            KeysCreateCommand.self, KeysListCommand.self, KeysRevokeCommand.self, VersionCommand.self,
        ]
        for command in commands {
            let help = Sallyport.helpMessage(for: command)
            #expect(help.contains("EXAMPLES"))
            #expect(help.contains("sallyport"))
        }
    }

    @Test("a wrong command line exits 64")
    func usage() {
        for line in [
            ["frobnicate"], ["up", "--nope"], ["keys", "create"], ["validate"], ["version", "--output", "xml"],
        ] {
            do {
                _ = try Sallyport.parseAsRoot(line)
                Issue.record("\(line) was accepted")
            } catch {
                #expect(Sallyport.exitCode(for: error).rawValue == 64)
            }
        }
    }

    @Test("one process has a state directory at a time")
    func lock() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/state"
        var first: StateDirectory? = try StateDirectory(path)
        #expect(first?.path == path)
        #expect(failure { _ = try StateDirectory(path) }?.code == .unavailable)
        first = nil
        _ = try StateDirectory(path)
    }
}
