import EventLog
import Events
import Foundation
import Synchronization
import TestKit

@testable import Ingest

/// `accounts` in memory: opens, reads and breaks as the test wants it.
final class FakeAccounts: AccountSource {
    /// What fails, and how often.
    enum Failures: Sendable {
        case none
        case opening(Int)
        case reading(Int)
    }

    private struct State {
        var logs: [[LogRecord?]]
        var failures = Failures.none
        var openings = 0
        var openCount = 0
        var givenCount = 0
        var givenMax: Int?
    }

    private let state: Mutex<State>
    /// Somebody may have something to read.
    private let changed = NSCondition()

    init(partitions: Int) {
        state = Mutex(State(logs: Array(repeating: [], count: partitions)))
    }

    var failures: Failures {
        get { state.withLock(\.failures) }
        set { change { $0.failures = newValue } }
    }

    /// How often it was tried to open.
    var openings: Int { state.withLock(\.openings) }
    /// Readers that are open.
    var openCount: Int { state.withLock(\.openCount) }
    /// Records that readers were given.
    var givenCount: Int { state.withLock(\.givenCount) }

    /// Gives no more records than so many in all.
    func hold(at count: Int?) { change { $0.givenMax = count } }

    func append(_ value: [UInt8]?, _ partition: Int32) {
        change { state in
            let offset = Offset(Int64(state.logs[Int(partition)].count))
            state.logs[Int(partition)].append(
                LogRecord(
                    topicPartition: TopicPartition(.accounts, Partition(partition)),
                    offset: offset,
                    timestamp: Timestamp(milliseconds: 0),
                    key: nil,
                    value: value
                )
            )
        }
    }

    /// Leaves offsets without records up to this one.
    func skip(to offset: Int, _ partition: Int32) {
        change { state in
            let missing = offset - state.logs[Int(partition)].count
            state.logs[Int(partition)] += Array(repeating: nil, count: missing)
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }

    func open() throws -> (reader: any AccountReader, ends: [TopicPartition: Offset]) {
        let ends = try state.withLock { state in
            state.openings += 1
            if case .opening(let left) = state.failures, left > 0 {
                state.failures = .opening(left - 1)
                throw EventLogError(.unavailable, "as the test wants it")
            }
            state.openCount += 1
            return state.logs.map { Offset(Int64($0.count)) }
        }
        let named = ends.enumerated().map { number, end in
            (TopicPartition(.accounts, Partition(Int32(number))), end)
        }
        return (Reader(self, partitions: ends.count), Dictionary(uniqueKeysWithValues: named))
    }

    /// Reads one record at a time, partition after partition.
    private final class Reader: AccountReader {
        private let source: FakeAccounts
        private var read: [Int]
        private var ends: [TopicPartition: Offset] = [:]
        /// Ends that were told.
        private var told: [Int?]

        init(_ source: FakeAccounts, partitions: Int) {
            self.source = source
            read = Array(repeating: 0, count: partitions)
            told = Array(repeating: nil, count: partitions)
        }

        func next() throws -> [LogRecord] {
            // Looked at under the lock under which changes are told: none is missed.
            source.changed.lock()
            defer { source.changed.unlock() }
            if let record = try take() { return [record] }
            guard ends.isEmpty else { return [] }
            _ = source.changed.wait(until: Date(timeIntervalSinceNow: 0.3))
            return []
        }

        private func take() throws -> LogRecord? {
            try source.state.withLock { state in
                if case .reading(let left) = state.failures, left > 0 {
                    state.failures = .reading(left - 1)
                    throw EventLogError(.fatal, "as the test wants it")
                }
                if let most = state.givenMax, state.givenCount >= most { return nil }
                for place in read.indices {
                    while read[place] < state.logs[place].count {
                        read[place] += 1
                        guard let record = state.logs[place][read[place] - 1] else { continue }
                        state.givenCount += 1
                        return record
                    }
                    guard told[place] != read[place] else { continue }
                    told[place] = read[place]
                    let partition = TopicPartition(.accounts, Partition(Int32(place)))
                    ends[partition] = Offset(Int64(read[place]))
                }
                return nil
            }
        }

        func takeEnds() -> [TopicPartition: Offset] {
            defer { ends = [:] }
            return ends
        }

        func close() { source.change { $0.openCount -= 1 } }
    }
}
