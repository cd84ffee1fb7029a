import Kubernetes

/// Which budgets are attached where. All that are on the way of a request apply.
struct BudgetAttachments: Sendable {
    private var holders: [AttachmentPoint: [Int32]] = [:]
    /// Budgets whose targets could not be read, by namespace: they may have been meant for anything in it.
    private var unreadable: [String: Int32] = [:]
    /// A budget with mistakes whose namespace could not be read either: it may have been meant for anything at all.
    private var lost: Int32?

    mutating func attach(_ budget: Int32, at point: AttachmentPoint) { holders[point, default: []].append(budget) }

    mutating func denyEverything(because budget: Int32) { lost = lost ?? budget }

    mutating func denyAll(in namespace: String, because budget: Int32) {
        if unreadable[namespace] == nil { unreadable[namespace] = budget }
    }

    /// Those that apply to one rule of a route behind one listener, each once.
    func inForce(gateway: NamespacedName, listener: String, route: ObjectReference, rule: String?) -> [Int32] {
        let routeName = NamespacedName(route.namespace, route.name)
        let points = [
            rule.map { AttachmentPoint(kind: route.kind, object: routeName, section: $0) },
            AttachmentPoint(kind: route.kind, object: routeName, section: nil),
            AttachmentPoint(kind: "Gateway", object: gateway, section: listener),
            AttachmentPoint(kind: "Gateway", object: gateway, section: nil),
        ]
        let found = points.compactMap { $0 }.flatMap { holders[$0] ?? [] }
        let denying = [lost, unreadable[route.namespace], unreadable[gateway.namespace]].compactMap { $0 }
        return Array(Set(denying + found)).sorted()
    }
}

/// Compiles the budgets of a snapshot and finds out where each applies.
struct BudgetCompiler {
    private let objects: Objects
    private(set) var budgets: [CompiledBudget] = []
    private(set) var attachments = BudgetAttachments()
    private(set) var statuses: [ObjectStatus] = []

    init(_ objects: Objects) {
        self.objects = objects
        let invalid = objects.invalid.filter {
            $0.reference.group == Budget.group && $0.reference.kind == Budget.kind
        }
        for object in invalid.sorted(by: { $0.reference.name < $1.reference.name }) { add(object) }
        let broken = Set(invalid.map { NamespacedName($0.reference.namespace, $0.reference.name) })
        for budget in objects.budgets.values.sorted(by: { $0.key < $1.key }) {
            add(budget, problem: Self.problem(budget, hasBrokenTwin: broken.contains(budget.key)))
        }
    }

    /// A budget with mistakes denies what it is attached to, or all of its namespace when that is not known.
    private mutating func add(_ object: InvalidObject) {
        let namespace = object.reference.namespace
        let index = append(CompiledBudget(invalid: NamespacedName(namespace, object.reference.name)))
        let points = object.targetRefs?.map { AttachmentPoint($0, namespace: namespace) } ?? []
        if points.isEmpty || points.contains(where: { $0 == nil }) {
            attachments.denyAll(in: namespace, because: index)
        }
        // A namespace that cannot be one is a slip: which one was meant is not known.
        if Names.labelProblem(namespace) != nil { attachments.denyEverything(because: index) }
        for case let point? in points { attachments.attach(index, at: point) }
        for target in object.targetRefs ?? [] { attachMissed(target, index, namespace) }
        statuses.append(
            ObjectStatus(
                reference: object.reference,
                conditions: [Condition(type: "Accepted", status: .false, reason: "Invalid", message: object.reason)],
                position: object.position))
    }

    private mutating func add(_ budget: Budget, problem: String?) {
        let isStaged = problem == nil && budget.enforcement == "staged"
        let index = append(CompiledBudget(budget, isStaged: isStaged, isInvalid: problem != nil))
        var missing: [String] = []
        for target in budget.targetRefs {
            guard let point = AttachmentPoint(target, namespace: budget.metadata.namespace) else { continue }
            // Attached all the same: the target may come later, and must not be without limit until then.
            attachments.attach(index, at: point)
            attachMissed(target, index, budget.metadata.namespace)
            if !objects.has(point) {
                missing.append("\(target.kind) \(target.name)" + (target.sectionName.map { "/\($0)" } ?? ""))
            }
        }
        statuses.append(budget.status(problem: problem, missing: missing, isStaged: isStaged))
    }

    /// A part that its target does not have: any part may have been meant, so the budget counts what passes any of them.
    private mutating func attachMissed(_ target: TargetRef, _ index: Int32, _ namespace: String) {
        if let whole = objects.whole(ofMissing: target, namespace: namespace) { attachments.attach(index, at: whole) }
    }

    private mutating func append(_ budget: CompiledBudget) -> Int32 {
        budgets.append(budget)
        return Int32(budgets.count - 1)
    }

    private static func problem(_ budget: Budget, hasBrokenTwin: Bool) -> String? {
        if hasBrokenTwin { return "another object with this name has mistakes" }
        if let value = budget.enforcement, value != "staged", value != "enforced" {
            return "annotation \(AccessPolicy.enforcementAnnotation) must be 'staged' or 'enforced'"
        }
        return nil
    }
}

extension Budget {
    fileprivate var enforcement: String? { metadata.annotations[AccessPolicy.enforcementAnnotation] }

    /// Condition `Accepted`, true when the budget applies at all its targets.
    fileprivate func status(problem: String?, missing: [String], isStaged: Bool) -> ObjectStatus {
        let (reason, message): (String, String)
        if let problem {
            (reason, message) = ("Invalid", "\(problem); its targets are denied")
        } else if !missing.isEmpty {
            (reason, message) = ("TargetNotFound", missing.joined(separator: ", ") + ": does not exist")
        } else {
            (reason, message) = ("Accepted", isStaged ? "staged: watched, and not enforced" : "")
        }
        let condition = Condition(
            type: "Accepted", status: reason == "Accepted" ? .true : .false, reason: reason, message: message,
            observedGeneration: metadata.generation)
        return ObjectStatus(reference: reference, conditions: [condition], position: metadata.position)
    }
}
