/// For how long an archiver lets others at the store, in terms of how long it was at it.
struct ArchiverRests {
    /// Less is not worth a wake-up.
    static let durationMin: Duration = .milliseconds(5)
    /// So much of a step counts as work: whatever takes longer has mostly waited for others, who were at the store then.
    static let workMax: Duration = .milliseconds(50)

    private let perWork: Int
    private var owed: Duration = .zero

    init(_ settings: ArchiverSettings) {
        perWork = settings.restPerWork
    }

    /// How long to rest after a step that took so long; `nil`: it is so little that it is left for later.
    mutating func due(after step: Duration) -> Duration? {
        owed += min(step, Self.workMax) * perWork
        guard owed >= Self.durationMin else { return nil }
        defer { owed = .zero }
        return owed
    }
}
