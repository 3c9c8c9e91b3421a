import Events
import MartletClient

/// What panels and completions list.
extension ChatModel {
    /// The conversations as rows of a panel.
    func rows(of list: [ConversationSummary], at now: Timestamp) -> [String] {
        list.isEmpty
            ? ["no conversation yet: /to somebody, or /group makes one"]
            : list.map { row($0, now) }
    }

    private func row(_ summary: ConversationSummary, _ now: Timestamp) -> String {
        var parts: [String]
        if summary.kind == "direct" {
            let other = directs[summary.conversationID]
            parts = [other.map { names.name(of: $0) } ?? "direct"]
        } else {
            parts = [book.name(of: summary.conversationID), summary.kind]
            if let count = summary.memberCount { parts.append("\(count) members") }
        }
        let unread = personal.unread(of: summary)
        if unread > 0, summary.conversationID != conversation {
            parts.append("\(unread) new")
        }
        let preferences = personal.preferences(of: summary)
        if preferences.isMuted(at: now) { parts.append("muted") }
        if preferences.isArchived == true { parts.append("archived") }
        return parts.joined(separator: " · ") + "  \(summary.conversationID)"
    }

    /// The members as rows of a panel, those of a higher role first.
    var memberRows: [String] {
        let ranks: [MemberRole] = [.owner, .admin, .moderator, .member]
        let sorted = members.map { (names.name(of: $0), $1) }.sorted { first, second in
            let one = ranks.firstIndex(of: first.1) ?? ranks.count
            let other = ranks.firstIndex(of: second.1) ?? ranks.count
            return (one, first.0) < (other, second.0)
        }
        return sorted.map { name, role in role == .member ? name : "\(name)  \(role)" }
    }

    /// Those who wait to be let in as rows of a panel; `nil`: nobody does.
    var waitingRows: [String]? {
        guard !waiting.isEmpty else { return nil }
        return ["wait to be let in: /approve WHO or /decline WHO"] + waiting.map { nameOrID($0) }
    }

    /// What can be completed.
    var choices: Completion.Choices {
        let near = Set(members.keys).union(waiting)
        let accounts = near.union(names.everybody).filter { $0 != me && names.known($0) != nil }
        let typed = addresses.keys.filter { AccountID($0) == nil }
        let people = accounts.map { names.name(of: $0) } + typed
        let places = book.entries.values.map(\.name)
        return Completion.Choices(
            accounts: Set(people).filter(Self.canBeTyped),
            destinations: Set(people + places).filter(Self.canBeTyped),
            devices: Set(devices.map(\.deviceID.description))
        )
    }

    /// Whether a name may stand in the line that is being written: nothing in it commands the terminal or ends a quotation.
    private static func canBeTyped(_ name: String) -> Bool {
        !name.isEmpty && DisplayWidth.sanitized(name) == name
            && !name.contains { $0.isNewline || CommandWords.isQuote($0) }
    }
}
