import Cache
import Crypto
import Events
import Stores

/// Answers that are given again as long as the store has not moved.
///
/// The name of an answer says from which positions of the store it was made: what is found is exactly what the store would say. Before anything is looked
/// for, the store says where it stands and lets the viewer ask. Without the cache everything is the same, only slower.
struct KeptAnswers: Sendable {
    /// No answer is kept for longer: a store that was put in another's place at the same positions is seen after so long.
    static let lifetimeMax = Duration.seconds(5)
    /// Part of every name: another form of answers gets another number.
    private static let space = "history-answer-1"

    let cache: any Cache
    let desk: StoreDesk

    /// The answer to a call, kept or made; `call` names it with all of its parameters.
    func answer(
        to call: [String],
        for viewer: Viewer,
        _ make:
            @escaping @Sendable (any HotStoreReader, Viewer) throws
            -> HistoryAnswer
    ) async throws -> [UInt8] {
        let positions = try await desk.answer(for: viewer) { store, viewer in
            // In this order: a device that was removed by these positions is not let in.
            let positions = try store.positions()
            try store.admit(viewer)
            return positions
        }
        let key = Self.key(call, viewer.account, positions)
        if let kept = await cache.get(key), let bytes = Self.open(kept, at: viewer.now) {
            return bytes
        }
        let answer = try await desk.answer(for: viewer, make)
        if let end = answer.keptUntil, end > viewer.now {
            let last = min(end, viewer.now + Self.lifetimeMax)
            let lifetime = Duration.milliseconds(last.milliseconds - viewer.now.milliseconds)
            await cache.set(key, Self.seal(answer.bytes, until: last), for: lifetime)
        }
        return answer.bytes
    }

    private static func key(
        _ call: [String],
        _ account: AccountID,
        _ positions: [TopicPartition: Offset]
    ) -> CacheKey {
        var hash = SHA256()
        for (partition, offset) in positions.sorted(by: { $0.key < $1.key }) {
            let numbers = [
                Int64(partition.topic.number), Int64(partition.partition.number), offset.number,
            ]
            numbers.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        let parts = call.map { CacheKey.Part.text($0) }
        return CacheKey(
            space,
            [.bytes(account.bytes), .bytes(Array(hash.finalize()))] + parts
        )
    }

    /// An answer with the time at which it ends before it: a cache's own clock is not ours.
    private static func seal(_ bytes: [UInt8], until end: Timestamp) -> [UInt8] {
        withUnsafeBytes(of: end.milliseconds.littleEndian) { Array($0) } + bytes
    }

    private static func open(_ kept: [UInt8], at now: Timestamp) -> [UInt8]? {
        guard kept.count > 8 else { return nil }
        let end = kept.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard now.milliseconds < Int64(bitPattern: end) else { return nil }
        return Array(kept.dropFirst(8))
    }
}
