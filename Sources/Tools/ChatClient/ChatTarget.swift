import Events
import MartletClient

/// Where messages go: to a person, or into a group or a channel.
struct ChatTarget: Hashable, Sendable {
    /// Before this no id was made by its time, and after `madeUntil` none will be for a while: 2020 and 2045.
    private static let madeFrom = Timestamp(milliseconds: 1_577_836_800_000)
    private static let madeUntil = Timestamp(milliseconds: 2_366_841_600_000)

    let recipient: OutgoingMessage.Recipient

    init(_ recipient: OutgoingMessage.Recipient) {
        self.recipient = recipient
    }

    /// What a person's input names: a phone number, an e-mail address, an account's or a conversation's id; `nil`: nothing.
    ///
    /// Both kinds of id look alike. That of a group or a channel carries the time at which it was made; one in 30,000 accounts has an id that
    /// seems to.
    init?(parsing text: String) {
        if let id = ConversationID(text), id.isUUIDv7,
            (Self.madeFrom...Self.madeUntil).contains(id.uuidTimestamp)
        {
            self.init(.conversation(id))
        } else if let account = AccountID(text) {
            self.init(.account(account))
        } else if let address = AccountAddress(parsing: text) {
            self.init(.address(String(address.description.drop { $0 != ":" }.dropFirst())))
        } else {
            return nil
        }
    }

    /// The group or the channel; `nil`: it is a person.
    var conversation: ConversationID? {
        if case .conversation(let id) = recipient { id } else { nil }
    }

    /// The account, if it is named by its id.
    var account: AccountID? {
        if case .account(let id) = recipient { id } else { nil }
    }

    /// As a person writes it.
    var text: String {
        switch recipient {
        case .account(let account): account.description
        case .address(let address): address
        case .conversation(let conversation): conversation.description
        }
    }
}
