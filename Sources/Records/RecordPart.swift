/// Members that many records share, encoded once: names from the configuration.
public struct RecordPart: Sendable {
    let bytes: [UInt8]

    private init(_ write: (inout LineWriter) -> Void) {
        var writer = LineWriter(capacity: 256)
        write(&writer)
        bytes = writer.take()
    }

    /// Where requests come in: `gateway` and `listener`.
    public static func entrance(gateway: String, listener: String) -> RecordPart {
        RecordPart {
            $0.optional("\"gateway\":", gateway)
            $0.optional("\"listener\":", listener)
        }
    }

    /// What leads them on: `route` and `route_rule`.
    public static func route(_ route: String, rule: String) -> RecordPart {
        RecordPart {
            $0.optional("\"route\":", route)
            $0.optional("\"route_rule\":", rule)
        }
    }

    /// The Service that they are sent to, for `RecordBatch.destination`.
    public static func service(_ name: String) -> RecordPart {
        RecordPart {
            $0.raw("\"destination\":{\"service\":")
            $0.quoted(name)
            $0.raw(",")
        }
    }

    /// The endpoint that they are sent to, for `RecordBatch.destination`; empty where the address is.
    public static func endpoint(address: String, port: UInt16?) -> RecordPart {
        RecordPart {
            guard !address.isEmpty else { return }
            $0.raw("\"address\":")
            $0.quoted(address)
            $0.raw(",")
            guard let port else { return }
            $0.raw("\"port\":")
            $0.number(UInt64(port))
            $0.raw(",")
        }
    }

    /// `principal`; the owner is empty where it is not said.
    public static func principal(kind: String, name: String, namespace: String, owner: String) -> RecordPart {
        RecordPart { $0.principal(kind: kind, name: name, namespace: namespace, owner: owner) }
    }

    /// The beginning of `ai`, for `RecordBatch.beginAI`; each empty where nothing is known.
    public static func ai(server: String, classes: [String], operation: String) -> RecordPart {
        RecordPart { $0.ai(server: server, classes: classes, operation: operation) }
    }

    /// A step of `trace` without what its rule said, for `RecordBatch.step`.
    public static func step(policy: String, rule: String, isStaged: Bool) -> RecordPart {
        RecordPart { $0.step(policy: policy, rule: rule, isStaged: isStaged) }
    }

    // MARK: connections

    /// The node that saw a connection.
    public static func node(_ name: String) -> RecordPart {
        RecordPart { $0.optional("\"node\":", name) }
    }

    /// `service`, inside `destination`.
    public static func serviceName(_ name: String) -> RecordPart {
        RecordPart { $0.optional("\"service\":", name) }
    }

    /// `workload`, of the source or inside `destination`.
    public static func workload(_ workload: Record.Workload) -> RecordPart {
        RecordPart {
            $0.workload(
                kind: workload.kind, namespace: workload.namespace, name: workload.name, pod: workload.pod,
                labels: workload.labels)
        }
    }

    /// `node` and `range`, inside `source` or `destination`; each empty where there is none.
    public static func place(node: String, range: String) -> RecordPart {
        RecordPart {
            $0.optional("\"node\":", node)
            $0.optional("\"range\":", range)
        }
    }

    /// `policy` and `rule`; each empty where there is none.
    public static func policy(_ policy: String, rule: String) -> RecordPart {
        RecordPart {
            $0.optional("\"policy\":", policy)
            $0.optional("\"rule\":", rule)
        }
    }

    /// `staged`.
    public static func staged(_ staged: Record.Staged) -> RecordPart {
        RecordPart { $0.staged(staged.policy, staged.rule, staged.verdict, staged.reason) }
    }
}

/// Many parts, found by their numbers. They lie in one piece of memory: of ten thousand, any may be wanted next, and
/// nothing has to be fetched for it but its bytes.
public struct RecordParts: Sendable {
    let bytes: [UInt8]
    /// Where each begins, and where the last one ends.
    private let starts: [Int]

    /// Parts numbered from 0.
    public init(_ parts: some Sequence<RecordPart>) {
        var bytes: [UInt8] = []
        var starts = [0]
        for part in parts {
            bytes += part.bytes
            starts.append(bytes.count)
        }
        (self.bytes, self.starts) = (bytes, starts)
    }

    /// Where the bytes of a part lie.
    func range(_ number: Int) -> Range<Int> { starts[number]..<starts[number + 1] }
}
