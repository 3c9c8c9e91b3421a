import Dispatch
import Foundation
import Logging
import SegmentLog
import Synchronization
import Testing

@testable import Broker

/// What groups have committed, and when it is written once more.
@Suite struct OffsetStoreTests {
    /// Group commits that the log has made and that nobody was told of yet.
    private final class Commits: Sendable {
        private let made = Mutex<[Commit]>([])
        private let arrived = DispatchSemaphore(value: 0)

        func add(_ commit: Commit) {
            made.withLock { $0.append(commit) }
            arrived.signal()
        }

        /// Waits until there is one.
        func wait() {
            arrived.wait()
            arrived.signal()
        }

        /// Tells of them until `isDone`.
        func tell(until isDone: () -> Bool) {
            while !isDone() {
                arrived.wait()
                for commit in made.withLock({ commits in
                    defer { commits = [] }
                    return commits
                }) {
                    for append in commit.appends { append.ticket.waiter?.appendDidFinish(append) }
                }
            }
        }
    }

    private func committed(_ offset: Int64) -> OffsetStore.Committed {
        // Long, so that the topic is soon worth writing anew.
        let text = String(repeating: "x", count: OffsetStore.metadataBytesMax)
        return OffsetStore.Committed(offset: offset, leaderEpoch: 0, metadata: text)
    }

    @Test func whatIsAboutToCountIsNotFollowedByWhatCountedBefore() throws {
        let folder = NSTemporaryDirectory() + "martlet-offsets-\(UUID().uuidString)"
        defer { try? DiskFileSystem().remove(folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let commits = Commits()
        let store = try LogStore(
            directory: folder,
            files: DiskFileSystem(),
            configuration: BrokerConfiguration.forTests().store,
            logger: logger,
            onCommit: { commits.add($0) },
            onFatal: { _ in }
        )
        defer { store.close() }
        let offsets = try OffsetStore(store: store, now: { 1 }, logger: logger)
        let places = (0..<100).map { OffsetStore.Place(topic: "t", partition: $0) }
        for round in 1...15 {
            var isDone = false
            offsets.commit(places.map { ($0, committed(Int64(round))) }, of: "g") { isDone = $0 }
            commits.tell { isDone }
        }
        // In the log, but the store has not heard of it.
        var isDone = false
        offsets.commit([(places[0], committed(99))], of: "g") { isDone = $0 }
        commits.wait()
        offsets.compactIfWorthwhile()
        commits.tell { isDone }
        var isLater = false
        offsets.commit([(places[1], committed(16))], of: "g") { isLater = $0 }
        commits.tell { isLater }
        func reread() throws -> [Int32: Int64] {
            let found = try OffsetStore(store: store, now: { 1 }, logger: logger).groups["g"] ?? [:]
            return Dictionary(
                uniqueKeysWithValues: found.map { ($0.key.partition, $0.value.offset) }
            )
        }
        try #require(try reread()[0] == 99)
        let length = try #require(store.topic(OffsetStore.topicName)).partitions[0].byteCount
        offsets.compactIfWorthwhile()
        commits.tell { (store.topic(OffsetStore.topicName)?.partitions[0].byteCount ?? 0) < length }
        let after = try reread()
        #expect(after[0] == 99 && after[1] == 16 && after[2] == 15 && after.count == 100)
    }
}
