import Access
import Controller
import Gateway
import Kubernetes
import Policy
import Reachability
import Routing

extension ClusterJudge {
    /// The functions of `sallyport status` and `sallyport check`.
    static let standard = ClusterJudge(
        statuses: { snapshot, options, seconds in
            let routing = compile(snapshot, options: options)
            let access = AccessTable(snapshot.objects, revision: snapshot.revision)
            let others =
                access.statuses(nowSeconds: seconds) + access.tokens.statuses()
                + BudgetTable(snapshot.objects, revision: snapshot.revision).statuses
                + ModelStatuses(snapshot.objects, clusters: routing.clusters).statuses
            return Statuses(routing: routing.statuses, others: others)
        },
        reason: { proof, list in
            guard case .refuted(let witness) = proof.result else { return "" }
            let words = WitnessWords(list)
            return "\(words.finding(proof.promise, witness)); \(words.reason(witness))"
        })
}
