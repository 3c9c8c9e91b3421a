public import Events
import Foundation
import NIOCore

extension FakeMartlet {
    /// A request in a conversation, as it came.
    public struct Request: Sendable, Equatable {
        /// Such as `PUT`.
        public let method: String
        /// With the query.
        public let uri: String
        /// Its JSON, with sorted keys.
        public let body: String
    }

    /// Answers what is asked in conversations: takes everything, and does as much of it as tests need.
    func request(
        _ method: String,
        _ path: String,
        _ uri: String,
        _ body: [String: Any],
        from account: AccountID
    ) -> (Int, String) {
        if method == "GET" { return members(path, account) }
        requests.append(Request(method: method, uri: uri, body: Self.json(body)))
        guard let id = (body["id"] as? String).flatMap({ SubmissionID($0) }) else {
            return problem(422, "invalid_id")
        }
        if answers[id] == nil {
            guard let conversation = conversation(path, uri, body, id) else {
                return problem(404, "not_found")
            }
            answers[id] =
                "{\"submission_id\":\"\(id)\",\"conversation_id\":\"\(conversation)\","
                + "\"server_timestamp\":1700000000000"
                + (path.hasSuffix("/invites") ? ",\"token\":\"\(Self.token(conversation))\"}" : "}")
            if script.rejections.isEmpty {
                act(method, path, body, conversation, id, account)
            } else {
                reject(id, conversation, script.rejections.removeFirst(), account)
            }
        }
        guard script.requestAnswersToDrop == 0 else {
            script.requestAnswersToDrop -= 1
            return problem(503, "log_unavailable")
        }
        return (202, answers[id] ?? "{}")
    }

    /// The token of the one invite that each conversation has.
    public static func token(_ conversation: ConversationID) -> String {
        "\(conversation)\(String(repeating: "7", count: 26))"
    }

    private func conversation(
        _ path: String,
        _ uri: String,
        _ body: [String: Any],
        _ id: SubmissionID
    ) -> ConversationID? {
        let parts = path.split(separator: "/").map(String.init)
        switch parts.count > 1 ? parts[1] : "" {
        case "groups", "channels": return ConversationID(high: id.high, low: id.low)
        case "conversations": return ConversationID(parts[2])
        case "invites": return ConversationID(parts[2].prefix(26))
        case "blocks": return ConversationID(high: 1, low: 1)
        default:
            let query = URLComponents(string: uri)?.queryItems?.first?.value
            return ConversationID(body["conversation_id"] as? String ?? query ?? "")
        }
    }

    private func reject(
        _ id: SubmissionID,
        _ conversation: ConversationID,
        _ code: String,
        _ account: AccountID
    ) {
        let event =
            "{\"kind\":\"rejected\",\"message_id\":\"\(id)\",\"conversation_id\":\"\(conversation)\","
            + "\"code\":\"\(code)\",\"detail\":\"\"}"
        loop.execute { self.append(event, for: account, effect: nil) }
    }

    // MARK: Doing

    private func act(
        _ method: String,
        _ path: String,
        _ body: [String: Any],
        _ conversation: ConversationID,
        _ id: SubmissionID,
        _ account: AccountID
    ) {
        let parts = path.split(separator: "/").map(String.init)
        switch (method, parts.last ?? "") {
        case ("POST", "groups"), ("POST", "channels"):
            let names = body["members"] as? [String] ?? []
            let members = [account] + names.map { AccountID($0) ?? self.account(named: $0) }
            let name = body["name"] as? String ?? ""
            conversations[conversation] = Conversation(
                kind: String(parts[1].dropLast()),
                name: name,
                members: members
            )
            tell(conversation, id, account, "created", ["name": name], members)
        case ("POST", "members"):
            let names = body["accounts"] as? [String] ?? []
            let members = names.map { AccountID($0) ?? self.account(named: $0) }
            conversations[conversation]?.members += members
            tell(conversation, id, account, "members_added", [:], members)
        case ("POST", "acceptance"):
            conversations[conversation]?.members.append(account)
            tell(conversation, id, account, "member_joined", [:], [account])
        case ("POST", "invites"):
            let token = Self.token(conversation)
            tell(conversation, id, account, "invite_created", ["token": token])
        case ("PUT", "reaction"):
            tellOf(parts[2], conversation, id, account, "reaction", ["emoji": body["emoji"] ?? ""])
        case ("PATCH", _) where parts[1] == "messages":
            let content = ["type": "text", "text": body["message"] ?? ""]
            tellOf(parts[2], conversation, id, account, "edited", ["content": content])
        case ("DELETE", _) where parts[1] == "messages" && parts.count == 3:
            tellOf(parts[2], conversation, id, account, "deleted", [:])
        case ("PATCH", _):
            tell(conversation, id, account, "profile_changed", ["name": body["name"] ?? ""])
        default:
            break
        }
    }

    private func tellOf(
        _ message: String,
        _ conversation: ConversationID,
        _ id: SubmissionID,
        _ account: AccountID,
        _ kind: String,
        _ more: [String: Any]
    ) {
        let place: [String: Any] = ["message_id": message, "message_seq": 1]
        tell(conversation, id, account, kind, place.merging(more) { $1 })
    }

    private func tell(
        _ conversation: ConversationID,
        _ id: SubmissionID,
        _ account: AccountID,
        _ kind: String,
        _ more: [String: Any],
        _ members: [AccountID] = []
    ) {
        let conversationKind = conversations[conversation]?.kind ?? "direct"
        tell(conversation, account, []) { seq in
            var event: [String: Any] = [
                "kind": kind, "conversation_id": conversation.description,
                "conversation_kind": conversationKind, "seq": seq, "message_count": 0,
                "submission_id": id.description, "sender": account.description,
                "server_timestamp": 1_700_000_000_000,
            ]
            if !members.isEmpty {
                event["members"] = members.map {
                    [
                        "account_id": $0.description,
                        "role": $0 == account && kind == "created" ? "owner" : "member",
                    ]
                }
            }
            return Self.json(event.merging(more) { $1 })
        }
    }

    private func members(_ path: String, _ account: AccountID) -> (Int, String) {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count == 4, parts[3] == "members", let id = ConversationID(parts[2]),
            let state = conversations[id], state.members.contains(account)
        else { return problem(404, "not_found") }
        let members = state.members.map {
            "{\"account_id\":\"\($0)\",\"name\":\"account \($0.low)\",\"role\":\"member\"}"
        }
        return (
            200, "{\"members\":[\(members.joined(separator: ","))],\"next_cursor\":null}"
        )
    }
}
