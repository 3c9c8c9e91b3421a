import Conversations
import Events

/// What is remembered of what was accepted, for deciding again: ids for as long as one may come again, and messages for as long as
/// something can be done to them.
///
/// An id is remembered as 64 bits of a hash, by the day that it carries: of ten million ids two look alike once in a hundred thousand
/// audits. A day that is over is dropped whole.
struct AcceptedMemory: AcceptedSubmissions {
    private static let dayMilliseconds: Int64 = 24 * 60 * 60 * 1000
    /// A day longer than an id may be old, because servers' clocks may differ.
    private static let keyDays =
        Limits.submissionAgeMax.milliseconds / dayMilliseconds + 1
    private static let messageDays =
        Limits.messageActionsMax.milliseconds / dayMilliseconds + 1

    private var keys: [Int64: Set<Int>] = [:]
    private var messages: [Int64: [Int: PostedMessage]] = [:]
    private var newestDay = Int64.min

    func contains(_ key: SubmissionKey) -> Bool {
        keys[Self.day(key.id)]?.contains(key.hashValue) ?? false
    }

    func message(_ id: SubmissionID, in conversation: ConversationID) -> PostedMessage? {
        messages[Self.day(id)]?[Self.name(id, conversation)]
    }

    /// Folds an accepted event in.
    mutating func insert(_ event: TimelineEvent) {
        let day = Self.day(event.submission)
        keys[day, default: []].insert(event.key.hashValue)
        switch event.body {
        case .messagePosted:
            let name = Self.name(event.submission, event.conversation)
            messages[day, default: [:]][name] = PostedMessage(event)
        case .acted(.deleteMessage(let id)):
            let name = Self.name(id, event.conversation)
            if messages[Self.day(id)]?[name]?.isTakenBack(by: event) == true {
                messages[Self.day(id)]?[name]?.isDeleted = true
            }
        default: break
        }
        forget(before: event.serverTime.milliseconds / Self.dayMilliseconds)
    }

    /// How many ids and messages are remembered.
    var count: Int { keys.values.reduce(0) { $0 + $1.count } }

    private mutating func forget(before today: Int64) {
        guard today > newestDay else { return }
        newestDay = today
        keys = keys.filter { $0.key >= today - Self.keyDays }
        messages = messages.filter { $0.key >= today - Self.messageDays }
    }

    private static func day(_ id: SubmissionID) -> Int64 {
        id.uuidTimestamp.milliseconds / dayMilliseconds
    }

    private static func name(_ id: SubmissionID, _ conversation: ConversationID) -> Int {
        var hasher = Hasher()
        hasher.combine(id)
        hasher.combine(conversation)
        return hasher.finalize()
    }
}
