import Events

/// The consumer groups of the services, and what they read.
enum ConsumerGroups {
    /// One group.
    struct Group: Sendable {
        let name: String
        let topics: [Topic]
    }

    static let all = [
        Group(name: "router", topics: [.submissions]),
        Group(name: "router-accounts", topics: [.accounts]),
        Group(name: "delivery", topics: [.inbox]),
        Group(name: "receipts", topics: [.timeline, .receipts]),
        Group(name: "persistence", topics: [.timeline, .receipts, .accounts]),
        Group(name: "push", topics: [.inbox, .sessions, .accounts]),
    ]
}
