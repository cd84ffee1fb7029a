/// Who may import whom: the one table that says so, in the order of `Package.swift`.
///
/// A target imports only targets above it. Modules that are not ours are allowed one by one, so that a new one is
/// a decision that somebody sees.
struct Room {
    /// Name of the target.
    let name: String
    /// Modules from outside that it may import.
    let outside: Set<String>
    /// Pure targets decide; they take clocks, randomness and bytes as values.
    let isPure: Bool

    static func pure(_ name: String, _ outside: Set<String> = []) -> Room {
        Room(name: name, outside: outside, isPure: true)
    }

    static func shell(_ name: String, _ outside: Set<String>) -> Room {
        Room(name: name, outside: outside, isPure: false)
    }
}

enum House {
    /// The targets, top to bottom.
    static let rooms: [Room] = [
        .pure("Addresses"),
        .pure("Kubernetes", ["Yams"]),
        .pure("Policy"),
        .pure("Reachability"),
        .pure("Routing"),
        .pure("ModelTraffic"),
        // Limits are counted by all event loops together; what counts them is a lock around a value.
        .pure("Access", ["Crypto", "CryptoExtras", "Synchronization"]),
        // Functions of bytes in memory, written in C for the processor's vectors.
        .pure("Records", ["CText"]),
        .pure("Hindsight"),
        .pure("PacketFilter"),
        // Code that protoc makes speaks in Foundation's Data and Date; no file, clock or socket is touched.
        .pure("Telemetry", ["Foundation", "FoundationEssentials", "SwiftProtobuf"]),
        // The API server's client; nothing of it is on the data path.
        .shell(
            "ClusterSource",
            system.union([
                "AsyncHTTPClient", "Foundation", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL",
                "Synchronization",
            ])),
        .shell("RecordFiles", system.union(["Logging", "Synchronization"])),
        // GRDB speaks in Foundation's Data, and nothing of the ledger is on the data path.
        .shell(
            "Ledger",
            system.union(["Foundation", "GRDB", "Logging", "NIOCore", "NIOPosix", "NIOSSL", "Synchronization"])),
        .shell(
            "Gateway",
            system.union(nio).union(["AsyncHTTPClient", "Crypto", "X509", "SwiftASN1", "Logging", "Synchronization"])),
        .shell("Netfilter", system.union(["CNetfilter", "Synchronization"])),
        .shell("Agent", system.union(["Foundation", "Logging", "Synchronization"])),
        // Programs are started by Foundation's Process.
        .shell("Lab", system.union(["CNamespaces", "Foundation", "Logging", "Synchronization"])),
        // GRDB speaks in Foundation's Data; nothing that decides waits for history.
        .shell("History", system.union(["CZstd", "Crypto", "Foundation", "GRDB", "Logging", "Synchronization"])),
        // Servers of our own parts, which are a library's.
        .shell("Serving", ["Hummingbird", "Logging", "ServiceLifecycle", "Synchronization"]),
        // Its servers are libraries': nothing of the hub is on the data path.
        .shell(
            "Hub",
            system.union(nio).union([
                "AsyncHTTPClient", "CConsole", "Crypto", "Foundation", "GRPCCore", "GRPCNIOTransportHTTP2",
                "GRPCProtobuf", "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging",
                "NIOCertificateReloading", "NIOFoundationCompat", "NIOEmbedded", "NIOHTTPCompression", "SwiftProtobuf",
                "Synchronization",
                "X509",
            ])),
        // Nothing of it is on the data path; what decides in it is given time and chance all the same.
        .shell(
            "Controller",
            system.union([
                "Crypto", "Foundation", "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging",
                "NIOCore", "NIOSSL", "SwiftASN1", "Synchronization", "X509",
            ])),
        .shell(
            "sallyport", system.union(["ArgumentParser", "CInstallation", "Foundation", "Logging", "Synchronization"])),
    ]

    /// The C library under its names.
    static let system: Set<String> = ["Glibc", "Musl", "Darwin", "Dispatch"]

    static let nio: Set<String> = [
        "NIOCore", "NIOPosix", "NIOTLS", "NIOSSL", "NIOHTTP2", "NIOHPACK", "NIOHTTP1", "NIOConcurrencyHelpers",
    ]

    /// Why a module is banned from a room, for the message of a failing test.
    static func reasonAgainst(_ module: String, in room: Room) -> String {
        if let place = rooms.firstIndex(where: { $0.name == module }),
            let own = rooms.firstIndex(where: { $0.name == room.name })
        {
            return place == own
                ? "a target does not import itself"
                : "targets are read from top to bottom: \(module) stands below \(room.name) in Package.swift, and what "
                    + "is above must be understood and tested without it"
        }
        if room.isPure, let why = purity[module] { return why }
        if let why = shells[module] { return why }
        return "nobody has decided that \(room.name) needs \(module): if it does, add it to House.rooms and say why "
            + "in the commit"
    }

    /// Against modules in rooms that decide.
    private static let purity: [String: String] = {
        let io = "a target that decides does no input or output; it is given values and gives values back, so that "
        var reasons = [
            "Foundation": "Foundation brings clocks, files and locales, and copies that the data path pays for",
            "FoundationEssentials": "Foundation brings clocks and files, and copies that the data path pays for",
            "Logging": "a decision returns its reason as a value; whoever asked for it writes the log",
            "Synchronization": "values need no locks; state that is shared belongs to the shell that shares it",
            "Glibc": io + "it can be tested without a system",
            "Dispatch": io + "it can be tested without threads",
        ]
        for module in nio { reasons[module] = io + "it can be tested without a channel" }
        return reasons
    }()

    /// Against modules in rooms that act.
    private static let shells: [String: String] = [
        "Foundation": "Foundation copies what the data path should only pass on; NIO and the C library do",
        "FoundationNetworking": "it drags libcurl into a binary that has its own HTTP",
        "ArgumentParser": "options are the command line's business; below it there are typed configurations",
        "Yams": "objects are decoded in one place, Kubernetes, with positions and limits",
        "NIOHTTP1": "its parser forgives what a gateway must refuse; Gateway has a strict one of its own",
    ]
}
