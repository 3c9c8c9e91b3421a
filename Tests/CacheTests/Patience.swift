/// What a test waited for in vain.
struct Impatience: Error, CustomStringConvertible {
    let description: String
}

/// Waits until a condition holds; fails after a time that is far beyond what it should take.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw Impatience(description: "waited in vain until \(what)")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
