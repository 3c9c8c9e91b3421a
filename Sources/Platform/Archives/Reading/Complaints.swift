import Events

/// Decides which complaints are worth a line in the log: one per archive and minute.
struct Complaints: Sendable {
    static let interval: Duration = .seconds(60)
    /// So many archives are remembered; of more, a line may come too often.
    static let archivesMax = 1000

    private var last: [String: Timestamp] = [:]

    /// Whether this one is.
    mutating func isDue(about archive: String, at now: Timestamp) -> Bool {
        if let time = last[archive], time <= now, now < time + Self.interval { return false }
        if last.count >= Self.archivesMax { last.removeAll() }
        last[archive] = now
        return true
    }
}
