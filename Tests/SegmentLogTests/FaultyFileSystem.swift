import Foundation
import SegmentLog
import Synchronization

/// A file system in memory that fails and crashes on demand.
///
/// What was written and not synced may be lost, wholly or in part, when it crashes; so may names that were made, changed or removed and whose folder was not
/// synced. Each folder's and file's changes are lost from the last backwards, but independently of one another.
final class FaultyFileSystem: FileSystem {
    /// A file: what is in it, and what would be.
    final class Node {
        var data: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [(position: Int, bytes: [UInt8])] = []
    }

    fileprivate enum Change {
        case set(String, Node?)
    }

    fileprivate struct Folder {
        var entries: [String: Node] = [:]
        var durable: [String: Node] = [:]
        var changes: [Change] = []
    }

    struct State {
        fileprivate var folders: [String: Folder] = ["": Folder()]
        var isDead = false
        /// How many more writes succeed.
        var writesLeft = Int.max
        /// How many more syncs succeed.
        var syncsLeft = Int.max
    }

    struct Shared: @unchecked Sendable {
        // Unchecked: nodes are only touched under the lock.
        var value = State()
    }

    let state = Mutex(Shared())

    /// Writes fail after so many more.
    func failWrites(after count: Int) { state.withLock { $0.value.writesLeft = count } }

    /// Syncs fail after so many more.
    func failSyncs(after count: Int) { state.withLock { $0.value.syncsLeft = count } }

    /// Ends this one, as by a power failure; returns what the next start finds.
    func crash(using random: inout TestRandom) -> FaultyFileSystem {
        let next = FaultyFileSystem()
        let folders = state.withLock { shared -> [String: Folder] in
            shared.value.isDead = true
            var after: [String: Folder] = [:]
            for (path, folder) in shared.value.folders {
                var kept = folder.durable
                let count = Int.random(in: 0...folder.changes.count, using: &random)
                for case .set(let name, let node) in folder.changes.prefix(count) {
                    kept[name] = node
                }
                var result = Folder()
                for (name, node) in kept {
                    let copy = Node()
                    copy.data = Self.remains(of: node, using: &random)
                    copy.durable = copy.data
                    result.entries[name] = copy
                }
                result.durable = result.entries
                after[path] = result
            }
            return after
        }
        let found = Shared(value: State(folders: folders))
        next.state.withLock { $0 = found }
        return next
    }

    private static func remains(of node: Node, using random: inout TestRandom) -> [UInt8] {
        var data = node.durable
        let count = Int.random(in: 0...node.pending.count, using: &random)
        for (index, write) in node.pending.prefix(count).enumerated() {
            var bytes = write.bytes[...]
            if index == count - 1, write.position >= 0 {
                bytes = bytes.prefix(Int.random(in: 0...bytes.count, using: &random))
            }
            apply(bytes, at: write.position, to: &data)
        }
        return data
    }

    static func apply(_ bytes: ArraySlice<UInt8>, at position: Int, to data: inout [UInt8]) {
        if position < 0 {
            data = Array(data.prefix(bytes.count))
            return
        }
        if data.count < position + bytes.count {
            data += [UInt8](repeating: 0, count: position + bytes.count - data.count)
        }
        data.replaceSubrange(position..<(position + bytes.count), with: bytes)
    }

    /// Runs under the lock, unless this one has crashed.
    func access<Result: Sendable>(
        _ body: (inout State) throws(FileSystemError) -> Result
    ) throws(FileSystemError) -> Result {
        try state.withLock { (shared) throws(FileSystemError) -> Result in
            guard !shared.value.isDead else {
                throw FileSystemError(number: EIO, operation: "crashed")
            }
            return try body(&shared.value)
        }
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    private static func set(_ node: Node?, at path: String, in state: inout State) {
        let (folder, name) = split(path)
        state.folders[folder, default: Folder()].entries[name] = node
        state.folders[folder, default: Folder()].changes.append(.set(name, node))
    }

    // MARK: FileSystem

    func openFile(_ path: String, creates: Bool) throws(FileSystemError) -> any LogFile {
        try access { (state) throws(FileSystemError) -> FaultyFile in
            let (folder, name) = Self.split(path)
            if let node = state.folders[folder]?.entries[name] {
                return FaultyFile(self, node)
            }
            guard creates else { throw FileSystemError(number: ENOENT, operation: "open") }
            let node = Node()
            Self.set(node, at: path, in: &state)
            return FaultyFile(self, node)
        }
    }

    /// Folders are made durably: what could be lost of them is more than the log can answer for, and is tested by hand.
    func createDirectory(_ path: String) throws(FileSystemError) {
        try access { state in
            if state.folders[path] == nil { state.folders[path] = Folder() }
        }
    }

    func contents(of path: String) throws(FileSystemError) -> [String] {
        try access { (state) throws(FileSystemError) -> [String] in
            guard let folder = state.folders[path] else {
                throw FileSystemError(number: ENOENT, operation: "opendir")
            }
            let prefix = path + "/"
            let inner = state.folders.keys.filter {
                $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/")
            }.map { String($0.dropFirst(prefix.count)) }
            return (Array(folder.entries.keys) + inner).sorted()
        }
    }

    func exists(_ path: String) -> Bool {
        let (folder, name) = Self.split(path)
        return state.withLock {
            $0.value.folders[folder]?.entries[name] != nil || $0.value.folders[path] != nil
        }
    }

    func remove(_ path: String) throws(FileSystemError) {
        try access { state in
            for name in state.folders.keys where name == path || name.hasPrefix(path + "/") {
                state.folders[name] = nil
            }
            let (folder, name) = Self.split(path)
            if state.folders[folder]?.entries[name] != nil {
                Self.set(nil, at: path, in: &state)
            }
        }
    }

    func rename(_ path: String, to newPath: String) throws(FileSystemError) {
        try access { (state) throws(FileSystemError) in
            let (folder, name) = Self.split(path)
            if let node = state.folders[folder]?.entries[name] {
                Self.set(node, at: newPath, in: &state)
                Self.set(nil, at: path, in: &state)
                return
            }
            guard state.folders[path] != nil else {
                throw FileSystemError(number: ENOENT, operation: "rename")
            }
            for old in state.folders.keys where old == path || old.hasPrefix(path + "/") {
                let folder = state.folders.removeValue(forKey: old)
                state.folders[newPath + old.dropFirst(path.count)] = folder
            }
        }
    }

    func syncDirectory(_ path: String) throws(FileSystemError) {
        try access { (state) throws(FileSystemError) in
            try Self.countSync(&state)
            guard var folder = state.folders[path] else { return }
            folder.durable = folder.entries
            folder.changes = []
            state.folders[path] = folder
        }
    }

    static func countSync(_ state: inout State) throws(FileSystemError) {
        guard state.syncsLeft > 0 else { throw FileSystemError(number: EIO, operation: "fsync") }
        state.syncsLeft -= 1
    }

    func lock(_ path: String) throws(FileSystemError) -> (any AnyObject & Sendable)? {
        FaultyFile(self, Node())
    }
}

/// A file of a ``FaultyFileSystem``.
final class FaultyFile: LogFile, @unchecked Sendable {
    // Unchecked: the node is only touched under the file system's lock.

    private let files: FaultyFileSystem
    private let node: FaultyFileSystem.Node

    init(_ files: FaultyFileSystem, _ node: FaultyFileSystem.Node) {
        self.files = files
        self.node = node
    }

    func size() throws(FileSystemError) -> Int {
        try files.access { _ in node.data.count }
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer,
        at position: Int
    ) throws(FileSystemError) -> Int {
        let bytes = try files.access { _ in
            Array(node.data.dropFirst(position).prefix(buffer.count))
        }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileSystemError) {
        let copy = Array(bytes)
        try files.access { (state) throws(FileSystemError) in
            guard state.writesLeft > 0 else {
                // Some of it is written all the same.
                add(copy.prefix(copy.count / 2), at: position)
                throw FileSystemError(number: ENOSPC, operation: "pwrite")
            }
            state.writesLeft -= 1
            add(copy[...], at: position)
        }
    }

    private func add(_ bytes: ArraySlice<UInt8>, at position: Int) {
        FaultyFileSystem.apply(bytes, at: position, to: &node.data)
        node.pending.append((position, Array(bytes)))
    }

    func truncate(to size: Int) throws(FileSystemError) {
        try files.access { _ in
            guard size != node.data.count else { return }
            FaultyFileSystem.apply(
                [UInt8](repeating: 0, count: size)[...],
                at: -1,
                to: &node.data
            )
            node.pending.append((-1, [UInt8](repeating: 0, count: size)))
        }
    }

    func syncData() throws(FileSystemError) {
        try files.access { (state) throws(FileSystemError) in
            try FaultyFileSystem.countSync(&state)
            node.durable = node.data
            node.pending = []
        }
    }
}
