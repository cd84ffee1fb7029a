#if os(Linux)

    import Addresses
    import Netfilter
    import PacketFilter
    import Policy
    import Records

    /// What is to be said of a connection that the kernel decided about.
    struct Judgement {
        /// What the kernel did.
        var verdict: Record.Verdict
        var reason: Reason
        /// The side whose policies decided.
        var direction: Record.ConnectionDirection?
        var source = EndLabel()
        var destination = EndLabel()
        /// Policy and rule.
        var ruling: RecordPart?
        /// What staged policies would decide, where it is something else.
        var staged: RecordPart?
        /// The guest list says otherwise than the kernel did.
        var isDisagreement = false
        /// Of the list that it was judged by.
        var revision: UInt64 = 0
        /// The Service that was called.
        var service: RecordPart?

        init(_ said: LoggedVerdict, _ reason: Reason) {
            verdict = said.isAllowed ? .allowed : .denied
            self.reason = reason
        }
    }

    /// Finds the list that was in force, and who and what decided by it.
    ///
    /// The kernel has decided already. Who is at both ends, and which rule it was, says the guest list; and when its
    /// evaluation comes to another verdict than the kernel, that is said too: it is a defect, or a race.
    ///
    /// Of one thread.
    final class Judge {
        private var labels: [Labels] = []

        /// What the kernel was asked.
        struct Question {
            /// As rules saw it: destinations translated, sources not yet.
            var tuple: FlowTuple
            /// What the kernel did.
            var said: LoggedVerdict
            /// When, in nanoseconds since 1970.
            var time: UInt64
            /// Where it was sent at first, where that is known and another.
            var original: FlowTuple?
            /// The node itself sent it: to its own pods it always may.
            var isFromNode = false
        }

        /// Judges by the list that was in force then. Where the kernel and that list are at odds, and another list may have
        /// been in force at the moment, by that one.
        func judge(_ question: Question, _ lists: [ListInForce]) -> Judgement {
            guard let index = lists.index(at: question.time) else { return Judgement(question.said, .notJudged) }
            var judgement = judge(question, by: labels(lists[index], among: lists))
            if judgement.isDisagreement {
                for other in lists.indices where other != index && lists.mayBeInForce(other, at: question.time) {
                    let second = judge(question, by: labels(lists[other], among: lists))
                    guard second.isDisagreement else {
                        judgement = second
                        break
                    }
                }
            }
            return judgement
        }

        /// Judges a connection that is ended because of the newest list: by that one.
        func judgeCut(_ question: Question, _ lists: [ListInForce]) -> Judgement {
            guard let newest = lists.last else { return Judgement(.deniedEgress, .notJudged) }
            let labels = labels(newest, among: lists)
            var judgement = judge(question, by: labels, isCut: true)
            (judgement.verdict, judgement.isDisagreement) = (.denied, false)
            return judgement
        }

        private func judge(_ question: Question, by labels: Labels, isCut: Bool = false) -> Judgement {
            let list = labels.list
            let tuple = question.tuple
            let (source, destination) = (list.list.party(tuple.source), list.list.party(tuple.destination))
            guard let traffic = tuple.traffic else {
                var judgement = Judgement(question.said, .notJudged)
                name(&judgement, source, destination, question, labels)
                return judgement
            }
            if question.isFromNode, question.said.isAllowed, !isCut {
                var judgement = Judgement(question.said, .ownNode)
                name(&judgement, source, destination, question, labels)
                return judgement
            }
            // What comes from a pod to itself has been led there by a Service.
            let decision = list.list.evaluate(
                Connection(
                    source: source, destination: destination, traffic: traffic,
                    isThroughService: tuple.source == tuple.destination))
            let sides = Sides(list.isLocal(source), list.isLocal(destination))
            var judgement =
                isCut
                ? Self.cut(decision, sides, labels) : Self.judgement(question.said, decision, sides, labels)
            name(&judgement, source, destination, question, labels)
            return judgement
        }

        private func name(
            _ judgement: inout Judgement, _ source: Party, _ destination: Party, _ question: Question, _ labels: Labels
        ) {
            let tuple = question.tuple
            judgement.revision = labels.list.revision
            judgement.source = labels.end(source, tuple.source)
            judgement.destination = labels.end(destination, tuple.destination)
            let called = question.original ?? tuple
            if let traffic = called.traffic { judgement.service = labels.service(called.destination, traffic) }
        }

        private static func judgement(
            _ said: LoggedVerdict, _ decision: Decision, _ sides: Sides, _ labels: Labels
        ) -> Judgement {
            let enforced = sides.decider(decision.enforced, said)
            var judgement = Judgement(said, enforced.map { Reason($0.ruling.reason) } ?? .outside)
            switch said {
            case .deniedUnknown:
                // Both are pods of this node: the kernel should have known them.
                judgement.reason = .unknownPod
                judgement.isDisagreement = sides.source && sides.destination
                return judgement
            case .deniedSpoofed:
                judgement.reason = .spoofedSource
                return judgement
            case .allowed: judgement.isDisagreement = enforced?.ruling.isAllowed != true
            case .deniedEgress: judgement.isDisagreement = !(sides.source && !decision.enforced.egress.isAllowed)
            case .deniedIngress:
                judgement.isDisagreement = !(sides.destination && !decision.enforced.ingress.isAllowed)
            }
            if judgement.isDisagreement { judgement.reason = .disagreement }
            guard let enforced else { return judgement }
            judgement.direction = enforced.direction.inRecords
            judgement.ruling = labels.ruling(enforced.ruling, enforced.direction)
            let before = sides.decider(decision.enforced)
            if let staged = sides.decider(decision.staged), staged != before {
                judgement.staged = labels.staged(staged.ruling, staged.direction)
            }
            return judgement
        }

        private static func cut(_ decision: Decision, _ sides: Sides, _ labels: Labels) -> Judgement {
            guard let decider = sides.decider(decision.enforced) else { return Judgement(.deniedEgress, .unknownPod) }
            var judgement = Judgement(.deniedEgress, Reason(decider.ruling.reason))
            judgement.direction = decider.direction.inRecords
            judgement.ruling = labels.ruling(decider.ruling, decider.direction)
            return judgement
        }

        /// The names of a list; those of lists that are forgotten go.
        private func labels(_ list: ListInForce, among lists: [ListInForce]) -> Labels {
            if let found = labels.last(where: { $0.list === list }) { return found }
            labels.removeAll { known in !lists.contains { $0 === known.list } }
            let made = Labels(list)
            labels.append(made)
            return made
        }
    }

    /// Which sides of a connection the rules of this node decide about.
    struct Sides {
        let source: Bool
        let destination: Bool

        init(_ source: Bool, _ destination: Bool) {
            self.source = source
            self.destination = destination
        }

        struct Decider: Equatable {
            let ruling: Ruling
            let direction: Direction
        }

        /// The side that decides: the first that denies, in the order in which the kernel asks them; else the one with a
        /// rule that allows, the destination's before the source's. nil: neither is a pod of this node.
        func decider(_ verdict: Policy.Verdict) -> Decider? {
            let egress = source ? Decider(ruling: verdict.egress, direction: .egress) : nil
            let ingress = destination ? Decider(ruling: verdict.ingress, direction: .ingress) : nil
            guard let egress else { return ingress }
            guard let ingress else { return egress }
            if !egress.ruling.isAllowed { return egress }
            if !ingress.ruling.isAllowed { return ingress }
            return ingress.ruling.policy < 0 && egress.ruling.policy >= 0 ? egress : ingress
        }
    }

    extension Sides {
        /// The side that the kernel names; where it names none, the one that decides.
        func decider(_ verdict: Policy.Verdict, _ said: LoggedVerdict) -> Decider? {
            switch said {
            case .deniedEgress where source: Decider(ruling: verdict.egress, direction: .egress)
            case .deniedIngress where destination: Decider(ruling: verdict.ingress, direction: .ingress)
            default: decider(verdict)
            }
        }
    }

    extension Direction {
        /// The same, as records say it.
        var inRecords: Record.ConnectionDirection { self == .egress ? .egress : .ingress }
    }

#endif
