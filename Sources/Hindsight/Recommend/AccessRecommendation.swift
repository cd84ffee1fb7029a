import Access
import Addresses
import Kubernetes
import ModelTraffic

extension RequestsSeen {
    /// The AccessPolicy of each route (or listener) that allows what was seen and nothing else, and its budgets.
    ///
    /// - Parameter objects: the policies in force, whose limits and hosts to fetch from are taken over, and which names are
    ///   taken.
    public func recommendations(
        _ objects: Objects, settings: RecommendationSettings = RecommendationSettings()
    ) -> [Recommendation] {
        var policies = Dictionary(grouping: objects.accessPolicies.keys, by: \.namespace)
            .mapValues { FreeNames($0.map(\.name)) }
        var budgets = Dictionary(grouping: objects.budgets.keys, by: \.namespace)
            .mapValues { FreeNames($0.map(\.name)) }
        var found: [Recommendation] = []
        for (target, callers) in targets.sorted(by: { $0.key < $1.key }) {
            let namespace = target.name.namespace
            let name = policies[namespace, default: FreeNames([])].take("\(target.name.name)-seen")
            var writer = AccessPolicyWriter(objects, settings)
            found.append(
                writer.write(target, callers, confidence(callers), named: NamespacedName(namespace, name)))
            for (unit, limit) in Self.limits(callers, settings) {
                let name = budgets[namespace, default: FreeNames([])].take("\(target.name.name)-seen-\(unit)")
                found.append(
                    budget(target, unit, limit, confidence(callers), NamespacedName(namespace, name), settings))
            }
        }
        return found
    }

    private func confidence(_ callers: [Caller: Activity]) -> Confidence {
        var all = Confidence()
        all.share = share
        for confidence in callers.values.map(\.confidence) {
            all.records = all.records.saturating(adding: confidence.records)
            all.first = min(all.first, confidence.first)
            all.last = max(all.last, confidence.last)
            all.days.formUnion(confidence.days)
            all.hours.formUnion(confidence.hours)
        }
        return all
    }

    // MARK: Budgets

    /// The limits of a day for each principal: the most that one of them spent, and headroom.
    private static func limits(
        _ callers: [Caller: Activity], _ settings: RecommendationSettings
    ) -> [(unit: String, limit: String)] {
        let percent = Int128(max(100, settings.headroomPercent))
        var limits: [(String, String)] = []
        let tokens = callers.values.map(\.spending.mostTokens).max() ?? 0
        if tokens > 0 {
            let limit = min(rounded(Int128(tokens) * percent / 100), 1_000_000_000_000_000)
            limits.append(("tokens", "{tokens: \(limit)}"))
        }
        let cost = callers.values.map(\.spending.mostCost).max() ?? 0
        if cost > 0 {
            let limit = min(rounded(cost * percent / 100), Int128(Dollars.most.picodollars))
            limits.append(("dollars", "{dollars: \"\(Dollars(picodollars: Int64(limit)))\"}"))
        }
        return limits
    }

    /// Up to the next number of two digits and zeros.
    private static func rounded(_ value: Int128) -> Int128 {
        var unit: Int128 = 1
        while value / unit >= 100 { unit *= 10 }
        return max(1, (value + unit - 1) / unit * unit)
    }

    private func budget(
        _ target: Target, _ unit: String, _ limit: String, _ confidence: Confidence, _ name: NamespacedName,
        _ settings: RecommendationSettings
    ) -> Recommendation {
        var text = Manifest()
        text.comment(0, "\(target.words): for each principal, \(settings.headroomPercent) % of the most of one day")
        text.head("sallyport.dev/v1alpha1", Budget.kind, name.name, name.namespace, isStaged: settings.isStaged)
        text.line(2, "targetRefs:")
        text.line(2, "- \(target.reference)")
        text.line(2, "per: Principal")
        text.line(2, "limit: \(limit)")
        text.line(2, "window: {calendar: Day}")
        return Recommendation(
            kind: Budget.kind, name: name, subject: target.words, text: text.text, confidence: confidence, remarks: [])
    }
}

extension RequestsSeen.Target {
    /// An entry of `targetRefs`.
    fileprivate var reference: String {
        let part = section.map { ", sectionName: \(Manifest.quoted($0))" } ?? ""
        return "{group: gateway.networking.k8s.io, kind: \(kind), name: \(Manifest.quoted(name.name))\(part)}"
    }
}

/// Writes one AccessPolicy.
private struct AccessPolicyWriter {
    private let objects: Objects
    private let settings: RecommendationSettings
    private var remarks: [String] = []

    init(_ objects: Objects, _ settings: RecommendationSettings) {
        self.objects = objects
        self.settings = settings
    }

    /// Callers with the same needs are one rule.
    private struct Key: Hashable {
        let need: RequestsSeen.Need
        let limits: AccessPolicy.Limits?
        let mediaHosts: [String]
    }

    mutating func write(
        _ target: RequestsSeen.Target, _ callers: [RequestsSeen.Caller: RequestsSeen.Activity],
        _ confidence: Confidence, named name: NamespacedName
    ) -> Recommendation {
        var groups: [Key: [RequestsSeen.Caller]] = [:]
        for (caller, activity) in callers {
            let key = Key(
                need: activity.need, limits: limits(of: activity, caller), mediaHosts: mediaHosts(of: activity))
            groups[key, default: []].append(caller)
        }
        var text = Manifest()
        text.comment(0, "\(target.words): \(confidence.words); confidence \(confidence.level.rawValue)")
        text.head("sallyport.dev/v1alpha1", AccessPolicy.kind, name.name, name.namespace, isStaged: settings.isStaged)
        text.line(2, "targetRefs:")
        text.line(2, "- \(target.reference)")
        text.line(2, "rules:")
        let ordered = groups.map { ($0.key, $0.value.sorted()) }.sorted { $0.1.lexicographicallyPrecedes($1.1) }
        for (index, (key, callers)) in ordered.enumerated() {
            let callers = from(callers)
            text.line(2, "- name: seen-\(index + 1)")
            text.line(4, callers.isEmpty ? "from: []" : "from:")
            for line in callers { text.line(4, "- \(line)") }
            text.line(4, "to:")
            var writer = RequestNeedWriter(key.need, mediaHosts: key.mediaHosts)
            for line in writer.lines() { text.line(4, "- \(line.text)", comment: line.comment) }
            remarks += writer.remarks.filter { !remarks.contains($0) }
            if let limits = key.limits.flatMap(Self.text) { text.line(4, "limits: \(limits)") }
        }
        return Recommendation(
            kind: AccessPolicy.kind, name: name, subject: target.words, text: text.text, confidence: confidence,
            remarks: remarks)
    }

    // MARK: Callers

    /// Entries of `from`; empty: none of them can be written.
    private mutating func from(_ all: [RequestsSeen.Caller]) -> [String] {
        let callers = all.filter(\.isWritable)
        if callers.count < all.count {
            remarks.append("the name of a caller cannot be written in a rule: it would be denied")
        }
        var keys: [String] = []
        var tokens: [String: [String]] = [:]
        var accounts: [String] = []
        var certificates: [String] = []
        var workloads: [String] = []
        var addresses: [Address] = []
        for caller in callers {
            switch caller {
            case .key(let name): keys.append(name)
            case .token(let issuer, let subject): tokens[issuer, default: []].append(subject)
            case .serviceAccount(let namespace, let name):
                accounts.append("{namespace: \(Manifest.quoted(namespace)), name: \(Manifest.quoted(name))}")
            case .certificate(let name): certificates.append(name)
            case .workload(let name):
                workloads.append(
                    "{kind: \(Manifest.quoted(name.kind)), namespace: \(Manifest.quoted(name.namespace)), "
                        + "name: \(Manifest.quoted(name.name))}")
            case .address(let address): addresses.append(address)
            }
        }
        var lines: [String] = []
        if !keys.isEmpty { lines.append("accessKeys: {names: \(Manifest.list(keys))}") }
        for (issuer, subjects) in tokens.sorted(by: { $0.key < $1.key }) {
            let named = "issuers: [\(Manifest.quoted(issuer))], subjects: \(Manifest.list(subjects))"
            lines.append("tokens: {\(named)}")
            if subjects.contains(where: { $0.contains("*") }) {
                remarks.append("a subject has a star in it, which stands for any text in a rule")
            }
        }
        if !accounts.isEmpty { lines.append("serviceAccounts: [\(accounts.joined(separator: ", "))]") }
        if !certificates.isEmpty { lines.append("certificates: {\(Self.certificates(certificates))}") }
        if !workloads.isEmpty { lines.append("workloads: {names: [\(workloads.joined(separator: ", "))]}") }
        if !addresses.isEmpty {
            let blocks = AddressBlocks(addresses, settings.ranges)
            remarks += blocks.widened
            lines.append("networks: \(Manifest.list(blocks.blocks.map(\.prefix.description)))")
            if blocks.blocks.contains(where: { !$0.except.isEmpty }) {
                remarks.append("callers without credentials came from so many addresses that a rule admits all of them")
            }
        }
        return lines
    }

    /// A record has one name of a certificate, and its form says which.
    private static func certificates(_ names: [String]) -> String {
        let byField = Dictionary(grouping: names) { name -> String in
            if name.hasPrefix("spiffe://") { return "spiffeIDs" }
            if name.hasPrefix("sha256:") { return "fingerprints" }
            return name.contains("=") ? "subjects" : "dnsNames"
        }
        return byField.sorted { $0.key < $1.key }.map { field, names in
            "\(field): \(Manifest.list(names.map { field == "fingerprints" ? String($0.dropFirst(7)) : $0 }))"
        }.joined(separator: ", ")
    }

    // MARK: What is taken over

    private func rules(of activity: RequestsSeen.Activity) -> [AccessPolicy.Rule] {
        activity.rules.compactMap { key in
            NamespacedName(slashed: key.policy).flatMap { objects.accessPolicies[$0] }?
                .rules.first { $0.name == key.rule }
        }
    }

    private mutating func limits(
        of activity: RequestsSeen.Activity, _ caller: RequestsSeen.Caller
    ) -> AccessPolicy.Limits? {
        let all = Set(rules(of: activity).map(\.limits))
        if all.count > 1 {
            remarks.append("several rules with other limits allowed the same caller: none is taken over")
        }
        return all.count == 1 ? all.first : nil
    }

    /// Records do not say from where something was fetched: the hosts are those of the rules that allowed it.
    private func mediaHosts(of activity: RequestsSeen.Activity) -> [String] {
        guard activity.need.byClasses.keys.contains(where: { $0.contains(.serverFetch) }) else { return [] }
        return Set(rules(of: activity).flatMap(\.to).flatMap(\.mediaHosts)).sorted()
    }

    private static func text(_ limits: AccessPolicy.Limits) -> String? {
        var parts: [String] = []
        if let rate = limits.requests {
            parts.append("requests: {count: \(rate.count), window: \(rate.window.text), burst: \(rate.burst)}")
        }
        if let rate = limits.tokens { parts.append("tokens: {count: \(rate.count), window: \(rate.window.text)}") }
        if let most = limits.concurrency { parts.append("concurrency: \(most)") }
        return parts.isEmpty ? nil : "{\(parts.joined(separator: ", "))}"
    }
}

extension RequestsSeen.Caller {
    /// True when an entry of `from` can have the name.
    fileprivate var isWritable: Bool {
        switch self {
        case .key(let name): Names.subdomainProblem(name) == nil
        case .token(let issuer, let subject):
            Names.subdomainProblem(issuer) == nil && (1...256).contains(subject.utf8.count) && Manifest.keeps(subject)
        case .serviceAccount(let namespace, let name):
            Names.labelProblem(namespace) == nil && Names.subdomainProblem(name) == nil
        case .certificate(let name): (1...1_024).contains(name.utf8.count) && Manifest.keeps(name)
        case .workload(let name): Names.labelProblem(name.namespace) == nil && Names.subdomainProblem(name.name) == nil
        case .address: true
        }
    }
}

extension Milliseconds {
    /// As a Gateway API duration, of which a number has five digits at most.
    fileprivate var text: String {
        let parts = [
            (count / 3_600_000, "h"), (count / 60_000 % 60, "m"), (count / 1_000 % 60, "s"), (count % 1_000, "ms"),
        ]
        return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    }
}
