/// How long to wait before a service that died is started again.
///
/// Twice as long after every death, from 100 ms to 5 s, and from the start again after 30 s of life.
struct RestartPolicy: Sendable {
    static let delayMin: Duration = .milliseconds(100)
    static let delayMax: Duration = .seconds(5)
    static let healthyAfter: Duration = .seconds(30)

    /// Deaths in a row, none of which was preceded by 30 s of life.
    private(set) var deathsInARow = 0
    private var delay = delayMin

    /// Says how long to wait, the service having died after so long a life.
    mutating func died(after life: Duration) -> Duration {
        if life >= Self.healthyAfter {
            deathsInARow = 0
            delay = Self.delayMin
        }
        deathsInARow += 1
        defer { delay = min(delay * 2, Self.delayMax) }
        return delay
    }
}
