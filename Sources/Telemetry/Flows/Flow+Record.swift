import Addresses
import Records
import SwiftProtobuf

extension Flow_Flow {
    /// A connection or a request as a flow. What we do not know is left out, never made up: there are no numbers of
    /// identities but reserved ones, and no flags of TCP but those that what happened implies.
    init(_ record: Record, emitter: String) {
        self.init()
        time = Google_Protobuf_Timestamp(microseconds: record.time)
        uuid = record.id
        nodeName = record.node
        if !emitter.isEmpty {
            self.emitter.name = "Sallyport"
            self.emitter.version = emitter
        }
        decide(record)
        addresses(record)
        source = Flow_Endpoint(
            of: record.source, workload: record.workload, seenFrom: record.node)
        destination = Flow_Endpoint(
            of: record.destination?.endpoint, workload: record.destination?.workload, seenFrom: record.node)
        if let service = Flow_Service(record.destination?.service ?? "") { destinationService = service }
        policies(record)
        if let context = record.traceContext { traceContext.parent.traceID = context.traceID }
        if let connection = record.connection {
            connected(connection, record)
        } else {
            requested(record)
        }
        summary = FlowSummary.text(record)
    }

    private mutating func decide(_ record: Record) {
        verdict = Flow_Verdict(record)
        guard verdict == .dropped else { return }
        dropReasonDesc = Flow_DropReason(record)
        dropReason = UInt32(clamping: dropReasonDesc.rawValue)
    }

    private mutating func addresses(_ record: Record) {
        ip.source = record.source?.address ?? ""
        ip.destination = record.destination?.endpoint.address ?? ""
        let known = ip.source.isEmpty ? ip.destination : ip.source
        if let address = Address(known) { ip.ipVersion = address.isIPv4 ? .ipv4 : .ipv6 }
    }

    private mutating func policies(_ record: Record) {
        let isIngress = record.connection.map { $0.direction == .ingress } ?? true
        guard let policy = Flow_Policy(record) else { return }
        switch (verdict == .dropped, isIngress) {
        case (true, true): ingressDeniedBy = [policy]
        case (true, false): egressDeniedBy = [policy]
        case (false, true): ingressAllowedBy = [policy]
        case (false, false): egressAllowedBy = [policy]
        }
    }

    // MARK: connections

    private mutating func connected(_ connection: Record.Connection, _ record: Record) {
        type = .l3L4
        l4 = Flow_Layer4(
            connection, source: record.source?.port, destination: record.destination?.endpoint.port)
        isReply = false
        switch connection.direction {
        case .egress: trafficDirection = .egress
        case .ingress: trafficDirection = .ingress
        case nil: break
        }
        let name = connection.inputInterface.isEmpty ? connection.outputInterface : connection.inputInterface
        if !name.isEmpty { interface.name = name }
        switch connection.event {
        case .denied, .cut:
            eventType.type = FlowEventType.drop
            eventType.subType = Int32(clamping: dropReasonDesc.rawValue)
        case .opened:
            eventType.type = FlowEventType.policyVerdict
            traceReason = .new
        case .closed:
            eventType.type = FlowEventType.trace
            traceReason = .established
            traceObservationPoint = connection.direction == .ingress ? .toEndpoint : .toStack
            eventType.subType = Int32(clamping: traceObservationPoint.rawValue)
        }
    }

    // MARK: requests

    private mutating func requested(_ record: Record) {
        type = .l7
        eventType.type = FlowEventType.accessLog
        trafficDirection = .ingress
        isReply = false
        l4.tcp.sourcePort = UInt32(record.source?.port ?? 0)
        l4.tcp.destinationPort = UInt32(record.destination?.endpoint.port ?? 0)
        l7.type = record.status == 0 ? .request : .response
        l7.latencyNs = UInt64(clamping: record.timing?.duration ?? 0).multipliedClamping(by: 1000)
        guard let request = record.http else { return }
        l7.http = Flow_HTTP(request, status: record.status, isSecure: record.tls != nil)
        let host = request.host.text
        if !host.isEmpty { destinationNames = [FlowNames.withoutPort(host)] }
    }
}

extension UInt64 {
    func multipliedClamping(by factor: UInt64) -> UInt64 {
        let (result, isOver) = multipliedReportingOverflow(by: factor)
        return isOver ? .max : result
    }
}

extension [UInt8] {
    /// Bytes from outside as text; what is not UTF-8 becomes replacement characters.
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension Google_Protobuf_Timestamp {
    /// Microseconds since 1970, also before it.
    public init(microseconds: Int64) {
        self.init()
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        self.seconds = rest < 0 ? seconds - 1 : seconds
        nanos = Int32(rest < 0 ? rest + 1_000_000 : rest) * 1000
    }

    /// Microseconds since 1970; those that do not fit become the nearest that do.
    public var microseconds: Int64 {
        let (whole, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !isOver else { return seconds < 0 ? .min : .max }
        let (sum, isBeyond) = whole.addingReportingOverflow(Int64(nanos) / 1000)
        return isBeyond ? (seconds < 0 ? .min : .max) : sum
    }
}
