import Archives
import Blobs
import Foundation
import Logging
import ServiceKit
import Stores
import Synchronization

/// The archives in the configured blob store, which is opened when it is first needed; if it can't be, it is tried again the next time.
final class ArchiveShelf: ColdSource {
    private struct State {
        var reader: ColdReader?
        var lastCode: BlobError.Code?
    }

    private let context: ServiceContext
    private let location: BlobLocation
    private let state = Mutex(State())

    /// The archives that a configuration leads to.
    ///
    /// - Throws: `BlobError` with code `invalid`.
    init(of context: ServiceContext) throws(BlobError) {
        self.context = context
        location = try context.blobLocation()
    }

    func fetch(_ parts: [ArchivedPart]) async -> ArchivedParts {
        guard let reader = reader() else {
            var archived = ArchivedParts()
            for part in parts { archived[part] = .unreadable(.unavailable) }
            return archived
        }
        return await reader.fetch(parts)
    }

    private func reader() -> ColdReader? {
        let (reader, failure) = state.withLock { state -> (ColdReader?, BlobError?) in
            if let reader = state.reader { return (reader, nil) }
            do throws(BlobError) {
                let reader = ColdReader(
                    try location.makeStore(
                        environment: ProcessInfo.processInfo.environment,
                        clock: context.clock,
                        logger: context.logger
                    ),
                    clock: context.clock,
                    logger: context.logger
                )
                state.reader = reader
                return (reader, nil)
            } catch {
                defer { state.lastCode = error.code }
                return (nil, error.code == state.lastCode ? nil : error)
            }
        }
        if let failure {
            context.logger.warning("the blob store can't be opened: \(failure)")
        }
        return reader
    }
}
