import Addresses
import Agent
import Foundation
import Kubernetes
import Ledger
import Logging

/// What `up` is to do, with everything that was typed checked.
struct UpPlan {
    /// What was typed.
    struct Raw {
        var directory: String?
        var protect: String?
        var door: Door?
        var server: ServerKind?
        var listen: Int?
        var write: String?
        var bind = "127.0.0.1"
        var admin = AdminAddress.standard
        var state: String?
        var isPlaintext = false
        var threads: Int?
        var records: String?
        var counters: String?
        var countersFail = "closed"
        var node: NodeSettings?
        var hub = HubPlan()
        var send: SendPlan?
        var logLevel = "info"
        var format = OutputFormat.text
    }

    /// A server to protect.
    struct Protection: Equatable {
        var upstream: Upstream
        /// nil: to be found out.
        var server: ServerKind?
        var listen: Int
        /// Where the objects are kept; nil: in the state directory.
        var write: String?
    }

    /// A Gateway of a cluster that is served in a pod.
    struct Door: Equatable {
        var cluster: ClusterAccess
        var gateway: NamespacedName
        /// The node of the pod; nil: not known.
        var node: String?
        /// Seconds in which new connections are still served after a signal.
        var lameduck = 0
    }

    /// Where the objects come from.
    enum Objects: Equatable {
        case directory(String)
        case protection(Protection)
        case door(Door)
    }

    var objects: Objects
    /// The Gateway that is served in a pod; nil: all of this machine are.
    var door: Door? { if case .door(let door) = objects { door } else { nil } }
    var bind: Address
    var admin: AdminAddress
    var state: String
    var isPlaintext: Bool
    var threads: Int
    var printsRecords: Bool
    /// nil: budgets are counted here.
    var counters: CountersURL?
    var whenCountersFail: CountersFallback
    /// The node whose pods are filtered; nil: none is.
    var node: NodeSettings?
    /// What becomes of records.
    var hub: HubPlan
    /// A hub elsewhere that records are sent to; nil: none.
    var send: SendPlan?
    var logLevel: Logger.Level
    var format: OutputFormat

    /// - Throws: `Failure` with `usage` and what would be right.
    init(_ raw: Raw, environment: [String: String]) throws {
        guard let address = Address(raw.bind) else {
            throw Failure(
                .usage, "--bind '\(raw.bind)' is not an address",
                advice: "write it like 127.0.0.1, 0.0.0.0 or ::1; ports are in the objects")
        }
        if raw.isPlaintext, !address.isLoopback {
            throw Failure(
                .usage, "--plaintext is for loopback only: keys would cross the network for anyone to read",
                advice: "leave --bind at 127.0.0.1, or leave --plaintext away")
        }
        bind = address
        isPlaintext = raw.isPlaintext
        admin = try AdminAddress(raw.admin)
        objects = try Self.objects(raw)
        state = try Self.state(raw.state, environment)
        threads = try Self.threads(raw.threads)
        guard [nil, "-"].contains(raw.records) else {
            throw Failure(
                .usage, "--records takes '-' for standard output only",
                advice: "records are always kept in the state directory, in records.jsonl")
        }
        printsRecords = raw.records == "-"
        (counters, whenCountersFail) = try Self.counters(raw, environment)
        guard let level = Logger.Level(rawValue: raw.logLevel.lowercased()) else {
            throw Failure(
                .usage, "--log-level '\(raw.logLevel)' is not a level",
                advice: "one of trace, debug, info, notice, warning, error, critical")
        }
        logLevel = level
        format = raw.format
        node = raw.node
        hub = raw.hub
        send = raw.send
        if node != nil, case .protection = objects {
            throw Failure(.usage, "--node belongs to a directory of objects", advice: "policies and pods are there")
        }
    }

    private static func objects(_ raw: Raw) throws -> Objects {
        if let door = raw.door { return .door(door) }
        switch (raw.directory, raw.protect) {
        case (nil, nil):
            throw Failure(
                .usage, "what is to be run?",
                advice: "name a directory of objects, or a server: sallyport up --protect http://127.0.0.1:11434")
        case (_?, _?):
            throw Failure(.usage, "a directory and --protect exclude each other", advice: "leave one of them away")
        case (let directory?, nil):
            guard raw.server == nil, raw.listen == nil, raw.write == nil else {
                throw Failure(.usage, "--server, --listen and --write belong to --protect; a directory says it all")
            }
            return .directory(ObjectDirectory(directory).path)
        case (nil, let url?):
            let listen = raw.listen ?? (raw.isPlaintext ? 8080 : 8443)
            guard (1...65535).contains(listen) else {
                throw Failure(.usage, "--listen \(listen): a port is a number from 1 to 65535")
            }
            return .protection(
                Protection(
                    upstream: try Upstream(url), server: raw.server, listen: listen,
                    write: raw.write.map { ObjectDirectory($0).path }))
        }
    }

    private static func counters(
        _ raw: Raw, _ environment: [String: String]
    ) throws -> (CountersURL?, CountersFallback) {
        guard let fallback = CountersFallback(raw.countersFail) else {
            throw Failure(
                .usage, "--counters-fail '\(raw.countersFail)' is not a choice",
                advice: "'closed', or 'local:1/3' to spend a third of every limit here meanwhile")
        }
        guard let text = raw.counters ?? environment["SALLYPORT_COUNTERS"] else {
            guard raw.countersFail == "closed" else {
                throw Failure(.usage, "--counters-fail belongs to --counters")
            }
            return (nil, .closed)
        }
        // The text is not shown: it may hold a password.
        guard let url = CountersURL(text) else {
            throw Failure(
                .usage, "--counters is not a URL of a Redis or Valkey server",
                advice: "write it like redis://127.0.0.1:6379 or rediss://user:password@host:6380/0")
        }
        return (url, fallback)
    }

    private static func threads(_ count: Int?) throws -> Int {
        let count = count ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...1024).contains(count) else {
            throw Failure(.usage, "--threads \(count): there can be 1 to 1024 event loops")
        }
        return count
    }

    /// As the XDG base directories are specified: a relative `XDG_STATE_HOME` does not count.
    static func state(_ typed: String?, _ environment: [String: String]) throws -> String {
        if let typed {
            guard !typed.isEmpty else { throw Failure(.usage, "--state is empty", advice: "name a directory") }
            return ObjectDirectory(typed).path
        }
        if let home = environment["XDG_STATE_HOME"], home.hasPrefix("/") { return "\(home)/sallyport" }
        if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.local/state/sallyport" }
        throw Failure(
            .usage, "there is no home directory for records and certificates", advice: "name one with --state")
    }
}
