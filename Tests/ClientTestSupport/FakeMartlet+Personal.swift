public import Events
import Foundation
import NIOCore

extension FakeMartlet {
    /// What an account has set for itself.
    struct Personal {
        var mutedUntil: [ConversationID: Int] = [:]
        var archived: Set<ConversationID> = []
        var stars: [String] = []
        var hidden: Set<String> = []
        var contacts: [AccountID] = []
        var devices: [(id: DeviceID, name: String)] = []
        var readReceipts = true
        var presence = "everyone"
    }

    /// Answers what an account asks about itself; `nil`: it asks something else.
    func personal(
        _ method: String,
        _ path: String,
        _ uri: String,
        _ body: [String: Any],
        _ token: String
    ) -> (Int, String)? {
        guard let account = account(of: token), let device = device(of: token) else { return nil }
        if method == "GET" { return look(path, account, device) }
        if method == "POST", path == "/v1/devices/links" {
            let link = "link-\(links.count + 1)-\(String(repeating: "x", count: 100))"
            links[link] = account
            return (201, "{\"link_token\":\"\(link)\",\"expires_at\":\(Self.linkEnd)}")
        }
        let query = URLComponents(string: uri)?.queryItems ?? []
        let named = query.first { $0.name == "conversation_id" }?.value
        let isForMe = query.contains { $0.name == "for" && $0.value == "me" }
        guard
            let event = set(
                method,
                path.split(separator: "/").map(String.init),
                named,
                isForMe,
                body,
                account
            )
        else { return nil }
        changes.append(Request(method: method, uri: uri, body: Self.json(body)))
        guard !event.isEmpty else { return problem(404, "not_found") }
        if script.requestAnswersToDrop > 0 {
            script.requestAnswersToDrop -= 1
            return problem(503, "log_unavailable")
        }
        let told = Self.json(event.merging(["server_timestamp": Self.time]) { $1 })
        let isRemoval = event["kind"] as? String == "device_removed"
        let gone = isRemoval ? event["device_id"] as? String : nil
        loop.execute {
            self.append(told, for: account, effect: nil)
            if let gone { self.closeSockets(ofDevice: gone) }
        }
        return (202, "{\"server_timestamp\":\(Self.time)}")
    }

    static let time = 1_700_000_000_000
    /// When all links end.
    public static let linkEnd = 4_000_000_000_000

    // MARK: Changing

    /// Does it; the event that tells it, empty: there is no such thing; `nil`: it is not about oneself.
    private func set(
        _ method: String,
        _ parts: [String],
        _ named: String?,
        _ isForMe: Bool,
        _ body: [String: Any],
        _ account: AccountID
    ) -> [String: Any]? {
        var own = personal[account, default: Personal()]
        defer { personal[account] = own }
        switch (method, parts.dropFirst().first, parts.last) {
        case ("PUT", "conversations", "preferences"):
            guard let id = ConversationID(parts[2]) else { return [:] }
            if let end = body["muted_until"] as? Int { own.mutedUntil[id] = end }
            if let isArchived = body["archived"] as? Bool {
                if isArchived { own.archived.insert(id) } else { own.archived.remove(id) }
            }
            return body.merging(["kind": "preferences_changed", "conversation_id": parts[2]]) {
                $1
            }
        case ("PUT", "messages", "star"):
            own.stars.removeAll { $0 == parts[2] }
            own.stars.append(parts[2])
            return told("message_starred", parts[2], body["conversation_id"] as? String)
        case ("DELETE", "messages", "star"):
            own.stars.removeAll { $0 == parts[2] }
            return told("message_unstarred", parts[2], named)
        case ("DELETE", "messages", _) where isForMe:
            own.hidden.insert(parts[2])
            return told("message_hidden", parts[2], named)
        case ("PATCH", "privacy", _):
            own.readReceipts = body["read_receipts"] as? Bool ?? own.readReceipts
            own.presence = body["presence"] as? String ?? own.presence
            return body.merging(["kind": "privacy_changed"]) { $1 }
        case (_, "contacts", let who?) where parts.count == 3:
            let name = who.removingPercentEncoding ?? ""
            let other = AccountID(name) ?? self.account(named: name)
            own.contacts.removeAll { $0 == other }
            if method == "PUT" { own.contacts.append(other) }
            return [
                "kind": method == "PUT" ? "contact_added" : "contact_removed",
                "account_id": other.description,
            ]
        case ("DELETE", "devices", let id?):
            guard let place = own.devices.firstIndex(where: { $0.id.description == id }) else {
                return [:]
            }
            removed.insert(own.devices.remove(at: place).id)
            return ["kind": "device_removed", "device_id": id]
        default:
            return nil
        }
    }

    private func told(_ kind: String, _ message: String, _ there: String?) -> [String: Any] {
        ["kind": kind, "message_id": message, "conversation_id": there ?? ""]
    }

    /// Makes a device of the account that made the link; a link is good once.
    func acceptLink(_ body: [String: Any]) -> (Int, String) {
        guard let link = body["link_token"] as? String,
            let account = links.removeValue(forKey: link)
        else { return problem(404, "link_not_found") }
        return (201, signedIn(account, named: body["device_name"] as? String ?? ""))
    }

    /// What a device is told that has just become one of an account's; the others are told of it.
    func signedIn(_ account: AccountID, named name: String) -> String {
        let device = ids.next(DeviceID.self)
        personal[account, default: Personal()].devices.append((device, name))
        let event = Self.json([
            "kind": "device_added", "device_id": device.description, "device_name": name,
            "server_timestamp": Self.time,
        ])
        if personal[account]?.devices.count ?? 0 > 1 {
            loop.execute { self.append(event, for: account, effect: nil) }
        }
        return "{\"account_id\":\"\(account)\",\"device_id\":\"\(device)\","
            + tokens(account, device) + ",\"expires_in\":900}"
    }

    // MARK: Looking

    private func look(
        _ path: String,
        _ account: AccountID,
        _ device: DeviceID
    ) -> (Int, String)? {
        let own = personal[account, default: Personal()]
        switch path {
        case "/v1/privacy":
            return (
                200,
                "{\"read_receipts\":\(own.readReceipts),\"presence\":\"\(own.presence)\"}"
            )
        case "/v1/contacts":
            return (200, Self.list("contacts", own.contacts))
        case "/v1/devices":
            let rows = own.devices.map { entry in
                "{\"device_id\":\"\(entry.id)\",\"name\":\"\(entry.name)\",\"added_at\":1,"
                    + "\"current\":\(entry.id == device)}"
            }
            return (200, "{\"devices\":[\(rows.joined(separator: ","))]}")
        case "/v1/starred":
            let events = conversations.values.flatMap(\.events).map { shown($0, to: account) }
            let starred = events.filter { $0.contains("\"starred\":true") }
            return (
                200, "{\"events\":[\(starred.joined(separator: ","))],\"next_before\":null}"
            )
        case _ where path.hasSuffix("/requests"):
            return (200, Self.list("requests", waiting))
        case _ where path.hasSuffix("/bans"):
            return (200, Self.list("bans", []))
        default:
            return nil
        }
    }

    private static func list(_ name: String, _ accounts: [AccountID]) -> String {
        let rows = accounts.map { "{\"account_id\":\"\($0)\",\"name\":\"account \($0.low)\"}" }
        return "{\"\(name)\":[\(rows.joined(separator: ","))],\"next_cursor\":null}"
    }

    /// An event as history shows it to an account.
    func shown(_ event: String, to account: AccountID) -> String {
        guard let own = personal[account], !own.stars.isEmpty || !own.hidden.isEmpty,
            let parsed = try? JSONSerialization.jsonObject(with: Data(event.utf8)),
            var fields = parsed as? [String: Any], fields["kind"] as? String == "message",
            let id = fields["message_id"] as? String
        else { return event }
        if own.hidden.contains(id) {
            fields["content"] = ["type": "hidden"]
        } else if own.stars.contains(id) {
            fields["starred"] = true
        }
        return Self.json(fields)
    }

    // MARK: Signals

    /// Tells the others in a conversation what somebody does.
    func typing(_ frame: [String: Any], from account: AccountID) {
        guard let id = (frame["conversation_id"] as? String).flatMap({ ConversationID($0) }),
            let members = conversations[id]?.members
        else { return }
        let isOn = frame["on"] as? Bool ?? false
        let activity = isOn ? frame["activity"] as? String ?? "typing" : "idle"
        activities.append(activity)
        for socket in openSockets where socket.account != account {
            guard let member = socket.account, members.contains(member) else { continue }
            socket.send(
                "{\"type\":\"signal\",\"kind\":\"typing\",\"conversation_id\":\"\(id)\","
                    + "\"account_id\":\"\(account)\",\"activity\":\"\(activity)\"}"
            )
        }
    }

    /// Sends a frame to an account's sockets.
    public func send(_ text: String, to account: AccountID) {
        for socket in openSockets where socket.account == account { socket.send(text) }
    }

    /// Has a socket told of accounts, now and from now on.
    func watch(_ frame: [String: Any], on socket: FakeSocket) {
        let accounts = (frame["accounts"] as? [String] ?? []).compactMap { AccountID($0) }
        watches.append(accounts)
        socket.watched = Set(accounts)
        for account in accounts { tellPresence(of: account, on: socket) }
    }

    /// An account may have come or gone.
    func tellPresence(of account: AccountID) {
        for socket in openSockets where socket.watched.contains(account) {
            tellPresence(of: account, on: socket)
        }
    }

    private func tellPresence(of account: AccountID, on socket: FakeSocket) {
        let isShown = personal[account]?.presence ?? "everyone" != "nobody"
        let isOnline = isShown && openSockets.contains { $0.account == account }
        let seen = isOnline || !isShown ? "" : ",\"last_seen\":\(Self.time)"
        socket.send(
            "{\"type\":\"signal\",\"kind\":\"presence\",\"account_id\":\"\(account)\","
                + "\"online\":\(isOnline)\(seen)}"
        )
    }
}
