import Accounts
import Conversations
import Events
import Web

@testable import Gateway

/// A call by which Ada changes something about herself, and what is written of it.
struct PersonalSample: Sendable {
    let method: String
    /// As in the table of routes.
    let route: String
    let path: String
    let body: String
    let change: AccountChange

    init(
        _ method: String,
        _ route: String,
        at path: String? = nil,
        _ body: String = "",
        is change: AccountChange
    ) {
        self.method = method
        self.route = route
        self.path = path ?? route
        self.body = body
        self.change = change
    }

    /// A device of Ada's besides the one that calls.
    static let other = Identity(
        account: Samples.ada.account,
        device: DeviceID(high: 0xADA, low: 2)
    )
    static let preferences = "/v1/conversations/\(ActionSample.group)/preferences"
    static let message = "/v1/messages/\(ActionSample.message)"
    static let star = message + "/star"
    static let hide = message + ActionSample.ofConversation + "&for=me"

    /// At least one for each call that changes an account.
    static var all: [PersonalSample] { preferenceSamples + messageSamples + accountSamples }
}

extension PersonalSample {
    private static var preferenceSamples: [PersonalSample] {
        let route = "/v1/conversations/{id}/preferences"
        let group = ActionSample.group
        let end = Timestamp(milliseconds: 253_402_300_799_999)
        return [
            PersonalSample(
                "PUT",
                route,
                at: preferences,
                #"{"muted_until":253402300799999,"archived":true}"#,
                is: .preferences(group, PreferencesChange(mutedUntil: end, isArchived: true))
            ),
            PersonalSample(
                "PUT",
                route,
                at: preferences,
                #"{"muted_until":0,"archived":null}"#,
                is: .preferences(group, PreferencesChange(mutedUntil: Timestamp(milliseconds: 0)))
            ),
            PersonalSample(
                "PUT",
                route,
                at: preferences,
                #"{"archived":false,"of_a_later_version":1}"#,
                is: .preferences(group, PreferencesChange(isArchived: false))
            ),
        ]
    }

    private static var messageSamples: [PersonalSample] {
        let group = ActionSample.group
        let id = ActionSample.message
        return [
            PersonalSample(
                "PUT",
                "/v1/messages/{id}/star",
                at: star,
                "{\(ActionSample.inConversation)}",
                is: .star(group, id, isStarred: true)
            ),
            PersonalSample(
                "DELETE",
                "/v1/messages/{id}/star",
                at: star + ActionSample.ofConversation,
                is: .star(group, id, isStarred: false)
            ),
            PersonalSample("DELETE", "/v1/messages/{id}", at: hide, is: .hide(group, id)),
        ]
    }

    private static var accountSamples: [PersonalSample] {
        let privacy = "/v1/privacy"
        let contact = "/v1/contacts/{account}"
        let bob = ActionSample.bob
        return [
            PersonalSample(
                "PATCH",
                privacy,
                #"{"read_receipts":false}"#,
                is: .privacy(Privacy.Change(readReceipts: false))
            ),
            PersonalSample(
                "PATCH",
                privacy,
                #"{"read_receipts":true,"presence":"contacts"}"#,
                is: .privacy(Privacy.Change(readReceipts: true, presence: .contacts))
            ),
            PersonalSample(
                "PATCH",
                privacy,
                #"{"presence":"nobody"}"#,
                is: .privacy(Privacy.Change(presence: .nobody))
            ),
            PersonalSample(
                "PUT",
                contact,
                at: "/v1/contacts/\(bob)",
                is: .contact(bob, isContact: true)
            ),
            PersonalSample(
                "PUT",
                contact,
                at: "/v1/contacts/%2B15551230002",
                "{}",
                is: .contact(bob, isContact: true)
            ),
            PersonalSample(
                "DELETE",
                contact,
                at: "/v1/contacts/\(bob)",
                is: .contact(bob, isContact: false)
            ),
            PersonalSample(
                "DELETE",
                "/v1/devices/{device}",
                at: "/v1/devices/\(other.device)",
                is: .deviceRemoved(other.device)
            ),
        ]
    }
}
