import Addresses

// Records of nodes. They are `beginConnection` or `begin`, the members that they have, in the order of `Record.fields`,
// and `end`.

extension RecordBatch {
    /// Begins a record of a node: `time` to `node`.
    ///
    /// - Parameters:
    ///   - time: microseconds since 1970.
    ///   - id: the connection's.
    ///   - verdict: nil: it tells what was not shown.
    ///   - node: made by `RecordPart.node`.
    public mutating func beginConnection(
        time: Int64, id: Record.ConnectionID, verdict: Record.Verdict?, reason: String, explanation: String = "",
        revision: UInt64, node: RecordPart
    ) {
        writer.raw("{\"time\":")
        writer.time(time)
        writer.raw(",\"id\":\"")
        writer.hexadecimal(id.began)
        writer.raw("-")
        writer.hexadecimal(UInt64(id.number))
        writer.raw("\"")
        begin(.node, verdict, reason: reason, explanation: explanation, status: 0, revision: revision)
        part(node)
    }

    /// `source`; the place is made by `RecordPart.place`.
    public mutating func source(_ address: Address, port: UInt16?, place: RecordPart?) {
        beginSource()
        socket(address, port)
        if let place { part(place) }
        endObject()
    }

    /// `destination`, of a connection; each part is nil where there is nothing to say.
    public mutating func destination(
        service: RecordPart?, _ address: Address, port: UInt16?, place: RecordPart?, workload: RecordPart?
    ) {
        beginDestination()
        if let service { part(service) }
        socket(address, port)
        if let place { part(place) }
        if let workload { part(workload) }
        endObject()
    }

    /// `connection`: what there is to say, in this order, and `endObject`.
    ///
    /// - Parameter transport: `tcp`, ...; nil: the protocol has no name, and its number is said.
    public mutating func beginConnection(
        _ event: Record.ConnectionEvent, transport: String?, number: UInt8, icmp: Record.ICMP?,
        _ direction: Record.ConnectionDirection?
    ) {
        writer.raw("\"connection\":{\"event\":")
        switch event {
        case .opened: writer.raw("\"opened\",")
        case .denied: writer.raw("\"denied\",")
        case .closed: writer.raw("\"closed\",")
        case .cut: writer.raw("\"cut\",")
        }
        writer.raw("\"transport\":")
        if let transport {
            writer.quoted(transport)
        } else {
            writer.raw("\"")
            writer.number(UInt64(number))
            writer.raw("\"")
        }
        writer.raw(",")
        if let icmp {
            writer.raw("\"icmp_type\":")
            writer.number(UInt64(icmp.type))
            writer.raw(",\"icmp_code\":")
            writer.number(UInt64(icmp.code))
            writer.raw(",")
        }
        switch direction {
        case .egress: writer.raw("\"direction\":\"egress\",")
        case .ingress: writer.raw("\"direction\":\"ingress\",")
        case nil: break
        }
    }

    /// `original`, in `connection`.
    public mutating func original(_ address: Address, port: UInt16?) {
        writer.raw("\"original\":{")
        socket(address, port)
        endObject()
    }

    /// `input_interface` and `output_interface`, in `connection`; each empty where there is none.
    public mutating func interfaces(input: String, output: String) {
        writer.optional("\"input_interface\":", input)
        writer.optional("\"output_interface\":", output)
    }

    /// `end`, `repeats` and `disagreement`, in `connection`.
    public mutating func outcome(_ end: Record.ConnectionEnd?, repeats: UInt64, isDisagreement: Bool) {
        switch end {
        case .finished: writer.raw("\"end\":\"finished\",")
        case .reset: writer.raw("\"end\":\"reset\",")
        case .idle: writer.raw("\"end\":\"idle\",")
        case .unanswered: writer.raw("\"end\":\"unanswered\",")
        case .removed: writer.raw("\"end\":\"removed\",")
        case nil: break
        }
        number("\"repeats\":", repeats)
        if isDisagreement { writer.raw("\"disagreement\":true,") }
    }

    /// `packets`.
    public mutating func packets(_ packets: Record.Packets) {
        writer.raw("\"packets\":{\"in\":")
        writer.number(packets.in)
        writer.raw(",\"out\":")
        writer.number(packets.out)
        writer.raw("},")
    }

    /// `hidden`; numbers that are 0 are left out.
    public mutating func hidden(_ hidden: Record.Hidden) {
        writer.raw("\"hidden\":{")
        number("\"repeats\":", hidden.repeats)
        number("\"unseen\":", hidden.unseen)
        number("\"lost\":", hidden.lost)
        number("\"overruns\":", hidden.overruns)
        number("\"forgotten\":", hidden.forgotten)
        number("\"denied\":", hidden.denied)
        number("\"records\":", hidden.records)
        endObject()
    }

    /// Ends an object inside the record.
    public mutating func endObject() { writer.endMember() }

    // MARK: pieces

    mutating func beginSource() { writer.raw("\"source\":{") }

    mutating func beginDestination() { writer.raw("\"destination\":{") }

    mutating func attempts(_ attempts: Int) {
        writer.raw("\"attempts\":")
        writer.number(Int64(attempts))
        writer.raw(",")
    }

    /// The member of a value.
    mutating func connection(_ connection: Record.Connection) {
        beginConnection(
            connection.event, transport: connection.transport, number: 0, icmp: connection.icmp, connection.direction)
        if let original = connection.original {
            writer.raw("\"original\":{")
            part(.endpoint(address: original.address, port: original.port))
            endObject()
        }
        interfaces(input: connection.inputInterface, output: connection.outputInterface)
        outcome(connection.end, repeats: connection.repeats, isDisagreement: connection.isDisagreement)
        endObject()
    }

    private mutating func number(_ name: StaticString, _ value: UInt64) {
        guard value > 0 else { return }
        writer.piece(name)
        writer.number(value)
        writer.raw(",")
    }

    private mutating func socket(_ address: Address, _ port: UInt16?) {
        writer.raw("\"address\":\"")
        writer.address(address)
        writer.raw("\",")
        guard let port else { return }
        writer.raw("\"port\":")
        writer.number(UInt64(port))
        writer.raw(",")
    }
}

extension Record {
    /// The id of a connection: all records of it have the same.
    public struct ConnectionID: Sendable, Hashable {
        /// When it was first seen, in microseconds since 1970.
        public var began: UInt64
        /// Tells it from others of that moment.
        public var number: UInt32

        /// An id.
        public init(began: UInt64, number: UInt32) {
            self.began = began
            self.number = number
        }
    }
}
