import Events
import MartletClient

/// What panels and completions list.
extension ChatModel {
    /// The conversations as rows of a panel.
    func rows(of list: [ConversationSummary]) -> [String] {
        list.isEmpty ? ["no conversation yet: /to somebody, or /group makes one"] : list.map(row)
    }

    private func row(_ summary: ConversationSummary) -> String {
        var parts: [String]
        if summary.kind == "direct" {
            let other = directs[summary.conversationID]
            parts = [other.map { names.name(of: $0) } ?? "direct"]
        } else {
            parts = [book.name(of: summary.conversationID), summary.kind]
            if let count = summary.memberCount { parts.append("\(count) members") }
        }
        if summary.unread > 0, summary.conversationID != conversation {
            parts.append("\(summary.unread) new")
        }
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

    /// What can be completed.
    var choices: Completion.Choices {
        let near = Set(members.keys).union(waiting)
        let accounts = near.union(names.everybody).filter { $0 != me && names.known($0) != nil }
        let typed = addresses.keys.filter { AccountID($0) == nil }
        let people = accounts.map { names.name(of: $0) } + typed
        let places = book.entries.values.map(\.name)
        return Completion.Choices(
            accounts: Set(people).filter(Self.canBeTyped),
            destinations: Set(people + places).filter(Self.canBeTyped)
        )
    }

    /// Whether a name may stand in the line that is being written: nothing in it commands the terminal or ends a quotation.
    private static func canBeTyped(_ name: String) -> Bool {
        !name.isEmpty && DisplayWidth.sanitized(name) == name
            && !name.contains { $0.isNewline || CommandWords.isQuote($0) }
    }
}
