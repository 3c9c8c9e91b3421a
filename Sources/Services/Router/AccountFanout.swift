import Accounts
import Conversations
import EventLog
import Events
import GRDB
import Projections

/// Tells an account's own devices what it has changed about itself: a record of `accounts` becomes one of the same partition of
/// `inbox`.
///
/// Remembers nothing but how far it has read. Without that it begins with the first record: readers drop what they have by
/// origin, and whoever had nothing is told in order, so that the last change holds.
///
/// `@unchecked Sendable`: everything mutable is touched only by the runner's one thread.
final class AccountFanout: Projection, @unchecked Sendable {
    /// How many partitions its topics have.
    struct PartitionCounts {
        let accounts: Int
        let inbox: Int
    }

    let name = "router-accounts"
    let topics: [Topic] = [.accounts]
    let migrations: [Migration] = []
    /// With the origins of another `accounts` whatever it told would be dropped as a repetition.
    let missingInput = MissingInput.rebuild

    private let partitionCounts: () throws -> PartitionCounts
    private var partitionCount = 0

    /// Makes a projection; `partitionCounts` may block and is asked when partitions are assigned.
    init(partitionCounts: @escaping () throws -> PartitionCounts) {
        self.partitionCounts = partitionCounts
    }

    func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws
        -> [Topic: StartPosition]
    {
        let counts = try partitionCounts()
        guard counts.accounts == counts.inbox else {
            throw ProjectionError(
                .partitionCounts,
                "accounts has \(counts.accounts) partitions, inbox \(counts.inbox)"
            )
        }
        partitionCount = counts.accounts
        return [:]
    }

    func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        let partition = record.topicPartition.partition
        let bytes = record.value ?? []
        let event: AccountEvent
        do throws(AccountEvent.Malformed) {
            event = try AccountEvent(decoding: bytes)
        } catch {
            throw PoisonRecord(code: "undecodable", detail: error.reason)
        }
        guard Partitioner.partition(of: event.account, count: partitionCount) == partition else {
            throw PoisonRecord(
                code: "wrong_partition",
                detail: "the account belongs to another partition"
            )
        }
        guard AccountEventJSON.kind(of: event.change) != nil else { return }
        outputs.append(
            OutgoingRecord(
                topic: .inbox,
                partition: partition,
                key: event.account.bytes,
                value: InboxCoding.account(bytes, origin: record.origin())
            )
        )
    }

    func save(_ database: Database) {}
}
