import Events

/// What a load of direct messages is: a value that a run only reads.
struct DirectPlan: Sendable, Equatable {
    /// How messages are started.
    enum Pace: Sendable, Equatable {
        /// So many a second, whatever becomes of those before: the load of people who do not wait for each other.
        case open(perSecond: Double)
        /// So many on their way at any time: finds the highest rate.
        case closed(outstanding: Int)
    }

    /// The gateway's address.
    var server: String
    /// How messages are started.
    var pace: Pace
    /// Accounts, two of which always write to each other.
    var accounts: Int
    /// Bytes of text of a message.
    var textBytes: Int
    /// How long is measured.
    var seconds: Double
    /// How long the load runs before that.
    var warmup: Double
    /// Which share of the messages goes by HTTP, the others by WebSocket.
    var httpShare: Double
    /// Event loops of the load generator.
    var loops: Int
    /// How long to wait, without any progress, for what is missing at the end.
    var drainSeconds: Double
    /// Connections for HTTP, of each loop.
    var httpConnections = 64

    /// The accounts that a worker plays; both of a pair are always played by the same one.
    func accounts(ofWorker worker: Int) -> [Int] {
        (0..<accounts).filter { $0 / 2 % loops == worker }
    }

    /// When, in nanoseconds after the start, a worker's message with this number is due.
    func dueNanoseconds(_ number: Int, perSecond: Double) -> UInt64 {
        UInt64(Double(number) * 1e9 / perSecond)
    }

    /// Whether a message goes by HTTP: spread evenly, the same in every run.
    func goesByHTTP(_ number: Int) -> Bool {
        Int(Double(number + 1) * httpShare) > Int(Double(number) * httpShare)
    }
}

/// Which message of a run an identifier belongs to.
///
/// The number stands in the identifier's random part, so that an answer finds its message without a table.
struct MessageNumbering: Sendable, Equatable {
    private static let numberBits: UInt64 = 40
    private static let nonceMask: UInt64 = (1 << 22) - 1
    private static let variant: UInt64 = 0b10 << 62

    private let nonce: UInt64

    /// The numbering of one worker of one run; the nonce tells it from others.
    init(nonce: UInt64) {
        self.nonce = nonce & Self.nonceMask
    }

    /// A UUIDv7 that carries the number.
    func id(of number: Int, at time: Timestamp) -> SubmissionID {
        let high = UInt64(bitPattern: time.milliseconds) << 16 | 0x7000
        let low = Self.variant | nonce << Self.numberBits | UInt64(number)
        return SubmissionID(high: high, low: low)
    }

    /// The number in an identifier; `nil`: not one of this worker's.
    func number(of id: SubmissionID) -> Int? {
        guard id.low >> Self.numberBits == (Self.variant >> Self.numberBits) | nonce else {
            return nil
        }
        return Int(id.low & ((1 << Self.numberBits) - 1))
    }
}
