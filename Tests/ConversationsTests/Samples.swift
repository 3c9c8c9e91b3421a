import Conversations
import Events
import SwiftProtobuf

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

    /// True once in so many times.
    mutating func isOne(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    /// One of them, of which there must be some.
    mutating func one<Element>(of elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }
}

/// What was accepted, folded from the events in memory, as the router does on disk.
struct FoldedLog: AcceptedSubmissions, Equatable {
    private struct Name: Hashable {
        let id: SubmissionID
        let conversation: ConversationID
    }

    private(set) var keys: Set<SubmissionKey> = []
    private var messages: [Name: PostedMessage] = [:]

    init(keys: Set<SubmissionKey> = []) {
        self.keys = keys
    }

    func contains(_ key: SubmissionKey) -> Bool { keys.contains(key) }

    func message(_ id: SubmissionID, in conversation: ConversationID) -> PostedMessage? {
        messages[Name(id: id, conversation: conversation)]
    }

    mutating func apply(_ event: TimelineEvent) {
        keys.insert(event.key)
        switch event.body {
        case .messagePosted(let post):
            let content = try? MessageContent(checking: post.content)
            let name = Name(id: event.submission, conversation: event.conversation)
            messages[name] = PostedMessage(
                seq: event.seq,
                author: event.sender,
                serverTime: event.serverTime,
                form: content?.form ?? .other,
                expiresAt: post.expiresAt,
                isWithheld: event.isWithheld
            )
        case .acted(.deleteMessage(let id)):
            let name = Name(id: id, conversation: event.conversation)
            // Who has blocked the author was never told, so for him the message is still there.
            guard !event.isWithheld || messages[name]?.isWithheld == true else { return }
            messages[name]?.isDeleted = true
        default: break
        }
    }
}

enum Samples {
    static let ada = AccountID(high: 0xADA, low: 1)
    static let bob = AccountID(high: 0xB0B, low: 2)
    static let eve = AccountID(high: 0xE5E, low: 3)
    static let cleo = AccountID(high: 0xC1E0, low: 4)
    static let dan = AccountID(high: 0xDA2, low: 5)
    static let conversation = ConversationID(directBetween: ada, and: bob)
    static let device = DeviceID(high: 0x1234_5678_9ABC_7000, low: 0x8000_0000_0000_0009)
    static let noon = Timestamp(milliseconds: 1_790_000_000_000)
    static let secret = InviteSecret(high: 0x5EC2E7, low: 1)

    /// One of any number of other accounts.
    static func account(_ number: UInt64) -> AccountID { AccountID(high: 0xACC, low: number) }

    static func accounts(_ range: Range<UInt64>) -> [AccountID] { range.map(account) }

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
            request: .postMessage(MessagePost(recipient: recipient, text: Array(text.utf8)))
        )
    }

    // MARK: Contents

    static func content(_ content: PBContent.OneOf_Content) -> ArraySlice<UInt8> {
        let bytes: [UInt8]? = try? PBContent.with { $0.content = content }.serializedBytes()
        return (bytes ?? [])[...]
    }

    static func text(_ text: String) -> ArraySlice<UInt8> {
        MessageContent.encodedText(Array(text.utf8))
    }

    static func poll(_ options: Int = 3, isMultiple: Bool = false) -> ArraySlice<UInt8> {
        content(
            .poll(
                .with {
                    $0.question = "when?"
                    $0.options = (0..<options).map { "at \($0)" }
                    $0.multiple = isMultiple
                }
            )
        )
    }

    static func liveLocation(until end: Timestamp) -> ArraySlice<UInt8> {
        content(
            .liveLocation(
                .with {
                    $0.start = place()
                    $0.endsAtMs = end.milliseconds
                }
            )
        )
    }

    static func place(_ name: String = "") -> PBLocation {
        .with {
            $0.latitudeE7 = 525_000_000
            $0.longitudeE7 = -134_000_000
            $0.name = name
        }
    }

    static func location(_ name: String = "") -> ArraySlice<UInt8> {
        let bytes: [UInt8]? = try? place(name).serializedBytes()
        return (bytes ?? [])[...]
    }
}
