import Accounts
import Conversations
import Events
import Hummingbird
import Ingest
import Web

/// A call by which an account changes something about itself, and the reading of it.
///
/// What is read says what holds from now on, so a repetition changes nothing. Whether there is such a conversation or such a message is not
/// asked: it is nobody else's business what a person keeps about it.
struct PersonalCall: DeviceCall {
    let identity: Identity
    let body: JSONObject
    let parameters: Parameters
    let query: Parameters
    let names: DirectoryNames
    let devices: DeviceRegistry

    func setPreferences() throws(Problem) -> AccountChange {
        let conversation = try conversation()
        let change = PreferencesChange(
            mutedUntil: try body.integer("muted_until").map { milliseconds throws(Problem) in
                guard let end = Timestamp(checking: milliseconds) else {
                    throw Problem(
                        .invalidField,
                        "muted_until is in milliseconds since 1970, or 0 for not muted"
                    )
                }
                return end
            },
            isArchived: try body.bool("archived")
        )
        guard change != PreferencesChange() else {
            throw Problem(.invalidField, "muted_until or archived is needed")
        }
        return .preferences(conversation, change)
    }

    func star() throws(Problem) -> AccountChange {
        let message = try message()
        return .star(try conversationOfBody(), message, isStarred: true)
    }

    func unstar() throws(Problem) -> AccountChange {
        let message = try message()
        return .star(try conversationOfQuery(), message, isStarred: false)
    }

    func hide() throws(Problem) -> AccountChange {
        let message = try message()
        return .hide(try conversationOfQuery(), message)
    }

    func setPrivacy() throws(Problem) -> AccountChange {
        let change = Privacy.Change(
            readReceipts: try body.bool("read_receipts"),
            presence: try body.string("presence").map { name throws(Problem) in
                guard let presence = Visibility(name: name) else {
                    throw Problem(.invalidField, "presence is everyone, contacts or nobody")
                }
                return presence
            }
        )
        guard change != Privacy.Change() else {
            throw Problem(.invalidField, "read_receipts or presence is needed")
        }
        return .privacy(change)
    }

    func setContact(_ isContact: Bool) throws(Problem) -> AccountChange {
        let other = try account()
        guard other != identity.account else {
            throw Problem(.invalidAccount, "nobody is their own contact")
        }
        return .contact(other, isContact: isContact)
    }

    func removeDevice() throws(Problem) -> AccountChange {
        guard let device = DeviceID(parameter("device")),
            devices.devices(of: identity.account).contains(device)
        else { throw .notFound }
        return .deviceRemoved(device)
    }
}
