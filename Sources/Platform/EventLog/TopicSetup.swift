public import Events
public import Logging
import SwiftProtobuf

/// Makes the topics of the catalogue, and says where a log's topics differ from it.
///
/// Every call blocks: use it from a thread of its own.
public struct TopicSetup: Sendable {
    /// What `apply` did.
    public struct Outcome: Sendable, Equatable {
        /// The names of the topics that were made.
        public var made: [String] = []
        /// The inbox's epoch, as it now stands in `routes`.
        public var inboxEpoch: UInt64 = 0
        /// Whether the epoch was written now.
        public var isNewEpoch = false
    }

    /// The key under which `routes` keeps the inbox's epoch.
    public static let inboxEpochKey = Array("inbox-epoch".utf8)

    private let configuration: EventLogConfiguration
    private let sizing: TopicCatalogue.Sizing
    private let clock: any WallClock
    private let logger: Logger

    /// A set-up of the log at `configuration`.
    public init(
        _ configuration: EventLogConfiguration,
        sizing: TopicCatalogue.Sizing,
        clock: any WallClock,
        logger: Logger
    ) {
        self.configuration = configuration
        self.sizing = sizing
        self.clock = clock
        self.logger = logger
    }

    /// Makes what is missing; what exists is left as it is, so it may be run again at any time.
    ///
    /// A topic that is made beside older ones, as by an upgrade, gets as many partitions as they have, whatever the sizing
    /// says: one process owns the same partition of several topics.
    ///
    /// A new inbox gets a new epoch, so that positions in an older one are refused. The epoch is written before the inbox
    /// is made: a crash in between makes one epoch too many, never one too few.
    ///
    /// - Parameter progress: told of each topic when it has been made.
    /// - Returns: what was made.
    /// - Throws: `EventLogError`.
    public func apply(progress: (String) -> Void = { _ in }) throws -> Outcome {
        let admin = try LogAdmin(configuration, logger: logger)
        defer { admin.close() }
        let existing = try admin.topics()
        var outcome = Outcome()
        let catalogue = TopicCatalogue.embedded
        var fitting = sizing
        if let count = catalogue.partitionCount(.conversation, in: existing) {
            fitting.conversationPartitions = count
        }
        if let count = catalogue.partitionCount(.account, in: existing) {
            fitting.accountPartitions = count
        }
        let missing = catalogue.definitions(fitting).filter { existing[$0.name] == nil }
        func make(_ definitions: [LogAdmin.TopicDefinition]) throws {
            for definition in definitions where try !admin.create([definition]).isEmpty {
                outcome.made.append(definition.name)
                progress(
                    "made \(definition.name) with \(definition.partitions) "
                        + (definition.partitions == 1 ? "partition" : "partitions")
                )
            }
        }
        try make(missing.filter { $0.name != Topic.inbox.name })
        let inbox = missing.filter { $0.name == Topic.inbox.name }
        if inbox.isEmpty, let epoch = try inboxEpoch() {
            outcome.inboxEpoch = epoch
        } else {
            outcome.inboxEpoch = try writeInboxEpoch()
            outcome.isNewEpoch = true
            progress("gave the inbox a new epoch")
        }
        try make(inbox)
        return outcome
    }

    /// The inbox's epoch that `routes` tells; `nil` if none was ever written.
    public func inboxEpoch() throws -> UInt64? {
        var epoch: UInt64?
        try LogReader.readToEnd(
            configuration,
            start: [TopicPartition(.routes, Partition(0)): .beginning],
            logger: logger
        ) { records in
            for record in records where record.key == Self.inboxEpochKey {
                guard let value = record.value,
                    let route = try? PBRouteRecord(serializedBytes: value),
                    case .inboxEpoch(let found)? = route.record, found.epoch != 0
                else { continue }
                epoch = found.epoch
            }
        }
        return epoch
    }

    private func writeInboxEpoch() throws -> UInt64 {
        let epoch = UInt64.random(in: 1...UInt64.max)
        let record = PBRouteRecord.with {
            $0.serverTimeMs = clock.now().milliseconds
            $0.inboxEpoch.epoch = epoch
        }
        let value: [UInt8] = try record.serializedBytes()
        var options = EventProducer.Options()
        options.messageTimeout = .seconds(30)
        let producer = try EventProducer(configuration, options: options, logger: logger)
        defer { producer.close() }
        try producer.appendAndWait([
            OutgoingRecord(topic: .routes, key: Self.inboxEpochKey, value: value)
        ])
        return epoch
    }

    /// What differs from the catalogue, in words; empty if nothing does.
    public func differences() throws -> [String] {
        let admin = try LogAdmin(configuration, logger: logger)
        defer { admin.close() }
        let existing = try admin.topics()
        let catalogue = TopicCatalogue.embedded
        var wanted = sizing
        wanted.conversationPartitions =
            sizing.conversationPartitions
            ?? catalogue.partitionCount(.conversation, in: existing)
        wanted.accountPartitions =
            sizing.accountPartitions ?? catalogue.partitionCount(.account, in: existing)
        var differences: [String] = []
        for definition in catalogue.definitions(wanted) {
            guard let partitions = existing[definition.name] else {
                differences.append("\(definition.name): missing")
                continue
            }
            if partitions != definition.partitions {
                differences.append(
                    "\(definition.name): \(partitions) partitions, not \(definition.partitions)"
                )
            }
            let actual = try admin.configuration(of: definition.name)
            for (key, value) in definition.configuration.sorted(by: { $0.key < $1.key })
            where actual[key] != value {
                differences.append(
                    "\(definition.name): \(key) is \(actual[key] ?? "not set"), not \(value)"
                )
            }
        }
        if existing[Topic.routes.name] != nil, existing[Topic.inbox.name] != nil,
            try inboxEpoch() == nil
        {
            differences.append("routes: no epoch of the inbox")
        }
        return differences
    }
}
