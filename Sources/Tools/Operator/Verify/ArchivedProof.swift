import Archives
import Blobs
import Dispatch
import LogTail
import ServiceKit
import Stores
import Synchronization

/// Reads archives for a proof, which blocks on a thread of its own.
struct ArchivedProof: Sendable {
    /// Nobody waits for a page, and to give up is to begin anew.
    private static let patience: Duration = .seconds(300)

    private let reader: ColdReader?

    /// Archives in a blob store; `nil`: there is none.
    init(_ blobs: (any BlobStore)?) {
        var settings = ColdReaderSettings()
        settings.timeout = Self.patience
        reader = blobs.map {
            ColdReader($0, settings: settings, clock: SystemClock(), logger: .quiet)
        }
    }

    /// The store with its archives, as if nothing had ever been archived.
    func whole(_ store: any HotStoreReader) -> WholeStore {
        WholeStore(store) { part in
            guard let reader else {
                throw ArchiveError(
                    .unavailable,
                    "there is no blob store",
                    archive: part.archive
                )
            }
            return try Self.waiting { try await reader.rows(of: part) }
        }
    }

    /// Runs `body` on the cooperative pool and blocks until it has ended; never call it there.
    private static func waiting<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let result = Mutex<Result<Value, any Error>?>(nil)
        let ended = DispatchSemaphore(value: 0)
        Task {
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(try await body())
            } catch {
                outcome = .failure(error)
            }
            result.withLock { $0 = outcome }
            ended.signal()
        }
        ended.wait()
        guard let outcome = result.withLock({ $0 }) else { throw CancellationError() }
        return try outcome.get()
    }
}
