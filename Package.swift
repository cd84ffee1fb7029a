// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

/// A target of ours: `Sources/NAME`, with the settings that all share.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

/// The tests of one target, or of several together.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOTLS", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "NIOHTTP2", package: "swift-nio-http2"),
    .product(name: "NIOHPACK", package: "swift-nio-http2"),
]

// RSA is in the second product.
let crypto: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "CryptoExtras", package: "swift-crypto"),
]

// Servers of the hub: pages and questions over HTTP, records and flows over gRPC.
let hub: [Target.Dependency] = [
    .product(name: "AsyncHTTPClient", package: "async-http-client"),
    .product(name: "GRPCCore", package: "grpc-swift-2"),
    .product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport"),
    .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"),
    .product(name: "Logging", package: "swift-log"),
    .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOEmbedded", package: "swift-nio"),
    .product(name: "NIOFoundationCompat", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    .product(name: "X509", package: "swift-certificates"),
]

let package = Package(
    name: "sallyport",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "sallyport", targets: ["sallyport"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    // Read from top to bottom: a target imports only targets above it (Tests/ArchitectureTests keeps it so).
    targets: [
        // Pure: no NIO, no sockets, no clock, no randomness.
        room("Addresses"),
        room("Kubernetes", ["Addresses", .product(name: "Yams", package: "Yams")]),
        room("Policy", ["Addresses", "Kubernetes"]),
        room("Reachability", ["Addresses", "Kubernetes", "Policy"]),
        room("Routing", ["Addresses", "Kubernetes"]),
        room("ModelTraffic", ["Addresses", "Kubernetes"]),
        room("Access", ["Addresses", "Kubernetes", "ModelTraffic"] + crypto),
        // Bytes of a line as bits: what the processor's vectors can do and Swift's do not say.
        .target(name: "CText"),
        room("Records", ["Addresses", "CText"]),
        room(
            "Hindsight", ["Addresses", "Kubernetes", "Policy", "Reachability", "ModelTraffic", "Access", "Records"]),
        room("PacketFilter", ["Addresses", "Kubernetes", "Policy", "Reachability"]),
        // Messages of others' protocols, as values.
        room(
            "Telemetry", ["Addresses", "Records", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Protos"]),
        // Shells.
        room(
            "ClusterSource",
            [
                "Kubernetes",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        room("RecordFiles", [.product(name: "Logging", package: "swift-log")]),
        room(
            "Ledger",
            [
                "Access",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        room(
            "Gateway",
            ["Addresses", "Kubernetes", "Routing", "ModelTraffic", "Access", "Records", "RecordFiles", "Ledger"] + nio
                + [
                    .product(name: "AsyncHTTPClient", package: "async-http-client"),
                    .product(name: "Crypto", package: "swift-crypto"),
                    .product(name: "X509", package: "swift-certificates"),
                    .product(name: "Logging", package: "swift-log"),
                ]),
        // libmnl and libnftnl.
        .systemLibrary(name: "CNetfilter"),
        room(
            "Netfilter",
            ["Addresses", "PacketFilter", .target(name: "CNetfilter", condition: .when(platforms: [.linux]))]),
        room(
            "Agent",
            [
                "Addresses", "Kubernetes", "Policy", "Records", "PacketFilter", "RecordFiles", "Netfilter",
                "ClusterSource",
                .product(name: "Logging", package: "swift-log"),
            ]),
        // Calls of Linux that the C library does not show to everybody.
        .systemLibrary(name: "CNamespaces"),
        room(
            "Lab",
            [
                "Addresses", "Kubernetes", "Policy", .product(name: "Logging", package: "swift-log"),
                .target(name: "CNamespaces", condition: .when(platforms: [.linux])),
            ]),
        .systemLibrary(name: "CZstd"),
        room(
            "History",
            [
                "Records", "RecordFiles", "CZstd",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        // The console's files, inside the binary.
        .target(name: "CConsole", exclude: ["assets"]),
        // The manifests of install/manifests, inside the binary.
        .target(name: "CInstallation"),
        room(
            "Serving",
            [
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        room(
            "Hub",
            [
                "Serving", "Addresses", "Kubernetes", "Access", "Records", "RecordFiles", "Telemetry", "History",
                "CConsole",
            ] + crypto + hub),
        room(
            "Controller",
            [
                "Serving", "Addresses", "Kubernetes", "Policy", "Reachability", "Routing", "ModelTraffic",
                "ClusterSource",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"),
            ]),
        .executableTarget(
            name: "sallyport",
            dependencies: [
                "Addresses", "Kubernetes", "Policy", "Reachability", "Routing", "ModelTraffic", "Access", "Records",
                "PacketFilter", "ClusterSource", "Ledger", "Gateway", "RecordFiles", "Netfilter", "Agent", "Lab",
                "History",
                "Hindsight", "Telemetry", "Hub", "Controller", "CInstallation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        // Measures `Policy` and `Reachability` for Benchmarks/policy/run; in no release.
        .executableTarget(
            name: "policy-bench", dependencies: ["Addresses", "Kubernetes", "Policy", "Reachability"],
            path: "Benchmarks/policy/measure", swiftSettings: settings),
        // Measures `Netfilter` and `Agent` for Benchmarks/filter/run; in no release.
        .executableTarget(
            name: "filter-bench",
            dependencies: [
                "Addresses", "Kubernetes", "Policy", "PacketFilter", "Netfilter", "Agent", "RecordFiles",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/filter/measure", swiftSettings: settings),
        // Measures what a record costs the hub for Benchmarks/hub/run; in no release.
        .executableTarget(
            name: "hub-bench", dependencies: ["Records"], path: "Benchmarks/hub/measure", swiftSettings: settings),
        // Measures `History`: records to disk, questions about many sums, streams; in no release.
        .executableTarget(
            name: "history-bench",
            dependencies: ["History", "Records", .product(name: "Logging", package: "swift-log")],
            path: "Benchmarks/hub/history", swiftSettings: settings),

        tests("AddressesTests", ["Addresses"]),
        tests("KubernetesTests", ["Kubernetes", "Addresses"]),
        // A second evaluator of policies, and random clusters; it must not know the first.
        .target(
            name: "PolicyWorlds", dependencies: ["Kubernetes", "Addresses"], path: "Tests/Support/PolicyWorlds",
            swiftSettings: settings),
        // What a piece of work takes; for tests that hold numbers.
        .target(name: "Measures", path: "Tests/Support/Measures", swiftSettings: settings),
        tests("PolicyTests", ["Policy", "Kubernetes", "Addresses", "PolicyWorlds"]),
        tests("ReachabilityTests", ["Reachability", "Policy", "Kubernetes", "Addresses", "PolicyWorlds", "Measures"]),
        tests("RoutingTests", ["Routing", "Kubernetes", "Addresses"]),
        tests("ModelTrafficTests", ["ModelTraffic", "Kubernetes", "Addresses"]),
        tests("AccessTests", ["Access", "ModelTraffic", "Kubernetes", "Addresses"] + crypto),
        tests("RecordsTests", ["Records", "Addresses", "CText"]),
        tests(
            "HindsightTests",
            [
                "Hindsight", "Addresses", "Kubernetes", "Policy", "Reachability", "ModelTraffic", "Access", "Records",
                "PolicyWorlds",
            ]),
        tests(
            "TelemetryTests",
            ["Telemetry", "Records", "Addresses", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        tests(
            "HistoryTests",
            [
                "History", "Records", "RecordFiles", "Addresses", "CZstd",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        // A made-up cluster, and a console that shows it.
        .target(
            name: "HubWorlds", dependencies: ["Hub", "Records", "Access", "Kubernetes"],
            path: "Tests/Support/HubWorlds",
            swiftSettings: settings),
        // The console of that cluster, for a browser's tests; in no release.
        .executableTarget(
            name: "console-demo",
            dependencies: [
                "Hub", "HubWorlds", "Access", "Kubernetes", "Records", .product(name: "Logging", package: "swift-log"),
            ], path: "Tests/Support/ConsoleDemo", swiftSettings: settings),
        // What the hub tells clients that are not ours, of records in a file; in no release.
        .executableTarget(
            name: "hub-probe",
            dependencies: ["Hub", "Telemetry", "Records", .product(name: "Logging", package: "swift-log")],
            path: "Tests/Support/HubProbe", swiftSettings: settings),
        tests(
            "HubTests",
            ["Hub", "HubWorlds", "History", "Telemetry", "Access", "Kubernetes", "Records", "RecordFiles", "Addresses"]
                + crypto + hub),
        tests(
            "PacketFilterTests", ["PacketFilter", "Reachability", "Policy", "Kubernetes", "Addresses", "PolicyWorlds"],
            exclude: ["Golden"]),
        // Network namespaces and programs in them, for tests against a real kernel; empty where there is no Linux.
        .systemLibrary(name: "CKernelWorlds", path: "Tests/Support/CKernelWorlds"),
        .target(
            name: "KernelWorlds", dependencies: [.target(name: "CKernelWorlds", condition: .when(platforms: [.linux]))],
            path: "Tests/Support/KernelWorlds", swiftSettings: settings),
        tests(
            "NetfilterTests",
            [
                "Netfilter", "PacketFilter", "Policy", "Kubernetes", "Addresses", "KernelWorlds", "PolicyWorlds",
                .target(name: "CNetfilter", condition: .when(platforms: [.linux])),
            ]),
        tests(
            "AgentTests",
            [
                "Agent", "Netfilter", "PacketFilter", "RecordFiles", "Records", "Policy", "Kubernetes", "Addresses",
                "KernelWorlds", "PolicyWorlds", "Measures", "Lab", .product(name: "Logging", package: "swift-log"),
            ]),
        tests("LabTests", ["Lab", "Policy", "Kubernetes", "Addresses", "PolicyWorlds"]),
        tests(
            "ClusterSourceTests",
            [
                "ClusterSource", "Kubernetes", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
            ] + nio),
        tests("RecordFilesTests", ["RecordFiles", .product(name: "Logging", package: "swift-log")]),
        tests(
            "GatewayTests",
            [
                "Gateway", "Routing", "ModelTraffic", "Access", "Records", "RecordFiles", "Ledger", "Kubernetes",
                "Addresses",
            ] + nio + [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests(
            "LedgerTests",
            [
                "Ledger", "Access", "Kubernetes",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests(
            "CommandTests",
            [
                "sallyport", "Lab", "History", "Reachability", "Policy", "ModelTraffic", "Kubernetes", "Addresses",
                "Records", "ClusterSource", "Gateway", "Telemetry", .product(name: "Logging", package: "swift-log"),
            ]),
        tests(
            "ControllerTests",
            [
                "Controller", "ClusterSource", "Kubernetes", "Routing", "Reachability", "Policy", "ModelTraffic",
                "Addresses",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        tests(
            "ServingTests",
            [
                "Serving", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests("ArchitectureTests", []),
    ]
)
