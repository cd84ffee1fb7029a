import ArgumentParser
import Hub

/// Where the console is, and what is kept, as it was asked for on the command line.
struct HubOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the console and its API are; none: no hub.",
            discussion: "On an address that others reach, --console-cert and --console-key are needed.",
            valueName: "address:port"))
    var console = "127.0.0.1:9480"
    @Option(help: ArgumentHelp("PEM file with the console's certificate.", valueName: "file"))
    var consoleCert: String?
    @Option(help: ArgumentHelp("PEM file with its key.", valueName: "file"))
    var consoleKey: String?
    @Option(help: ArgumentHelp("Host name by which the console is called; may be repeated.", valueName: "host"))
    var consoleName: [String] = []
    @Option(help: ArgumentHelp("Days that records are kept.", valueName: "days"))
    var keepDays = 7
    @Option(help: ArgumentHelp("The most disk space for history, in MiB; the oldest goes first.", valueName: "MiB"))
    var keepSize = 16 << 10
    @Option(
        help: ArgumentHelp(
            "Share of allowed decisions that is kept one by one, 0 to 1. All are counted; denials are always kept.",
            valueName: "share"))
    var detail = 1.0
    @Option(
        help: ArgumentHelp(
            "Days that prompts and answers are kept which an AccessPolicy has stored; never longer than records.",
            valueName: "days"))
    var contentDays = 7
    @Option(
        help: ArgumentHelp(
            "The most disk space for prompts and answers, in MiB; the oldest goes first.", valueName: "MiB"))
    var contentSize = 1 << 10
    @Option(
        help: ArgumentHelp(
            "File with the key that prompts and answers are encrypted with: 32 bytes, or their hexadecimal digits, or base64.",
            discussion: "By default one that is made in the state directory when it is needed first.", valueName: "file"
        ))
    var contentKey: String?
    @Option(
        help: ArgumentHelp(
            "Where records go as OTLP, such as http://127.0.0.1:4318; requests are spans of their traces.",
            valueName: "url"))
    var otlp: String?
    @Option(
        help: ArgumentHelp(
            "How: grpc, or http/protobuf.", discussion: "For gRPC the port is 4317 where the URL has none.",
            valueName: "protocol"))
    var otlpProtocol = OTLPExporter.Transport.http
    @Option(
        help: ArgumentHelp(
            "Where `hubble observe` finds flows, such as 127.0.0.1:4245: on loopback only.", valueName: "address:port"))
    var hubble: String?
    @Option(help: ArgumentHelp("Where alarms are posted as JSON; may be repeated.", valueName: "url"))
    var webhook: [String] = []
    @Option(
        help: ArgumentHelp(
            "File with the secret that posted alarms are signed with (HMAC-SHA256 in Sallyport-Signature).",
            valueName: "file"))
    var webhookSecret: String?

    func validate() throws {
        guard keepDays > 0 else { throw ValidationError("--keep-days is a number from 1") }
        guard keepSize >= 16 else { throw ValidationError("--keep-size is at least 16") }
        guard contentDays > 0 else { throw ValidationError("--content-days is a number from 1") }
        guard contentSize > 0 else { throw ValidationError("--content-size is a number from 1") }
        guard (0...1).contains(detail) else { throw ValidationError("--detail is a share from 0 to 1") }
        do {
            try exporter?.check()
        } catch {
            throw ValidationError("--otlp: \(error)")
        }
        guard (consoleCert == nil) == (consoleKey == nil) else {
            throw ValidationError("--console-cert and --console-key go together")
        }
    }

    private var exporter: OTLPExporter.Configuration? {
        otlp.map { OTLPExporter.Configuration(endpoint: $0, transport: otlpProtocol) }
    }

    /// What is to be done.
    func plan() throws -> HubPlan {
        var plan = HubPlan()
        plan.console = console == "none" ? nil : try AdminAddress(console)
        plan.certificate = consoleCert.flatMap { chain in consoleKey.map { .init(chainFile: chain, keyFile: $0) } }
        plan.names = consoleName
        plan.retention = Int64(keepDays) * 86_400
        plan.maximumBytes = Int64(keepSize) << 20
        plan.detailShare = detail
        plan.contentRetention = Int64(min(contentDays, keepDays)) * 86_400
        plan.contentBytes = Int64(contentSize) << 20
        plan.contentKey = contentKey
        plan.otlp = exporter
        plan.hubble = try hubble.map { try AdminAddress($0) }
        plan.webhooks = webhook
        plan.webhookSecret = try webhookSecret.map(Self.secret)
        return plan
    }

    /// The secret in a file, without the line's end behind it.
    private static func secret(_ path: String) throws -> [UInt8] {
        var bytes = Array(try AtomicFile.read(path).utf8)
        while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard bytes.count >= WebhookSignature.leastBytes else {
            throw Failure(
                .badInput, "the secret in \(path) is too short",
                advice: "at least \(WebhookSignature.leastBytes) bytes: openssl rand -hex 32")
        }
        return bytes
    }
}

extension OTLPExporter.Transport: ExpressibleByArgument {}

/// What a hub is to do.
struct HubPlan {
    /// Where the console is; nil: there is no hub.
    var console: AdminAddress?
    /// nil: plain text, on loopback.
    var certificate: HubConfiguration.Certificate?
    /// Names by which it is called.
    var names: [String] = []
    /// Seconds that records are kept.
    var retention: Int64 = 7 * 86_400
    /// The most bytes of history.
    var maximumBytes: Int64 = 16 << 30
    /// Share of allowed decisions that is kept one by one.
    var detailShare = 1.0
    /// Seconds that prompts and answers are kept.
    var contentRetention: Int64 = 7 * 86_400
    /// The most bytes of them.
    var contentBytes: Int64 = 1 << 30
    /// File with the key that they are encrypted with; nil: one of our own.
    var contentKey: String?
    /// Where records go as OTLP, and how.
    var otlp: OTLPExporter.Configuration?
    /// Where flows are told.
    var hubble: AdminAddress?
    /// Where alarms are posted.
    var webhooks: [String] = []
    /// What they are signed with; nil: they are not.
    var webhookSecret: [UInt8]?
}
