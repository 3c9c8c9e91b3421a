import Events
import NIOHTTP1

extension PersonalRequest {
    /// With which method it is called.
    var method: HTTPMethod {
        switch self {
        case .setPreferences, .star, .addContact: .PUT
        case .setPrivacy: .PATCH
        case .unstar, .hide, .removeContact, .removeDevice: .DELETE
        }
    }

    /// Where, below the gateway's address, with the query.
    var path: String {
        switch self {
        case .setPreferences(let id, _): "/v1/conversations/\(id)/preferences"
        case .star(_, let message): "/v1/messages/\(message)/star"
        case .unstar(let id, let message): "/v1/messages/\(message)/star?conversation_id=\(id)"
        case .hide(let id, let message): "/v1/messages/\(message)?conversation_id=\(id)&for=me"
        case .setPrivacy: "/v1/privacy"
        case .addContact(let who), .removeContact(let who):
            "/v1/contacts/\(MartletHTTP.escaped(who))"
        case .removeDevice(let device): "/v1/devices/\(device)"
        }
    }

    /// What the body says; `nil`: there is none.
    var body: JSONObjectWriter? {
        var body = JSONObjectWriter()
        switch self {
        case .setPreferences(_, let preferences):
            if let end = preferences.mutedUntil { body.add("muted_until", end.milliseconds) }
            if let isArchived = preferences.isArchived { body.add("archived", isArchived) }
        case .star(let id, _): body.add("conversation_id", id.description)
        case .setPrivacy(let privacy):
            if let receipts = privacy.readReceipts { body.add("read_receipts", receipts) }
            if let presence = privacy.presence { body.add("presence", presence.rawValue) }
        case .unstar, .hide, .addContact, .removeContact, .removeDevice: return nil
        }
        return body
    }
}
