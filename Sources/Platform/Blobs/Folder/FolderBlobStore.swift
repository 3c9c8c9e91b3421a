public import Events
import Foundation
import Logging

/// Blobs as files in a folder: `a/b.zip` is the file `b.zip` in the folder `a`.
///
/// A blob is written under another name in its folder, synced, renamed, and its folders are synced. Blocking work runs on threads of its own.
/// Symbolic links below the folder are not followed. Any number of processes may use the folder.
public final class FolderBlobStore: BlobStore {
    /// What the name of an unfinished file begins with, which no key's part can.
    static let unfinishedPrefix = "~"
    /// So much is written at a time.
    static let chunkBytes: Int64 = 1 << 20

    /// The folder's path.
    public let path: String
    private let clock: any WallClock
    private let probe: FolderProbe
    private let metrics = BlobMetrics(store: "folder")

    /// Opens the store in a folder, which is made if it is not there.
    ///
    /// - Parameters:
    ///   - path: the folder; it may be a link.
    ///   - clock: tells how old an unfinished file is.
    /// - Throws: what the file system says.
    public convenience init(path: String, clock: any WallClock) throws(BlobError) {
        try self.init(path: path, clock: clock) { _ in 0 }
    }

    init(path: String, clock: any WallClock, probe: @escaping FolderProbe) throws(BlobError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw BlobError(.invalid, "not a folder's path")
        }
        self.path = path
        self.clock = clock
        self.probe = probe
        try Self.makeRoot(path)
    }

    /// Puts a blob; each of its folders is synced, as who made one may have died before that.
    public func put(_ source: BlobSource, at key: BlobKey) async throws(BlobError) {
        try await metrics.counting(.put) { () throws(BlobError) in
            let size = try await BlockingWork.run { [self] () throws(BlobError) in
                try write(source, at: key)
            }
            metrics.wrote(Int(size))
        }
    }

    /// Reads a blob, or a range of its bytes, with `pread`.
    public func get(_ key: BlobKey, _ range: Range<Int64>?) async throws(BlobError) -> [UInt8] {
        try await metrics.counting(.get) { () throws(BlobError) in
            let bytes = try await BlockingWork.run { [self] () throws(BlobError) in
                try read(key, range)
            }
            metrics.read(bytes.count)
            return bytes
        }
    }

    /// The size of a blob's file.
    public func info(_ key: BlobKey) async throws(BlobError) -> BlobInfo? {
        try await metrics.counting(.info) { () throws(BlobError) in
            try await BlockingWork.run { [self] () throws(BlobError) in
                guard let (folder, name) = try place(of: key),
                    let status = try folder.status(of: name), status.st_mode & S_IFMT == S_IFREG
                else { return nil }
                return BlobInfo(key: key, size: Int64(status.st_size))
            }
        }
    }

    /// Removes a blob's file; its folders stay.
    public func remove(_ key: BlobKey) async throws(BlobError) {
        try await metrics.counting(.remove) { () throws(BlobError) in
            try await BlockingWork.run { [self] () throws(BlobError) in
                guard let (folder, name) = try place(of: key) else { return }
                if unlinkat(folder.descriptor, name, 0) == 0 { return try folder.sync(probe) }
                // A folder is no blob.
                guard [ENOENT, EISDIR, EPERM].contains(errno) else {
                    throw BlobError(errno: errno, "remove")
                }
            }
        }
    }

    /// The blobs whose keys begin with `prefix`; reads only folders that may hold some of the page.
    public func list(
        _ prefix: String,
        after key: BlobKey?,
        limit: Int
    ) async throws(BlobError) -> [BlobInfo] {
        try await metrics.counting(.list) { () throws(BlobError) in
            try BlobKey.check(prefix: prefix)
            return try await BlockingWork.run { [path] () throws(BlobError) in
                var listing = FolderListing(prefix: prefix, after: key, limit: limit)
                try listing.read(FolderHandle.open(path: path))
                return listing.found
            }
        }
    }

    /// Removes unfinished files that were last written before `age` ago.
    @discardableResult
    public func removeLeftovers(olderThan age: Duration) async throws(BlobError) -> Int {
        try await metrics.counting(.sweep) { () throws(BlobError) in
            let before = clock.now() - age
            return try await BlockingWork.run { [path] () throws(BlobError) in
                try FolderSweep(before: before).sweep(FolderHandle.open(path: path))
            }
        }
    }
}

extension FolderBlobStore {
    /// The folder of a blob and its name in there; `nil` if there is no such folder.
    private func place(of key: BlobKey) throws(BlobError) -> (FolderHandle, String)? {
        var folder = try FolderHandle.open(path: path)
        let segments = key.segments
        for segment in segments.dropLast() {
            guard let next = try folder.folder(segment) else { return nil }
            folder = next
        }
        return segments.last.map { (folder, $0) }
    }

    private func read(_ key: BlobKey, _ range: Range<Int64>?) throws(BlobError) -> [UInt8] {
        try BlobRange.check(range)
        guard let (folder, name) = try place(of: key) else {
            throw BlobError(.notFound, "there is no such blob")
        }
        // Opening a pipe must not block.
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let descriptor = openat(folder.descriptor, name, flags)
        guard descriptor >= 0 else { throw BlobError(errno: errno, "open") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw BlobError(errno: errno, "stat") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw BlobError(.notFound, "there is no such blob")
        }
        let range = try BlobRange.resolve(range, size: Int64(status.st_size))
        let bytes = try FileReading.read(descriptor, range)
        guard bytes.count == Int(range.upperBound - range.lowerBound) else {
            throw BlobError(.damaged, "the file became shorter while it was read")
        }
        return bytes
    }

    /// Writes a blob and gives its size.
    private func write(_ source: BlobSource, at key: BlobKey) throws(BlobError) -> Int64 {
        let reader = try SourceReader(source)
        var folders = [try FolderHandle.open(path: path)]
        let segments = key.segments
        for segment in segments.dropLast() {
            folders.append(try folders[folders.count - 1].makeFolder(segment, probe))
        }
        let folder = folders[folders.count - 1]
        let name = segments[segments.count - 1]
        let unfinished =
            Self.unfinishedPrefix + String(UInt64.random(in: .min ... .max), radix: 16)
        do {
            try write(reader, to: unfinished, in: folder)
            try step(.rename, "rename") {
                renameat(folder.descriptor, unfinished, folder.descriptor, name)
            }
        } catch {
            unlinkat(folder.descriptor, unfinished, 0)
            throw error
        }
        for folder in folders.reversed() { try folder.sync(probe) }
        return reader.size
    }

    private func write(
        _ source: SourceReader,
        to name: String,
        in folder: FolderHandle
    ) throws(BlobError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = try step(.create, "create") {
            openat(folder.descriptor, name, flags, 0o640)
        }
        defer { close(descriptor) }
        var place: Int64 = 0
        while place < source.size {
            let chunk = try source.read(place..<min(place + Self.chunkBytes, source.size))
            var done = 0
            while done < chunk.count {
                done += try Int(
                    step(.write, "write") {
                        chunk[done...].withUnsafeBytes {
                            // A disk that takes nothing is full.
                            let count = Foundation.write(descriptor, $0.baseAddress, $0.count)
                            if count == 0 { errno = ENOSPC }
                            return count == 0 ? -1 : Int32(count)
                        }
                    }
                )
            }
            place += Int64(chunk.count)
        }
        #if canImport(Glibc)
        try step(.syncFile, "sync") { fsync(descriptor) }
        #else
        try step(.syncFile, "sync") { fcntl(descriptor, F_FULLFSYNC) }
        #endif
    }

    /// Does a step as often as it is interrupted.
    @discardableResult
    private func step(
        _ step: FolderStep,
        _ operation: String,
        _ body: () -> Int32
    ) throws(BlobError) -> Int32 {
        let failure = probe(step)
        guard failure == 0 else { throw BlobError(errno: failure, operation) }
        while true {
            let result = body()
            if result >= 0 { return result }
            guard errno != EINTR else { continue }
            guard errno != ENOENT else {
                throw BlobError(.unavailable, "\(operation): the folder went away")
            }
            throw BlobError(errno: errno, operation)
        }
    }

    /// Makes the folder and those above it, and makes their names durable.
    private static func makeRoot(_ path: String) throws(BlobError) {
        if mkdir(path, 0o750) != 0 {
            if errno == EEXIST { return }
            guard errno == ENOENT else { throw BlobError(errno: errno, "make \(path)") }
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
            guard parent != path else { throw BlobError(errno: ENOENT, "make \(path)") }
            try makeRoot(parent)
            guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
                throw BlobError(errno: errno, "make \(path)")
            }
        }
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try FolderHandle.open(path: parent).sync { _ in 0 }
    }
}
