import Access
import Foundation
import Gateway
import Kubernetes
import Routing

/// What `status` tells, and `/status` of the admin address: every object's conditions and every mistake.
struct StatusReport: Codable, Equatable {
    /// A condition, as Kubernetes writes it.
    struct Condition: Codable, Equatable {
        var type: String
        var status: String
        var reason: String
        var message: String
        var observedGeneration: Int64
    }

    /// A part of an object with conditions of its own: a listener, or the parent of a route.
    struct Part: Codable, Equatable {
        /// `listener https`, `parent Gateway ai/front-door`.
        var name: String
        var attachedRoutes: Int?
        var conditions: [Condition]
    }

    /// One object.
    struct Entry: Codable, Equatable {
        var group: String
        var kind: String
        var namespace: String
        var name: String
        var file: String?
        var line: Int?
        var conditions: [Condition]
        var parts: [Part]
    }

    /// Version of the program that says this.
    var version = Version.text
    /// Directory of the objects.
    var directory: String
    /// Admin address of the gateway that was asked; absent when the directory was read.
    var admin: String?
    /// Count of the configuration in force; absent when a directory was read.
    var revision: UInt64?
    /// Whether everything that the objects ask for is being served; absent when a directory was read.
    var ready: Bool?
    /// Addresses that are listened on, by port.
    var listening: [String: String]?
    var objects: [Entry]
    var mistakes: [MistakeText.Entry]
    /// Files that could never be read: while there is one, everything is denied.
    var unreadable: [String]
    /// How well the cluster is known that the objects come from; absent where they come from a directory.
    var source: SourceReport?

    /// True when nothing is wrong: no mistakes, and every condition holds.
    var isGood: Bool {
        mistakes.isEmpty && unreadable.isEmpty && ready != false && objects.allSatisfy(\.isGood)
    }
}

extension StatusReport.Entry {
    /// True when all its conditions hold, and those of its parts.
    var isGood: Bool { conditions.allSatisfy(\.isGood) && parts.allSatisfy { $0.conditions.allSatisfy(\.isGood) } }

    /// `Kind namespace/name`.
    var title: String { namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)" }
}

extension StatusReport.Condition {
    /// True when it says nothing bad. Some conditions are good when they do not hold, and a key that was ended is as
    /// its object asks.
    var isGood: Bool {
        switch type {
        case "Conflicted", "OverlappingTLSConfig": status != "True"
        case "Accepted" where ["Revoked", "Expired"].contains(reason): true
        default: status == "True"
        }
    }

    /// What is shown of a good condition; nil: nothing.
    var shown: String? { status == "True" ? type : isGood && type == "Accepted" ? reason : nil }

    init(_ condition: Kubernetes.Condition) {
        self.init(
            type: condition.type, status: condition.status.rawValue, reason: condition.reason,
            message: condition.message, observedGeneration: condition.observedGeneration)
    }
}

extension StatusReport.Entry {
    init(_ object: ObjectStatus) {
        self.init(
            group: object.reference.group, kind: object.reference.kind, namespace: object.reference.namespace,
            name: object.reference.name, file: object.position?.file, line: object.position?.line,
            conditions: object.conditions.map(StatusReport.Condition.init), parts: [])
    }

    init(_ status: RoutingStatus) {
        self.init(status.object)
        parts = status.listeners.map { listener in
            StatusReport.Part(
                name: "listener \(listener.name)", attachedRoutes: listener.attachedRoutes,
                conditions: listener.conditions.map(StatusReport.Condition.init))
        }
        parts += status.parents.map { parent in
            StatusReport.Part(
                name: "parent \(Self.text(parent.parent))",
                conditions: parent.conditions.map(StatusReport.Condition.init))
        }
    }

    private static func text(_ parent: ParentRef) -> String {
        let name = parent.namespace.map { "\($0)/\(parent.name)" } ?? parent.name
        let section = parent.sectionName.map { " \($0)" } ?? ""
        return "\(parent.kind) \(name)\(section)" + (parent.port.map { " port \($0)" } ?? "")
    }
}

extension StatusReport {
    /// What a directory's objects would be told, with nothing running.
    ///
    /// - Parameter now: what the expiry of keys is measured against.
    init(directory: String, snapshot: Snapshot, routing options: RoutingOptions, now: Date) {
        let routing = compile(snapshot, options: options)
        let access = AccessTable(snapshot.objects, revision: snapshot.revision)
        let seconds = Int64(now.timeIntervalSince1970)
        self.directory = directory
        objects = Self.merged(
            (routing.statuses.map(Entry.init) + access.statuses(nowSeconds: seconds).map(Entry.init)
                + access.tokens.statuses().map(Entry.init)
                + BudgetTable(snapshot.objects, revision: snapshot.revision).statuses.map(Entry.init)
                + ModelStatuses(snapshot.objects, clusters: routing.clusters).statuses.map(Entry.init)))
        mistakes = snapshot.mistakes.map(MistakeText.Entry.init)
        unreadable = snapshot.unreadable
    }

    /// One entry for each object: both routing and access may have something to say about one.
    static func merged(_ entries: [Entry]) -> [Entry] {
        var places: [[String]: Int] = [:]
        var merged: [Entry] = []
        for entry in entries {
            let key = [entry.group, entry.kind, entry.namespace, entry.name]
            if let place = places[key] {
                merged[place].conditions += entry.conditions.filter { !merged[place].conditions.contains($0) }
                merged[place].parts += entry.parts
            } else {
                places[key] = merged.count
                merged.append(entry)
            }
        }
        return merged
    }
}
