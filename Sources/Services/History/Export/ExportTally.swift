import Conversations
import Events
import Stores

/// What has gone into an export, for its manifest.
struct ExportTally {
    /// What of a conversation has.
    struct Part {
        let conversation: ConversationID
        var events: Int64 = 0
        /// `nil`: they are not for the account.
        var members: Int64?
        var missing: [MissingEvents] = []
    }

    var contacts: Int64 = 0
    var stars: Int64 = 0
    var parts: [Part] = []

    /// The manifest: the last file of an export.
    func manifest(of account: AccountID, at time: Timestamp) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("version", 1 as Int64)
        json.field("account_id", account.description)
        json.field("exported_at", time.milliseconds)
        json.field("contacts", contacts)
        json.field("starred", stars)
        json.field("events", parts.reduce(0) { $0 + $1.events })
        json.field("complete", parts.allSatisfy(\.missing.isEmpty))
        HistoryJSON.list(parts, "conversations", to: &json) { part, json in
            json.beginObject()
            json.field("conversation_id", part.conversation.description)
            json.field("events", part.events)
            json.field("members", part.members)
            HistoryJSON.append(part.missing, to: &json)
            json.endObject()
        }
        json.endObject()
        return json.bytes
    }

    /// What a person finds first.
    static func readMe(_ account: AccountID) -> [UInt8] {
        Array(
            """
            All data of the account \(account), as the account itself sees it.

            account.json                 what the account has set: name, devices, privacy, contacts, starred messages
            conversations/ID.json        a conversation: what it is, how the account keeps it, who is in it
            conversations/ID.jsonl       everything that happened in it, one event a line, the oldest first
            manifest.json                how much there is of everything, and what could not be read ("missing")

            Files are UTF-8. Times are milliseconds since 1970 UTC. Media are not in here: a message names them by their ids.
            Events are written as the HTTP API writes them.

            """.utf8
        )
    }
}
