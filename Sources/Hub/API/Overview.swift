import Hummingbird
import Records

/// What is protected, exposed, denied, and what it costs: the answer of `/api/v1/overview`.
struct Overview: Encodable {
    struct Protected: Encodable {
        let workloads: Int
        let guardedIn: Int
        let guardedOut: Int
        /// The first of those that no policy guards.
        let open: [WorkloadRow]
    }

    struct Objects: Encodable {
        let count: Int
        let bad: Int
        let mistakes: Int
    }

    struct Guarantees: Encodable {
        let proved: Int
        let refuted: Int
        let vacuous: Int
        let broken: [GuaranteeRow]
    }

    let revision: UInt64
    let protected: Protected
    let objects: Objects
    let guarantees: Guarantees
    let exposures: [ExposureRow]
    /// By verdict, over time.
    let decisions: GroupsText
    /// What was denied most.
    let denied: GroupsText
    /// Who spent most, over time.
    let spent: GroupsText
    let alarms: GroupsText
    /// What would be denied by staged policies.
    let staged: GroupsText

    init(
        _ view: ClusterView, decisions: GroupTable, denied: GroupTable, spent: GroupTable, alarms: GroupTable,
        staged: GroupTable
    ) {
        revision = view.revision
        let open = view.workloads.filter { !$0.isGuardedIn }
        protected = Protected(
            workloads: view.workloads.count, guardedIn: view.workloads.count(where: \.isGuardedIn),
            guardedOut: view.workloads.count(where: \.isGuardedOut), open: Array(open.prefix(8)))
        objects = Objects(
            count: view.objects.count, bad: view.objects.count { !$0.isGood }, mistakes: view.mistakes.count)
        let broken = view.guarantees.filter { $0.result == .refuted }
        guarantees = Guarantees(
            proved: view.guarantees.count { $0.result == .proved }, refuted: broken.count,
            vacuous: view.guarantees.count { $0.result == .vacuous }, broken: broken)
        exposures = Array(view.exposures.sorted { $0.isAI && !$1.isAI }.prefix(20))
        self.decisions = GroupsText(decisions)
        self.denied = GroupsText(denied)
        self.spent = GroupsText(spent)
        self.alarms = GroupsText(alarms)
        self.staged = GroupsText(staged)
    }
}

extension HubAPI {
    func overview(_ call: Call) async throws -> Response {
        let asked = try Asked(call, standardStep: 60_000_000)
        let who: [Dimension] = [.workloadKind, .workloadNamespace, .workloadName, .principalNamespace, .principalName]
        let whom: [Dimension] = [
            .destinationWorkloadNamespace, .destinationWorkloadName, .destinationService, .destinationRange,
        ]
        let view = try await view(call)
        return .json(
            Overview(
                view,
                decisions: try await data.groups(
                    asked.groups([.verdict], filter: .ours("verdict"), top: 4, steps: true)),
                denied: try await data.groups(
                    asked.groups([.reason] + who + whom, filter: .ours("verdict=denied"), top: 8)),
                spent: try await data.groups(
                    asked.groups(
                        [.principalNamespace, .principalName], filter: .ours("ai.server or ai.model"), order: .cost,
                        top: 6,
                        steps: true)),
                alarms: try await data.groups(
                    asked.groups(
                        [.alarmName, .alarmSeverity, .alarmSubject], filter: .ours("alarm.name"), order: .last, top: 8)),
                staged: try await data.groups(
                    asked.groups(
                        [.stagedPolicy], filter: .ours("verdict=allowed and staged.verdict=denied"), top: 5))))
    }
}
