import Events
import MartletClient

/// The groups and channels that are known here, by id.
struct ConversationBook {
    /// What is known of one.
    struct Entry: Equatable {
        /// `group` or `channel`.
        var kind: String
        var name: String
        /// `nil`: not known.
        var memberCount: UInt64?
        /// What one is in it; `nil`: no member, or not known.
        var role: MemberRole?
    }

    static let entriesMax = 10_000

    private(set) var entries: [ConversationID: Entry] = [:]

    subscript(id: ConversationID) -> Entry? { entries[id] }

    /// Takes a conversation of the list.
    mutating func take(_ summary: ConversationSummary) {
        guard summary.kind != "direct" else { return }
        put(
            Entry(
                kind: summary.kind,
                name: summary.name ?? entries[summary.conversationID]?.name ?? "",
                memberCount: summary.memberCount,
                role: summary.role
            ),
            summary.conversationID
        )
    }

    /// Takes a group or a channel that was just asked for.
    mutating func take(_ id: ConversationID, kind: String, name: String) {
        put(Entry(kind: kind, name: name, memberCount: nil, role: .owner), id)
    }

    /// Takes how many members a group has if that is not known; who follows a channel is not for everybody to see.
    mutating func count(_ members: Int, of id: ConversationID) {
        guard let entry = entries[id], entry.kind == "group", entry.memberCount == nil else {
            return
        }
        entries[id]?.memberCount = UInt64(members)
    }

    private mutating func put(_ entry: Entry, _ id: ConversationID) {
        if entries.count >= Self.entriesMax, entries[id] == nil {
            entries.removeAll()
        }
        entries[id] = entry
    }

    /// Follows what happens in a conversation.
    mutating func apply(_ event: ConversationEvent, me: AccountID) {
        guard event.conversationKind == "group" || event.conversationKind == "channel" else {
            return
        }
        let id = event.conversationID
        var entry = entries[id] ?? Entry(kind: event.conversationKind, name: "")
        switch event.change {
        case .created(let profile, _):
            entry.name = profile.name ?? entry.name
            entry.memberCount = UInt64(event.members.count)
        case .profileChanged(let profile):
            entry.name = profile.name ?? entry.name
        case .membersAdded, .memberJoined, .joinApproved:
            entry.memberCount = entry.memberCount.map { $0 + UInt64(event.members.count) }
        default:
            let gone = event.members.count { $0.role == nil }
            entry.memberCount = entry.memberCount.map { $0 - min($0, UInt64(gone)) }
        }
        for change in event.members where change.account == me {
            entry.role = change.role
        }
        put(entry, id)
    }

    /// The conversations that are called so, whatever the case of the letters.
    func named(_ text: String) -> [ConversationID] {
        let wanted = text.lowercased()
        return entries.filter { $0.value.name.lowercased() == wanted }.map(\.key).sorted()
    }

    /// What to call a conversation: its name, or the end of its id.
    func name(of id: ConversationID) -> String {
        let name = entries[id]?.name ?? ""
        return name.isEmpty ? "…\(id.description.suffix(6))" : name
    }
}
