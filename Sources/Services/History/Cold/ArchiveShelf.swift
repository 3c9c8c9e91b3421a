import Archives
import Blobs
import Foundation
import Logging
import ServiceKit
import Stores

/// The archives in the configured blob store, which is opened when it is first needed; if it can't be, it is tried again the next time.
struct ArchiveShelf: ColdSource {
    private let reader: ColdReader

    /// The archives that a configuration leads to.
    ///
    /// - Throws: `BlobError` with code `invalid`.
    init(of context: ServiceContext) throws(BlobError) {
        let location = try context.blobLocation()
        let (clock, logger) = (context.clock, context.logger)
        reader = ColdReader(
            opening: { () async throws(BlobError) in
                try await location.openStore(
                    environment: ProcessInfo.processInfo.environment,
                    clock: clock,
                    logger: logger
                )
            },
            clock: clock,
            logger: logger
        )
    }

    func fetch(_ parts: [ArchivedPart], bytesMax: Int) async -> ArchivedParts {
        await reader.fetch(parts, bytesMax: bytesMax)
    }
}
