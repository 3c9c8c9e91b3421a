import Blobs
import Synchronization

/// A blob store that lets a test count, delay, break and change what is done with it.
struct ProbedBlobs: BlobStore {
    enum Call: Sendable {
        case put, get, info
    }

    let base: any BlobStore
    /// Before a call reaches the store, and after it has.
    var before: @Sendable (Call, BlobKey) async throws(BlobError) -> Void = { _, _ in }
    var after: @Sendable (Call, BlobKey) async throws(BlobError) -> Void = { _, _ in }
    /// What becomes of bytes on their way back.
    var change: @Sendable ([UInt8], Range<Int64>?) -> [UInt8] = { bytes, _ in bytes }
    let counts = Counts()

    final class Counts: Sendable {
        private let state = Mutex(State())

        private struct State {
            var calls: [Call: Int] = [:]
            var ranges: [Range<Int64>] = []
        }

        func note(_ call: Call, _ range: Range<Int64>? = nil) {
            state.withLock { state in
                state.calls[call, default: 0] += 1
                if let range { state.ranges.append(range) }
            }
        }

        func reset() { state.withLock { $0 = State() } }
        subscript(call: Call) -> Int { state.withLock { $0.calls[call] ?? 0 } }
        var ranges: [Range<Int64>] { state.withLock { $0.ranges } }
        var bytes: Int64 { ranges.reduce(0) { $0 + Int64($1.count) } }
    }

    init(_ base: any BlobStore) {
        self.base = base
    }

    /// Lets calls of a kind hang until their task is cancelled, and says when one does.
    mutating func hang(at held: Call) -> AsyncStream<Void> {
        let (hanging, begun) = AsyncStream.makeStream(of: Void.self)
        before = { (call, _) throws(BlobError) in
            guard call == held else { return }
            begun.yield()
            // As every store does when its task is cancelled.
            do { try await Task.sleep(for: .seconds(3600)) } catch {
                throw BlobError(.unavailable, "cancelled")
            }
        }
        return hanging
    }

    func put(_ source: BlobSource, at key: BlobKey) async throws(BlobError) {
        counts.note(.put)
        try await before(.put, key)
        try await base.put(source, at: key)
        try await after(.put, key)
    }

    func get(_ key: BlobKey, _ range: Range<Int64>?) async throws(BlobError) -> [UInt8] {
        counts.note(.get, range)
        try await before(.get, key)
        let bytes = try await base.get(key, range)
        try await after(.get, key)
        return change(bytes, range)
    }

    func info(_ key: BlobKey) async throws(BlobError) -> BlobInfo? {
        counts.note(.info)
        try await before(.info, key)
        let info = try await base.info(key)
        try await after(.info, key)
        return info
    }

    func remove(_ key: BlobKey) async throws(BlobError) { try await base.remove(key) }

    func list(
        _ prefix: String,
        after key: BlobKey?,
        limit: Int
    ) async throws(BlobError) -> [BlobInfo] {
        try await base.list(prefix, after: key, limit: limit)
    }

    @discardableResult
    func removeLeftovers(olderThan age: Duration) async throws(BlobError) -> Int {
        try await base.removeLeftovers(olderThan: age)
    }
}
