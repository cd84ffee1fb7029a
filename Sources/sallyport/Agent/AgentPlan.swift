import Addresses
import Agent
import Foundation
import Logging
import PacketFilter

/// What `agent` is to do, with everything that was typed checked.
struct AgentPlan {
    /// Which objects, for which node.
    struct Target {
        var place: ObjectPlace
        var settings: NodeSettings
        /// The lab whose node it is; nil: it is a real one.
        var lab: LabNode?
    }

    /// Where records go.
    enum RecordPlace {
        case nowhere
        case directory(String, printed: Bool)
    }

    /// What is to be done.
    enum Job {
        case run(Target, RecordPlace)
        case dryRun(Target)
        case verify(Target)
        case release
    }

    var job: Job
    /// Where it says how it is; nil: nowhere.
    var admin: AdminAddress?
    var logLevel: Logger.Level

    /// - Throws: `Failure` with `usage` and what would be right.
    init(_ typed: AgentCommand) throws {
        guard let level = Logger.Level(rawValue: typed.logLevel.lowercased()) else {
            throw Failure(
                .usage, "--log-level '\(typed.logLevel)' is not a level",
                advice: "one of trace, debug, info, notice, warning, error, critical")
        }
        logLevel = level
        admin = try typed.admin.map { try AdminAddress($0) }
        let jobs = [("--dry-run", typed.dryRun), ("--verify", typed.verify), ("--release", typed.release)].filter(\.1)
        guard jobs.count < 2 else {
            throw Failure(.usage, "\(jobs.map(\.0).joined(separator: " and ")) exclude each other")
        }
        if typed.release {
            job = .release
            return
        }
        let lab = try typed.lab.map { try LabNode($0, node: typed.node) }
        let place = ObjectPlace(directory: typed.manifests ?? lab?.directory, cluster: typed.choice.access())
        guard (place.directory == nil) != (place.cluster == nil) else {
            throw Failure(
                .usage, "which policies?",
                advice: "name the directory of the objects with --manifests, or say --cluster")
        }
        guard let node = typed.node, !node.isEmpty else {
            throw Failure(
                .usage, "which node is this?", advice: "name it with --node, as pods have it in spec.nodeName")
        }
        let records = try Self.records(typed, ProcessInfo.processInfo.environment)
        var group: UInt16?
        if case .directory = records { group = typed.logGroup }
        var settings = try typed.filter.settings(node: node, logGroup: group)
        settings.kernelSettings = typed.kernelSettings
        let target = Target(place: place, settings: settings, lab: lab)
        job = typed.dryRun ? .dryRun(target) : typed.verify ? .verify(target) : .run(target, records)
    }

    private static func records(_ typed: AgentCommand, _ environment: [String: String]) throws -> RecordPlace {
        guard [nil, "-", "none"].contains(typed.records) else {
            throw Failure(
                .usage, "--records takes '-' for standard output too, or 'none'",
                advice: "records are kept in the state directory, in records.jsonl")
        }
        if typed.records == "none" { return .nowhere }
        let directory = try typed.state ?? UpPlan.state(nil, environment) + "/agent"
        guard !directory.isEmpty else { throw Failure(.usage, "--state is empty", advice: "name a directory") }
        return .directory(ObjectDirectory(directory).path, printed: typed.records == "-")
    }
}

extension FilterOptions {
    /// - Throws: `Failure` with `usage` and what would be right.
    func settings(node: String, logGroup: UInt16?) throws -> NodeSettings {
        var settings = NodeSettings(node: node, logGroup: logGroup)
        settings.podRanges = try podCidr.map(Self.range)
        if !podInterface.isEmpty {
            settings.interfaces = try podInterface.map { name in
                let isName = name.utf8.allSatisfy {
                    $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\"")
                }
                guard (1...15).contains(name.utf8.count), isName, !name.hasSuffix("*") else {
                    throw Failure(
                        .usage, "--pod-interface '\(name)' is not how a name of an interface begins",
                        advice: "at most 15 letters, without a star: cali stands for cali*")
                }
                return name
            }
        }
        if !failsafe.isEmpty { settings.failsafe = try failsafe.map(Self.port) }
        return settings
    }

    private static func range(_ text: String) throws -> Prefix {
        switch Prefix.parse(text) {
        case .success(let prefix): return prefix
        case .failure(let error):
            throw Failure(
                .usage, "--pod-cidr '\(text)': \(error)", advice: "write it like 10.244.1.0/24 or fd00:1::/64")
        }
    }

    private static func port(_ text: String) throws -> Traffic {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let proto = IPProtocol(String(parts[0])), proto.hasPorts,
            let port = UInt16(parts[1]), port > 0
        else {
            throw Failure(.usage, "--failsafe '\(text)' is not a port", advice: "write it like tcp:22 or udp:53")
        }
        return Traffic(proto, port: port)
    }
}
