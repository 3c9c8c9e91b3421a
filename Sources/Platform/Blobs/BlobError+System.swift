import Foundation

extension BlobError {
    /// What the file system said.
    init(errno number: Int32, _ operation: String) {
        let code: Code =
            switch number {
            case ENOENT: .notFound
            case ENOSPC, EDQUOT, EFBIG: .full
            case EACCES, EPERM, EROFS, ELOOP: .refused
            case EIO: .damaged
            case ENOTDIR, EISDIR, EEXIST, ENOTEMPTY, ENAMETOOLONG: .invalid
            default: .unavailable
            }
        self.init(code, "\(operation): \(String(cString: strerror(number)))")
    }
}
