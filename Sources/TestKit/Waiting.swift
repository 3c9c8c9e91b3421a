/// Waits until a condition holds; fails loudly after a deadline that is far beyond what it should take.
///
/// - Throws: `HarnessError` naming `what` when the deadline has passed.
public func wait(
    for what: String,
    within limit: Duration = .seconds(60),
    every pause: Duration = .milliseconds(20),
    until condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw HarnessError("waited \(limit) in vain for \(what)")
        }
        try await Task.sleep(for: pause)
    }
}
