import Events

/// What a synthetic log holds: a value that decides all of it.
struct FillPlan: Sendable, Equatable {
    /// Messages, which are most of the events.
    var messages: Int
    /// Accounts, with one device each.
    var accounts: Int
    /// Conversations, groups included.
    var conversations: Int
    /// How many of them are groups.
    var groups: Int
    /// Over how many days the events are spread.
    var days: Int
    /// Names the accounts and everything else: the same seed gives the same log.
    var seed: UInt64
    /// Whether devices say what they have, and people what they have read.
    var hasReceipts: Bool
    /// When the last message is written.
    var end: Timestamp

    /// A plan; what is not said goes by the number of messages: 400 to a conversation, two conversations and a half to an account, every tenth a group.
    init(
        messages: Int,
        accounts: Int? = nil,
        conversations: Int? = nil,
        groups: Int? = nil,
        days: Int = 30,
        seed: UInt64 = 1,
        hasReceipts: Bool = false,
        end: Timestamp
    ) {
        self.messages = messages
        self.conversations = conversations ?? max(1, messages / 400)
        self.accounts = accounts ?? max(12, self.conversations * 2 / 5)
        self.groups = groups ?? self.conversations / 10
        self.days = days
        self.seed = seed
        self.hasReceipts = hasReceipts
        self.end = end
    }

    /// Why there is no such log; `nil`: there is.
    var fault: String? {
        guard messages >= 1, conversations >= 1, days >= 1 else {
            return "messages, conversations and days are from 1"
        }
        guard (3...10_000_000).contains(accounts) else {
            return "accounts are from 3 to 10000000"
        }
        guard (0...conversations).contains(groups) else {
            return "groups are from 0 to as many as there are conversations"
        }
        // Beyond that, pairs that are still free are hard to find by chance.
        guard conversations - groups <= accounts * (accounts - 1) / 4 else {
            return "so many conversations of two take more accounts"
        }
        return nil
    }

    /// When the first message is written.
    var start: Timestamp { end - .seconds(Int64(days) * 86_400) }

    /// When the message of a number is written: evenly spread.
    func time(ofMessage number: Int) -> Timestamp {
        let whole = Double(days) * 86_400_000
        return start + .milliseconds(Int64(whole * Double(number) / Double(messages)))
    }
}

extension Timestamp {
    /// The day in UTC, counted from 1970-01-01.
    var dayNumber: Int { Int(milliseconds / 86_400_000) }
}
