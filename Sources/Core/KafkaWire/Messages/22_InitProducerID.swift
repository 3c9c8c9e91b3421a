// InitProducerId, versions 0 to 4.
// Known departures: no transactions.

/// Asks for an idempotent producer's id.
public struct InitProducerIDRequest: WireRequest {
    /// The answer.
    public typealias Response = InitProducerIDResponse

    /// The number of this kind of request.
    public static let key = APIKey.initProducerID
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...4
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 2

    /// The transaction; must be null.
    public var transactionalID: String?
    /// Ignored.
    public var transactionTimeoutMilliseconds: Int32 = 0
    /// The id that the producer has.
    public var producerID: Int64 = -1
    /// The epoch that the producer has.
    public var producerEpoch: Int16 = -1

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.nullableString(&transactionalID)
        try coder.integer(&transactionTimeoutMilliseconds)
        if coder.version >= 3 { try coder.integer(&producerID) }
        if coder.version >= 3 { try coder.integer(&producerEpoch) }
        try coder.tags()
    }
}

/// An idempotent producer's id.
public struct InitProducerIDResponse: WireElement {
    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// Why not.
    public var error: ErrorCode = .none
    /// The producer's id.
    public var producerID: Int64 = -1
    /// The producer's epoch.
    public var producerEpoch: Int16 = -1

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.integer(&throttleMilliseconds)
        try coder.error(&error)
        try coder.integer(&producerID)
        try coder.integer(&producerEpoch)
        try coder.tags()
    }
}
