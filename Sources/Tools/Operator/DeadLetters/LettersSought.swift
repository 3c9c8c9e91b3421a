import Accounts
import Crypto
import EventLog
import Events

/// The records of letters, to be found again in what came after them.
struct LettersSought: Sendable {
    /// What is known of a record.
    struct Sought: Sendable {
        let place: RecordPosition
        let digest: SHA256.Digest
        /// What it sets, if it sets something that a later record may set otherwise.
        let slot: AccountSlot?
    }

    /// Where to begin to search a partition.
    struct Search: Sendable, Equatable {
        /// After the oldest of the records.
        var offset: Offset
        /// When the oldest of the letters was written.
        var time: Timestamp
    }

    private(set) var searches: [TopicPartition: Search] = [:]
    /// By partition and key; a record that two consumers wrote a letter about is there once.
    private(set) var byKey: [TopicPartition: [[UInt8]: [Sought]]] = [:]

    /// Whether there are none.
    var isEmpty: Bool { searches.isEmpty }

    /// Adds the record of a letter, unless it would not be sent again anyway.
    mutating func add(_ letter: FiledLetter) {
        guard let place = letter.place, let original = letter.original,
            [.submissions, .receipts, .accounts].contains(place.topicPartition.topic)
        else { return }
        let key = original.key ?? []
        let partition = place.topicPartition
        let known = byKey[partition]?[key] ?? []
        var search =
            searches[partition]
            ?? Search(offset: place.offset.next, time: letter.record.timestamp)
        search.offset = min(search.offset, place.offset.next)
        search.time = min(search.time, letter.record.timestamp)
        searches[partition] = search
        guard !known.contains(where: { $0.place == place }) else { return }
        byKey[partition, default: [:]][key] =
            known + [
                Sought(
                    place: place,
                    digest: Self.digest(original.value ?? []),
                    slot: AccountSlot(of: original)
                )
            ]
    }

    static func digest(_ value: [UInt8]) -> SHA256.Digest { SHA256.hash(data: value) }
}

/// What a record of `accounts` sets: of two that set the same, the last one holds.
struct AccountSlot: Hashable, Sendable {
    private enum Setting: Hashable {
        case name
        case device(DeviceID)
        case preferences(ConversationID)
        case message(ConversationID, SubmissionID)
        case privacy
        case contact(AccountID)
    }

    private let account: AccountID
    private let setting: Setting

    /// `nil`: nothing that another record could set otherwise, or that this version knows.
    init?(of record: LogRecord) {
        guard record.topicPartition.topic == .accounts, let value = record.value,
            let event = try? AccountEvent(decoding: value)
        else { return nil }
        account = event.account
        switch event.change {
        case .registered: setting = .name
        case .deviceAdded(let device, _), .deviceRemoved(let device): setting = .device(device)
        case .preferences(let conversation, _): setting = .preferences(conversation)
        case .star(let conversation, let message, _): setting = .message(conversation, message)
        case .privacy: setting = .privacy
        case .contact(let other, _): setting = .contact(other)
        // Hidden is hidden.
        case .hide, .unknown: return nil
        }
    }
}
