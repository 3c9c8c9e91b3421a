import Blobs
import Stores

/// Why a part of an archive can't be read.
struct ColdFailure: Error, Equatable {
    /// What who asked is told.
    let reason: MissingEvents.Reason
    /// A stable word for logs and metrics.
    let code: String

    /// It has not come in time.
    static let timeout = ColdFailure(reason: .unavailable, code: "timeout")

    init(reason: MissingEvents.Reason, code: String) {
        self.reason = reason
        self.code = code
    }

    /// Judges an error: what will be the same tomorrow is corrupt, all else is unavailable.
    init(_ error: any Error) {
        switch error {
        case let failure as ColdFailure: self = failure
        case is CancellationError: self = .timeout
        case let error as ArchiveError:
            reason = error.isRetriable ? .unavailable : .corrupt
            code = error.shortDescription
        case let error as BlobError:
            // The catalogue knows of it, so it was there.
            reason = error.code == .notFound ? .corrupt : .unavailable
            code = error.shortDescription
        default:
            reason = .unavailable
            code = "other"
        }
    }
}
