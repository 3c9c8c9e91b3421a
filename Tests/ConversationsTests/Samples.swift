import Conversations
import Events

/// Randomness that a seed decides (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

/// The ids that were accepted, in memory.
struct AcceptedSet: AcceptedSubmissions {
    var keys: Set<SubmissionKey> = []

    func contains(_ key: SubmissionKey) -> Bool { keys.contains(key) }
}

enum Samples {
    static let ada = AccountID(high: 0xADA, low: 1)
    static let bob = AccountID(high: 0xB0B, low: 2)
    static let eve = AccountID(high: 0xE5E, low: 3)
    static let conversation = ConversationID(directBetween: ada, and: bob)
    static let device = DeviceID(high: 0x1234_5678_9ABC_7000, low: 0x8000_0000_0000_0009)
    static let noon = Timestamp(milliseconds: 1_790_000_000_000)

    /// A UUIDv7 of this time; `tail` tells ids of one moment apart.
    static func id(at time: Timestamp, _ tail: UInt64) -> SubmissionID {
        SubmissionID(
            high: UInt64(time.milliseconds) << 16 | 0x7000,
            low: 0x8000_0000_0000_0000 | tail
        )
    }

    static func origin(_ offset: Int64) -> Origin {
        Origin(topicNumber: 1, partition: Partition(3), offset: Offset(offset))
    }

    static func post(
        _ tail: UInt64,
        from sender: AccountID = ada,
        to recipient: AccountID? = bob,
        _ text: String = "hello",
        at time: Timestamp = noon,
        idTime: Timestamp? = nil
    ) -> Submission {
        Submission(
            id: id(at: idTime ?? time, tail),
            conversation: conversation,
            kind: .direct,
            sender: sender,
            device: device,
            serverTime: time,
            request: .postMessage(recipient: recipient, text: Array(text.utf8)[...])
        )
    }
}
