import Events
import Stores
import Web

/// Where the store is asked: on threads that may block, and again with what an answer needs of archives.
struct StoreDesk: Sendable {
    let stores: StoreHandle
    let reads: ReadQueue
    let archives: ArchiveFetcher

    /// What a question comes to for somebody.
    ///
    /// - Throws: what the question throws, a `Problem`, or a `StoreError` that has nothing to do with archives.
    func answer<Value: Sendable>(
        for viewer: Viewer,
        _ ask: @escaping @Sendable (any HotStoreReader, Viewer) throws -> Value
    ) async throws -> Value {
        var viewer = viewer
        return try await answer(keepingArchivesFor: &viewer, ask)
    }

    /// The same; what was fetched of archives stays with the viewer, for the next question.
    func answer<Value: Sendable>(
        keepingArchivesFor viewer: inout Viewer,
        _ ask: @escaping @Sendable (any HotStoreReader, Viewer) throws -> Value
    ) async throws -> Value {
        var budget = archives.budget()
        var place: Place?
        defer { withExtendedLifetime(place) {} }
        while true {
            let asking = viewer
            do {
                return try await reads.run { try ask(try stores.current(), asking) }
            } catch let error as StoreError where error.code == .archivesNeeded {
                place = try place ?? archives.place()
                try await archives.extend(&viewer.archived, by: error.archivedParts, &budget)
            }
        }
    }
}
