/// Collects what several questions need of archives, so that all of it is fetched at once and not one after the other.
struct NeededParts {
    private var parts: [ArchivedPart] = []

    /// The answer to a question; `nil` if something has to be fetched for it first.
    mutating func answer<Value>(_ ask: () throws -> Value) throws -> Value? {
        do {
            return try ask()
        } catch let error as StoreError where error.code == .archivesNeeded {
            for part in error.archivedParts where !parts.contains(part) { parts.append(part) }
            return nil
        }
    }

    /// Goes on if there was an answer to each question.
    ///
    /// - Throws: `StoreError` with code `archivesNeeded`.
    func check() throws {
        guard parts.isEmpty else { throw StoreError(needing: parts) }
    }
}
