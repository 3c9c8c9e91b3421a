/// What the log needs of a file system; injected, so that tests can make it fail and crash.
public protocol FileSystem: Sendable {
    /// Opens a file for reading and writing at positions.
    ///
    /// - Parameters:
    ///   - path: where it is.
    ///   - creates: whether it is made if it is missing.
    /// - Returns: the file; closed when the last reference to it goes.
    /// - Throws: what the file system says.
    func openFile(_ path: String, creates: Bool) throws(FileSystemError) -> any LogFile

    /// Makes a folder and those above it; one that is there already is fine.
    func createDirectory(_ path: String) throws(FileSystemError)

    /// The names of what a folder holds, sorted.
    func contents(of path: String) throws(FileSystemError) -> [String]

    /// Whether there is something of this name.
    func exists(_ path: String) -> Bool

    /// Removes a file or a folder with all that it holds; nothing there is fine.
    func remove(_ path: String) throws(FileSystemError)

    /// Gives a file or folder another name, replacing a file of that name.
    func rename(_ path: String, to newPath: String) throws(FileSystemError)

    /// Makes the names in a folder durable.
    func syncDirectory(_ path: String) throws(FileSystemError)

    /// Takes a lock that lasts as long as the returned object, and never longer than the process.
    ///
    /// - Returns: the lock, or `nil` if another has it.
    func lock(_ path: String) throws(FileSystemError) -> (any AnyObject & Sendable)?
}

/// An open file.
public protocol LogFile: AnyObject, Sendable {
    /// Its size in bytes.
    func size() throws(FileSystemError) -> Int

    /// Reads as much as is there, at most the buffer's size.
    ///
    /// - Parameters:
    ///   - buffer: where the bytes go.
    ///   - position: from where.
    /// - Returns: how many bytes were read; less than wanted only at the end of the file.
    /// - Throws: what the file system says.
    func read(
        into buffer: UnsafeMutableRawBufferPointer,
        at position: Int
    ) throws(FileSystemError) -> Int

    /// Writes all the bytes, or throws with an unknown part of them written.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileSystemError)

    /// Cuts the file.
    func truncate(to size: Int) throws(FileSystemError)

    /// Returns when what was written is on the device, with all that is needed to find it again.
    func syncData() throws(FileSystemError)
}

/// A file-system call that failed.
public struct FileSystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system's error number.
    public let number: Int32
    /// The name of the call.
    public let operation: String

    /// An error of its parts.
    public init(number: Int32, operation: String) {
        self.number = number
        self.operation = operation
    }

    /// The call and the number.
    public var description: String { "\(operation) failed with error \(number)" }
}
