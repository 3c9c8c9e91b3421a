// swift-tools-version: 6.2

// The targets below stand in dependency order: a target may only depend on those above it.
// `Sources/README.md` says what each is for; `make lint` checks that imports agree.

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// MARK: Libraries from elsewhere (why each is here: docs/decisions/0001-dependencies.md)

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)
let asyncHTTPClient = Target.Dependency.product(
    name: "AsyncHTTPClient",
    package: "async-http-client"
)
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let configuration = Target.Dependency.product(
    name: "Configuration",
    package: "swift-configuration"
)
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(
    name: "HummingbirdCore",
    package: "hummingbird"
)
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle"
)
let unixSignals = Target.Dependency.product(
    name: "UnixSignals",
    package: "swift-service-lifecycle"
)
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioFoundation = Target.Dependency.product(
    name: "NIOFoundationCompat",
    package: "swift-nio"
)
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// A library target at `Sources/<path>`.
func library(
    _ path: String,
    _ dependencies: [Target.Dependency],
    defines: [String] = []
) -> Target {
    .target(
        name: path.split(separator: "/").last.map(String.init) ?? path,
        dependencies: dependencies,
        path: "Sources/\(path)",
        exclude: ["README.md"],
        swiftSettings: settings + defines.map { .define($0) }
    )
}

/// A command whose `main.swift` only starts what its library offers.
func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies + [argumentParser],
        path: "Sources/Executables/\(name)",
        swiftSettings: settings
    )
}

/// A test target at `Tests/<name>`.
func test(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies,
        path: "Tests/\(name)",
        exclude: exclude,
        swiftSettings: settings
    )
}

// MARK: Our own

let core: [Target] = [
    library("Core/Events", [protobuf, crypto]),
    library("Core/Conversations", ["Events"]),
    library("Core/Accounts", ["Conversations", "Events", protobuf]),
    library("Core/KafkaWire", [nioCore]),
    library("Core/Flow", ["Events", collections]),
]

let platform: [Target] = [
    .systemLibrary(
        name: "CRdKafka",
        path: "Sources/C/CRdKafka",
        pkgConfig: "rdkafka",
        providers: [.apt(["librdkafka-dev"])]
    ),
    .systemLibrary(
        name: "CPostgres",
        path: "Sources/C/CPostgres",
        pkgConfig: "libpq",
        providers: [.apt(["libpq-dev"])]
    ),
    .systemLibrary(
        name: "CZip",
        path: "Sources/C/CZip",
        pkgConfig: "libzip",
        providers: [.apt(["libzip-dev"])]
    ),
    .systemLibrary(
        name: "CHiredis",
        path: "Sources/C/CHiredis",
        pkgConfig: "hiredis",
        providers: [.apt(["libhiredis-dev"])]
    ),
    .systemLibrary(
        name: "CSQLiteSettings",
        path: "Sources/C/CSQLiteSettings",
        pkgConfig: "sqlite3",
        providers: [.apt(["libsqlite3-dev"])]
    ),
    library(
        "Platform/ServiceKit",
        [
            "CSQLiteSettings", "Events", argumentParser, configuration, coreMetrics, lifecycle,
            logging, metrics,
            nioCore, nioPosix, systemPackage, unixSignals, yams,
        ]
    ),
    library("Platform/EventLog", ["CRdKafka", "Events", logging, metrics, protobuf, yams]),
    library("Platform/SegmentLog", ["KafkaWire", logging, metrics, nioCore]),
    library(
        "Platform/Projections",
        [
            "EventLog", "Events", "ServiceKit", collections, grdb, lifecycle, logging, metrics,
            protobuf, sqlite,
        ]
    ),
    library("Platform/Postgres", ["CPostgres"]),
    library("Platform/Cache", ["CHiredis", "Flow", logging, metrics]),
    library(
        "Platform/Blobs",
        [
            "Events", asyncHTTPClient, crypto, logging, metrics, nioCore, nioHTTP1, nioPosix,
        ]
    ),
    library(
        "Platform/Stores",
        [
            "Accounts", "Conversations", "Events", "Postgres", "ServiceKit", configuration, crypto,
            grdb, logging, protobuf, sqlite,
        ]
    ),
    library(
        "Platform/Archives",
        [
            "Blobs", "CZip", "Conversations", "Events", "ServiceKit", "Stores", configuration,
            coreMetrics, crypto, logging, metrics,
        ]
    ),
    library(
        "Platform/Web",
        [
            "Events", "ServiceKit", coreMetrics, crypto, httpTypes, hummingbird, hummingbirdCore,
            jwt,
            lifecycle, logging, metrics, nioCore, nioPosix,
        ]
    ),
    library(
        "Platform/Ingest",
        [
            "Accounts",
            "Conversations", "EventLog", "Events", "ServiceKit", "Web", coreMetrics, crypto,
            lifecycle, logging, metrics, protobuf,
        ],
        defines: Context.environment["MARTLET_CANARY"] == "1" ? ["MARTLET_CANARY_EARLY_ACK"] : []
    ),
]

let services: [Target] = [
    library(
        "Services/Broker",
        [
            "Events", "KafkaWire", "SegmentLog", "ServiceKit", "Web", argumentParser, configuration,
            lifecycle, logging, metrics, nioCore, nioPosix,
        ]
    ),
    library(
        "Services/Gateway",
        [
            "Accounts",
            "Conversations", "EventLog", "Events", "Ingest", "ServiceKit", "Web", argumentParser,
            configuration, coreMetrics, crypto, httpTypes, hummingbird, lifecycle, logging, metrics,
            nioCore, protobuf,
        ]
    ),
    library(
        "Services/Router",
        [
            "Accounts",
            "Conversations", "EventLog", "Events", "Projections", "ServiceKit", "Web",
            argumentParser, grdb, lifecycle, logging, metrics,
        ]
    ),
    library(
        "Services/Delivery",
        [
            "Accounts",
            "Conversations", "EventLog", "Events", "Flow", "Ingest", "Projections", "ServiceKit",
            "Web",
            argumentParser, collections, configuration, coreMetrics, grdb, lifecycle, logging,
            metrics, nioCore, nioHTTP1, nioPosix, nioWebSocket, protobuf,
        ]
    ),
    library(
        "Services/Receipts",
        [
            "Conversations", "EventLog", "Events", "Projections", "ServiceKit", "Web",
            argumentParser, grdb, lifecycle, logging, metrics,
        ]
    ),
    library(
        "Services/Persistence",
        [
            "Accounts", "Archives", "Blobs", "Conversations", "EventLog", "Events", "Projections",
            "ServiceKit", "Stores", "Web", argumentParser, coreMetrics, grdb, lifecycle, logging,
            metrics, protobuf,
        ]
    ),
    library(
        "Services/Push",
        [
            "Accounts",
            "Conversations", "EventLog", "Events", "Projections", "ServiceKit", "Web",
            argumentParser, grdb, lifecycle, logging, metrics,
        ]
    ),
    library(
        "Services/History",
        [
            "Accounts", "Archives", "Blobs", "Cache", "Conversations", "Events", "ServiceKit",
            "Stores", "Web", argumentParser, configuration, crypto, httpTypes, hummingbird,
            lifecycle, logging, metrics, nioCore,
        ]
    ),
]

let tools: [Target] = [
    library(
        "Tools/MartletClient",
        [
            "Events", asyncHTTPClient, collections, crypto, logging, nioCore, nioHTTP1, nioPosix,
            nioFoundation,
        ]
    ),
    library(
        "Tools/LogTail",
        ["EventLog", "Events", "ServiceKit", argumentParser, logging, protobuf]
    ),
    library(
        "Tools/ChatClient",
        [
            "Events", "MartletClient", "ServiceKit", argumentParser, crypto, logging, nioCore,
            nioPosix,
        ]
    ),
    library(
        "Tools/Bench",
        [
            "Accounts", "Conversations", "EventLog", "Events", "LogTail", "MartletClient",
            "Persistence", "ServiceKit", "Stores", "Web", argumentParser, collections, histogram,
            logging, nioCore, nioPosix,
        ]
    ),
    library(
        "Tools/Operator",
        [
            "Accounts", "Archives", "Blobs", "Cache", "Conversations", "EventLog", "Events",
            "KafkaWire", "LogTail", "Persistence", "Projections", "ServiceKit", "Stores", "Web",
            argumentParser,
            asyncHTTPClient, collections, configuration, crypto, lifecycle, logging, metrics,
            nioCore, nioHTTP1, nioPosix, sqlite, unixSignals, yams,
        ]
    ),
]

/// An installation in one object, for the tests of clients.
let clientTestSupport = Target.target(
    name: "ClientTestSupport",
    dependencies: ["Events", nioCore, nioFoundation, nioHTTP1, nioPosix, nioWebSocket],
    path: "Tests/ClientTestSupport",
    swiftSettings: settings
)

/// Servers of other makers that tests start for themselves: PostgreSQL, Redis, S3.
let serverSupport = Target.target(
    name: "ServerSupport",
    dependencies: ["ServiceKit", systemPackage],
    path: "Tests/ServerSupport",
    swiftSettings: settings
)

let testKit = library(
    "TestKit",
    [
        "EventLog", "Events", "MartletClient", "ServiceKit", asyncHTTPClient, logging, nioCore,
        nioHTTP1, nioPosix,
    ]
)

let executables: [Target] = [
    executable("martlet", ["Bench", "ChatClient", "Operator"]),
    executable("martlet-broker", ["Broker", argumentParser]),
    executable("martlet-gateway", ["Gateway", argumentParser]),
    executable("martlet-router", ["Router", argumentParser]),
    executable("martlet-delivery", ["Delivery", argumentParser]),
    executable("martlet-receipts", ["Receipts", argumentParser]),
    executable("martlet-persistence", ["Persistence", argumentParser]),
    executable("martlet-push", ["Push", argumentParser]),
    executable("martlet-history", ["History", argumentParser]),
    executable("log-tail", ["LogTail", argumentParser]),
]

let tests: [Target] = [
    test("EventsTests", ["Events", crypto, protobuf]),
    test("ConversationsTests", ["Conversations", "Events", protobuf]),
    test("AccountsTests", ["Accounts", "Conversations", "Events", protobuf]),
    test("KafkaWireTests", ["KafkaWire", nioCore]),
    test("FlowTests", ["Events", "Flow"]),
    test(
        "ServiceKitTests",
        ["Events", "ServiceKit", argumentParser, configuration, logging, metrics, nioCore]
    ),
    test("EventLogTests", ["CRdKafka", "EventLog", "Events", crypto, logging]),
    test("SegmentLogTests", ["KafkaWire", "SegmentLog", logging, nioCore]),
    test("ProjectionsTests", ["EventLog", "Events", "Projections", grdb, logging, protobuf]),
    test("PostgresTests", ["Postgres", "ServerSupport"]),
    test("CacheTests", ["Cache", "ServerSupport", coreMetrics, logging]),
    test(
        "BlobsTests",
        [
            "Blobs", "Events", "ServerSupport", logging, nioCore, nioHTTP1, nioPosix,
        ]
    ),
    test(
        "ArchivesTests",
        [
            "Archives", "Blobs", "Conversations", "Events", "ServerSupport", "ServiceKit", "Stores",
            configuration, crypto, logging,
        ]
    ),
    test(
        "StoresTests",
        [
            "Accounts", "Conversations", "Events", "Postgres", "ServerSupport", "Stores", grdb,
            protobuf, sqlite,
        ]
    ),
    test(
        "WebTests",
        [
            "Accounts",
            "Conversations", "EventLog", "Events", "Gateway", "Ingest", "ServiceKit", "TestKit",
            "Web", asyncHTTPClient, configuration, coreMetrics, crypto, httpTypes, hummingbird,
            lifecycle, logging, nioCore, nioHTTP1, protobuf, yams,
        ]
    ),
    test(
        "HistoryTests",
        [
            "Accounts", "Archives", "Blobs", "Cache", "Conversations", "Events", "History",
            "ServerSupport", "ServiceKit", "Stores", "TestKit", "Web", asyncHTTPClient,
            configuration, lifecycle, logging, nioCore, nioHTTP1, protobuf,
        ]
    ),
    test("BrokerTests", ["Broker", "KafkaWire", "SegmentLog", logging, nioCore]),
    test(
        "RouterTests",
        [
            "Accounts",
            "Conversations", "EventLog", "Events", "Projections", "Router", grdb, logging,
            protobuf,
        ]
    ),
    test(
        "DeliveryTests",
        [
            "Accounts",
            "Conversations", "Delivery", "EventLog", "Events", "Flow", "Ingest", "Projections",
            "ServiceKit", "Web", grdb, lifecycle, logging, nioCore, nioEmbedded, nioPosix, protobuf,
        ]
    ),
    test(
        "ReceiptsTests",
        [
            "Conversations", "EventLog", "Events", "Projections", "Receipts", grdb, logging,
            protobuf,
        ]
    ),
    test(
        "PersistenceTests",
        [
            "Accounts",
            "Conversations", "EventLog", "Events", "Persistence", "Projections", "Stores", grdb,
            logging, protobuf,
        ]
    ),
    test(
        "PushTests",
        ["Accounts", "EventLog", "Events", "Projections", "Push", grdb, logging, protobuf]
    ),
    test("LogTailTests", ["EventLog", "Events", "LogTail", protobuf]),
    test(
        "BenchTests",
        [
            "Accounts", "Bench", "ClientTestSupport", "Conversations", "EventLog", "Events",
            "MartletClient", "ServiceKit", "Stores", "TestKit", histogram, nioCore, nioPosix,
            protobuf,
        ]
    ),
    test(
        "ChatClientTests",
        [
            "ChatClient", "ClientTestSupport", "Events", "MartletClient", argumentParser, nioCore,
            nioPosix,
        ]
    ),
    test(
        "OperatorTests",
        [
            "Accounts", "Conversations", "EventLog", "Events", "KafkaWire", "LogTail", "Operator",
            "Persistence", "ServiceKit", "Stores", argumentParser, logging, nioCore, protobuf,
            sqlite,
        ]
    ),
    test(
        "IntegrationTests",
        [
            "Accounts", "Conversations", "Delivery", "EventLog", "Events", "Gateway", "History",
            "MartletClient", "Postgres", "ServerSupport", "ServiceKit", "Stores", "TestKit", "Web",
            asyncHTTPClient, grdb, httpTypes, logging, nioCore, nioHTTP1, nioPosix, protobuf, yams,
        ]
    ),
    test(
        "FaultTests",
        [
            "Blobs", "Conversations", "EventLog", "Events", "MartletClient", "Postgres",
            "ServerSupport", "ServiceKit", "Stores", "TestKit", crypto, grdb, logging, protobuf,
        ]
    ),
    test("CompatTests", ["KafkaWire", "ServiceKit", "TestKit", nioCore], exclude: ["Clients"]),
    test("TidyTests", []),
]

/// All targets, or with `MARTLET_ONLY=BrokerTests,martlet-broker` only those and what they need.
func selected(_ targets: [Target]) -> [Target] {
    guard let only = Context.environment["MARTLET_ONLY"], !only.isEmpty else { return targets }
    let byName = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0) })
    var wanted: Set<String> = []
    var queue = only.split(separator: ",").map(String.init)
    while let name = queue.popLast() {
        guard let target = byName[name], wanted.insert(name).inserted else { continue }
        for dependency in target.dependencies {
            if case .byNameItem(let name, _) = dependency { queue.append(name) }
        }
    }
    return targets.filter { wanted.contains($0.name) }
}

let targets = selected(
    core + platform + services + tools + [testKit, clientTestSupport, serverSupport] + executables
        + tests
)

let package = Package(
    name: "martlet",
    platforms: [.macOS(.v15)],
    products: targets.filter { $0.type == .executable }.map {
        .executable(name: $0.name, targets: [$0.name])
    },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration",
            from: "1.4.0",
            traits: ["JSON", "YAML", "CommandLineArguments"]
        ),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
    ],
    targets: targets,
    swiftLanguageModes: [.v6]
)
