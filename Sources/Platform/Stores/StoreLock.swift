import Foundation

/// Says that one process writes a store file; gone with the process, however it ends.
///
/// `flock` on `PATH.lock`: the file itself stays and means nothing.
public final class StoreLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of the store at `path`.
    ///
    /// - Throws: `StoreError.Code.inUse` if somebody else has it.
    public init(path: String) throws(StoreError) {
        let name = path + ".lock"
        let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw StoreError(.database, "\(name): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StoreError(.inUse, "another process writes \(path)")
        }
        self.descriptor = descriptor
    }

    /// The lock of the store at `path`, or `nil` if somebody else has it.
    public static func ifFree(path: String) throws(StoreError) -> StoreLock? {
        do {
            return try StoreLock(path: path)
        } catch {
            guard error.code == .inUse else { throw error }
            return nil
        }
    }

    deinit {
        close(descriptor)
    }
}
