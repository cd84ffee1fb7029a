import Addresses
import Foundation
import Kubernetes

/// An access key to be made, with everything that was typed checked.
struct KeyRequest: Equatable {
    var name: NamespacedName
    var owner: String?
    /// When it ends.
    var expires: Date?
    var labels: [String: String]
    var networks: [Prefix]
    /// What it opens in the console; nil: nothing.
    var console: ConsoleGrant?

    /// What was typed.
    struct Raw {
        var name: String
        var namespace: String = "default"
        var owner: String?
        var expires: String?
        var labels: [String] = []
        var networks: [String] = []
        var console: String?
        var consoleNamespaces: [String] = []
        var consoleContent = false
    }

    /// - Parameter now: what a length of time counts from.
    /// - Throws: `Failure` with what is wrong.
    init(_ raw: Raw, now: Date) throws {
        if let problem = Names.subdomainProblem(raw.name) {
            throw Failure(.usage, "the name '\(raw.name)' cannot be used: \(problem)")
        }
        if let problem = Names.labelProblem(raw.namespace) {
            throw Failure(.usage, "the namespace '\(raw.namespace)' cannot be used: \(problem)")
        }
        if let owner = raw.owner, owner.isEmpty || Printable.oneLine(owner) != owner {
            throw Failure(.usage, "the owner must be one line of text")
        }
        name = NamespacedName(raw.namespace, raw.name)
        owner = raw.owner
        expires = try raw.expires.map { try Expiry.date($0, now: now) }
        labels = try Self.labels(raw.labels)
        networks = try raw.networks.map(Self.network)
        console = try Self.console(raw)
    }

    private static func console(_ raw: Raw) throws -> ConsoleGrant? {
        guard let text = raw.console else {
            guard raw.consoleNamespaces.isEmpty else {
                throw Failure(.usage, "--console-namespace belongs to --console")
            }
            guard !raw.consoleContent else { throw Failure(.usage, "--console-content belongs to --console") }
            return nil
        }
        guard let role = ConsoleGrant.Role.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() })
        else {
            throw Failure(.usage, "--console '\(text)' is not a role", advice: "viewer or operator")
        }
        for namespace in raw.consoleNamespaces {
            if let problem = Names.labelProblem(namespace) {
                throw Failure(.usage, "the namespace '\(namespace)' cannot be used: \(problem)")
            }
        }
        guard Set(raw.consoleNamespaces).count == raw.consoleNamespaces.count else {
            throw Failure(.usage, "a --console-namespace is given twice")
        }
        return ConsoleGrant(role: role, namespaces: raw.consoleNamespaces, content: raw.consoleContent)
    }

    private static func labels(_ texts: [String]) throws -> [String: String] {
        var labels: [String: String] = [:]
        for text in texts.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else {
                throw Failure(.usage, "the label '\(text)' has no value", advice: "write it like team=research")
            }
            if let problem = Names.qualifiedNameProblem(parts[0]) ?? Names.labelValueProblem(parts[1]) {
                throw Failure(.usage, "the label '\(text)' cannot be used: \(problem)")
            }
            guard labels.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw Failure(.usage, "the label '\(parts[0])' is given twice")
            }
        }
        return labels
    }

    private static func network(_ text: String) throws -> Prefix {
        if let address = Address(text) { return Prefix(address) }
        switch Prefix.parse(text) {
        case .success(let prefix): return prefix
        case .failure(let error):
            throw Failure(.usage, "the network '\(text)' cannot be used: \(error)", advice: "write it like 10.0.0.0/8")
        }
    }
}

/// When a key ends: a length of time from now, or a point in time.
enum Expiry {
    private static let units: [Character: Double] = ["m": 60, "h": 3600, "d": 86400, "w": 604_800, "y": 31_536_000]

    static func date(_ text: String, now: Date) throws -> Date {
        let advice = "write it like 90d, 12h or 2030-01-31T00:00:00Z"
        guard let date = length(text).map(now.addingTimeInterval) ?? time(text) else {
            throw Failure(.usage, "--expires '\(text)' is neither a length of time nor a date", advice: advice)
        }
        guard date > now else { throw Failure(.usage, "--expires '\(text)' is in the past", advice: advice) }
        // The object has whole seconds.
        return Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
    }

    private static func length(_ text: String) -> TimeInterval? {
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count > 0, count < 100_000
        else { return nil }
        return Double(count) * unit
    }

    private static func time(_ text: String) -> Date? {
        try? Date(text, strategy: .iso8601)
    }

    /// As the object has it.
    static func text(_ date: Date) -> String {
        date.formatted(.iso8601)
    }
}
