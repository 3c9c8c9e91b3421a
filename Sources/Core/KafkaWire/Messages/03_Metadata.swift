// Metadata, versions 0 to 9.
// Known departures: one broker, which leads everything and is the controller.

/// Asks for brokers and topics.
public struct MetadataRequest: WireRequest {
    /// The answer.
    public typealias Response = MetadataResponse

    /// The number of this kind of request.
    public static let key = APIKey.metadata
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...9
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 9

    /// A topic that is asked for.
    public struct Topic: WireElement {
        /// Its name.
        public var name: String = ""

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.tags()
        }
    }

    /// The topics; null (in version 0: empty) for all.
    public var topics: [Topic]?
    /// Whether missing topics may be made.
    public var allowsAutoCreation: Bool = true
    /// Whether authorised operations are wanted.
    public var includesClusterOperations: Bool = false
    /// Whether authorised operations are wanted.
    public var includesTopicOperations: Bool = false

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.nullableArray(&topics)
        if coder.version >= 4 { try coder.bool(&allowsAutoCreation) }
        if (8...10).contains(coder.version) { try coder.bool(&includesClusterOperations) }
        if coder.version >= 8 { try coder.bool(&includesTopicOperations) }
        try coder.tags()
    }
}

/// Brokers and topics.
public struct MetadataResponse: WireElement {
    /// A broker.
    public struct Broker: WireElement {
        /// Its number.
        public var nodeID: Int32 = 0
        /// Its address.
        public var host: String = ""
        /// Its port.
        public var port: Int32 = 0
        /// Where it stands.
        public var rack: String?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&nodeID)
            try coder.string(&host)
            try coder.integer(&port)
            if coder.version >= 1 { try coder.nullableString(&rack) }
            try coder.tags()
        }
    }

    /// A partition.
    public struct Partition: WireElement {
        /// What is wrong with it.
        public var error: ErrorCode = .none
        /// Its number.
        public var index: Int32 = 0
        /// Its leader.
        public var leaderID: Int32 = 0
        /// The leader's epoch.
        public var leaderEpoch: Int32 = 0
        /// Who has it.
        public var replicas: [Int32] = []
        /// Who has all of it.
        public var inSyncReplicas: [Int32] = []
        /// Who is away.
        public var offlineReplicas: [Int32] = []

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.error(&error)
            try coder.integer(&index)
            try coder.integer(&leaderID)
            if coder.version >= 7 { try coder.integer(&leaderEpoch) }
            try coder.array(&replicas)
            try coder.array(&inSyncReplicas)
            if coder.version >= 5 { try coder.array(&offlineReplicas) }
            try coder.tags()
        }
    }

    /// A topic.
    public struct Topic: WireElement {
        /// What is wrong with it.
        public var error: ErrorCode = .none
        /// Its name.
        public var name: String = ""
        /// Whether it is the broker's own.
        public var isInternal: Bool = false
        /// Its partitions.
        public var partitions: [Partition] = []
        /// Not told.
        public var operations: Int32 = Int32.min

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.error(&error)
            try coder.string(&name)
            if coder.version >= 1 { try coder.bool(&isInternal) }
            try coder.array(&partitions)
            if coder.version >= 8 { try coder.integer(&operations) }
            try coder.tags()
        }
    }

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// All brokers.
    public var brokers: [Broker] = []
    /// The cluster.
    public var clusterID: String?
    /// The controller.
    public var controllerID: Int32 = 0
    /// The topics.
    public var topics: [Topic] = []
    /// Not told.
    public var clusterOperations: Int32 = Int32.min

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        if coder.version >= 3 { try coder.integer(&throttleMilliseconds) }
        try coder.array(&brokers)
        if coder.version >= 2 { try coder.nullableString(&clusterID) }
        if coder.version >= 1 { try coder.integer(&controllerID) }
        try coder.array(&topics)
        if (8...10).contains(coder.version) { try coder.integer(&clusterOperations) }
        try coder.tags()
    }
}
