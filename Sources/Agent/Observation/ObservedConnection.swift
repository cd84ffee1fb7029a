#if os(Linux)

    import Addresses
    import Netfilter
    import Records

    /// A connection that the kernel decided about, with what all of its records say.
    struct ObservedConnection {
        let id: Record.ConnectionID
        /// As rules saw it: its destination translated, its source not yet.
        let tuple: FlowTuple
        /// Where it was sent at first, where that is another.
        let original: FlowTuple?
        /// When it was first seen, in nanoseconds since 1970.
        let time: UInt64
        let judgement: Judgement
        /// Numbers of interfaces; 0: none, or not known.
        let inputInterface: UInt32
        let outputInterface: UInt32
        /// The number of its flow; nil: not known, or there is none.
        var flowID: UInt32?
    }

    extension ObservedConnection {
        /// Of these tuples, where it was sent at first, if that is another address or port than it came to.
        static func original(_ original: FlowTuple?, _ tuple: FlowTuple) -> FlowTuple? {
            guard let original else { return nil }
            return original.destination == tuple.destination && original.destinationPort == tuple.destinationPort
                ? nil : original
        }
    }

    extension FlowTuple {
        /// The port that it goes to; nil: none, or not known.
        var destinationPort: UInt16? {
            if case .ports(_, let port) = transport { port } else { nil }
        }

        /// The port that it comes from; nil: none, or not known.
        var sourcePort: UInt16? {
            if case .ports(let port, _) = transport { port } else { nil }
        }

        /// Type and code of ICMP.
        var icmp: Record.ICMP? {
            if case .icmp(let type, let code, _) = transport { Record.ICMP(type: type, code: code) } else { nil }
        }
    }

    extension Flow {
        /// Its first packet as rules see it: where it was sent after translation, and from whom before. Rules of filters
        /// come after the translation of destinations and before that of sources.
        var asFiltered: FlowTuple {
            var tuple = original
            tuple.destination = reply.source
            if case .ports(let source, _) = original.transport, case .ports(let port, _) = reply.transport {
                tuple.transport = .ports(source: source, destination: port)
            }
            return tuple
        }

        /// How it ended, as far as its last state tells.
        var end: Record.ConnectionEnd {
            guard status.contains(.seenReply) else { return .unanswered }
            switch tcpState {
            case .synSent, .synReceived, .bothSynSent: return .unanswered
            case .established: return .removed
            case .finWait, .closeWait, .lastAck, .timeWait: return .finished
            case .close: return .reset
            case nil, .some(.none): return .idle
            }
        }
    }

    // MARK: on the record

    extension RecordBatch {
        /// A record of a connection.
        ///
        /// - Parameters:
        ///   - time: when it happened, in nanoseconds since 1970.
        ///   - judgement: what was decided; nil: what was decided when it was opened.
        ///   - interface: the name of an interface; empty: it has none any more.
        ///   - write: what there is to say after `connection`.
        mutating func add(
            _ event: Record.ConnectionEvent, _ connection: ObservedConnection, time: UInt64, node: RecordPart,
            judgement other: Judgement? = nil, end: Record.ConnectionEnd? = nil, repeats: UInt64 = 0,
            interface: (UInt32) -> String, _ write: (inout RecordBatch) -> Void = { _ in }
        ) {
            let judgement = other ?? connection.judgement
            let (tuple, ends) = (connection.tuple, connection.judgement)
            beginConnection(
                time: Int64(clamping: time / 1000), id: connection.id, verdict: judgement.verdict,
                reason: judgement.reason.rawValue, explanation: judgement.explanation, revision: judgement.revision,
                node: node)
            source(tuple.source, port: tuple.sourcePort, place: ends.source.place)
            if let workload = ends.source.workload { part(workload) }
            if let ruling = judgement.ruling { part(ruling) }
            destination(
                service: ends.service, tuple.destination, port: tuple.destinationPort, place: ends.destination.place,
                workload: ends.destination.workload)
            beginConnection(
                event, transport: tuple.proto.recordName, number: tuple.proto.rawValue, icmp: tuple.icmp,
                judgement.direction)
            if let original = connection.original {
                self.original(original.destination, port: original.destinationPort)
            }
            interfaces(
                input: connection.inputInterface == 0 ? "" : interface(connection.inputInterface),
                output: connection.outputInterface == 0 ? "" : interface(connection.outputInterface))
            outcome(end, repeats: repeats, isDisagreement: judgement.isDisagreement)
            endObject()
            write(&self)
            if let staged = judgement.staged { part(staged) }
            self.end()
        }
    }

    extension Judgement {
        /// The reason in words, where it needs some.
        var explanation: String {
            guard isDisagreement else { return "" }
            return switch verdict {
            case .allowed: "the kernel let it through, and the guest list does not allow it"
            case .denied: "the kernel dropped it, and the guest list gives no reason for that"
            }
        }
    }

    extension IPProtocol {
        /// Its name in records; nil: it has none.
        var recordName: String? {
            switch self {
            case .tcp: "tcp"
            case .udp: "udp"
            case .sctp: "sctp"
            case .icmp: "icmp"
            case .icmpv6: "icmpv6"
            case .udplite: "udplite"
            default: nil
            }
        }
    }

#endif
