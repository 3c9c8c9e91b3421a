import Blobs
import Stores

/// What kept archiving from going on, in one stable word.
enum ArchiveFailure {
    /// The code of an error of this folder, of a blob store or of a store.
    static func code(of error: any Error) -> String {
        switch error {
        case let error as ArchiveError: error.shortDescription
        case let error as BlobError: error.shortDescription
        case let error as StoreError: error.shortDescription
        default: "other"
        }
    }
}
