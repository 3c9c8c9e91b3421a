public import NIOCore
public import SegmentLog

/// How a broker is to work.
public struct BrokerConfiguration: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port; 0: any free one.
    public var port = 0
    /// The address told to clients; `nil`: the one they used.
    public var advertisedHost: String?
    /// The largest request in bytes; a connection that announces more is closed.
    public var requestBytesMax = 16 << 20
    /// How many connections are served at once; further ones are closed.
    public var connectionsMax = 4096
    /// How many requests of one connection may be unanswered before no more are read.
    public var requestsInFlightMax = 64
    /// How many records' bytes go into one Fetch answer at most.
    public var fetchBytesMax = 16 << 20
    /// How long a Fetch may wait at most.
    public var fetchWaitMax = TimeAmount.seconds(60)
    /// Whether a topic that is asked for and missing is made.
    public var createsTopics = false
    /// How many partitions a topic gets unless told.
    public var partitionsDefault = 1
    /// How long a new group waits for more members before its first generation.
    public var groupInitialDelay = TimeAmount.milliseconds(50)
    /// How long after the start members of an earlier broker are taken back: clients come back within a second and give a sign of life at
    /// least every three.
    public var groupReinstatement = TimeAmount.seconds(5)
    /// How many groups there may be.
    public var groupsMax = 10_000
    /// How many members a group may have.
    public var groupMembersMax = 1000
    /// How often retention is applied.
    public var housekeepingInterval = TimeAmount.seconds(30)
    /// How the store is to work.
    public var store = LogStore.Configuration()

    /// The defaults.
    public init() {}
}
