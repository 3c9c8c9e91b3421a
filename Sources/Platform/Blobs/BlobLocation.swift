public import Events
public import Logging

/// Where blobs are kept: what the setting `blobs.url` says.
public enum BlobLocation: Hashable, Sendable, CustomStringConvertible {
    /// In a folder of this machine.
    case folder(String)
    /// In a bucket of an S3 server.
    case s3(S3Location)

    /// Reads `file:PATH`, a bare path, or `s3://BUCKET/PREFIX?…` (`S3Location`).
    ///
    /// - Throws: `invalid`, with what is wrong.
    public init(_ text: String) throws(BlobError) {
        if text.hasPrefix("s3://") {
            self = .s3(try S3Location(text))
            return
        }
        var path = text[...]
        if path.hasPrefix("file:") {
            path = path.dropFirst("file:".count)
            // `file:///var/blobs` names no host, which is allowed.
            if path.hasPrefix("///") { path = path.dropFirst(2) }
            guard !path.hasPrefix("//") else { throw S3Location.wrong("file:PATH has no host") }
        } else if path.prefix(while: { $0 != "/" }).contains(":") {
            // A scheme that is misspelt is not taken for a path.
            throw S3Location.wrong("it is file:PATH or s3://BUCKET/PREFIX?…")
        }
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw S3Location.wrong("there must be a path")
        }
        self = .folder(String(path))
    }

    /// The location as it is written; it has no credentials.
    public var description: String {
        switch self {
        case .folder(let path): "file:\(path)"
        case .s3(let location): location.description
        }
    }

    /// Opens the store.
    ///
    /// A folder is made if it is not there; nothing is asked of an S3 server yet.
    ///
    /// - Parameters:
    ///   - environment: where the credentials for S3 are (`S3Credentials`).
    ///   - clock: tells the time that requests are signed with, and the age of leftovers.
    ///   - settings: how patient a client of S3 is.
    ///   - logger: told when a request is made again.
    /// - Returns: the store.
    /// - Throws: `refused` without credentials, or what the file system says.
    public func makeStore(
        environment: [String: String],
        clock: any WallClock,
        settings: S3Settings = S3Settings(),
        logger: Logger
    ) throws(BlobError) -> any BlobStore {
        switch self {
        case .folder(let path):
            return try FolderBlobStore(path: path, clock: clock)
        case .s3(let location):
            return S3BlobStore(
                location: location,
                credentials: try S3Credentials(environment: environment),
                clock: clock,
                settings: settings,
                logger: logger
            )
        }
    }

    /// Opens the store like `makeStore`, away from the threads that tasks share: a folder's file system may block.
    ///
    /// - Throws: what `makeStore` throws; `unavailable` if too much waits for the file system, or the task is cancelled.
    public func openStore(
        environment: [String: String],
        clock: any WallClock,
        settings: S3Settings = S3Settings(),
        logger: Logger
    ) async throws(BlobError) -> any BlobStore {
        try await BlockingWork.run { () throws(BlobError) in
            try makeStore(
                environment: environment,
                clock: clock,
                settings: settings,
                logger: logger
            )
        }
    }
}
