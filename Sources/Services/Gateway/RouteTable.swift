import EventLog
import Events
import SwiftProtobuf
import Synchronization
import Web

/// Which delivery instance serves which account, folded from `routes`.
final class RouteTable: Sendable {
    /// Partitions at most that are believed.
    static let partitionsMax: UInt32 = 10_000
    /// The longest address that is believed, in bytes.
    static let urlBytesMax = 512

    private struct State {
        var urls: [Partition: String] = [:]
        var partitionCount: Int?
    }

    private let state = Mutex(State())

    /// Sets the partition count of the inbox.
    func set(partitionCount: Int) {
        state.withLock { $0.partitionCount = partitionCount > 0 ? partitionCount : nil }
    }

    /// Whether the partition count is known.
    var hasPartitionCount: Bool { state.withLock { $0.partitionCount != nil } }

    /// Takes a record in; one that makes no sense is left alone.
    func apply(_ record: LogRecord) {
        guard let value = record.value, let route = try? PBRouteRecord(serializedBytes: value),
            case .partitionRoute(let route)? = route.record, route.partition < Self.partitionsMax
        else { return }
        let isAddress = route.url.hasPrefix("ws://") || route.url.hasPrefix("wss://")
        let partition = Partition(Int32(route.partition))
        state.withLock { state in
            if route.url.isEmpty {
                state.urls[partition] = nil
            } else if isAddress, route.url.utf8.count <= Self.urlBytesMax {
                state.urls[partition] = route.url
            }
        }
    }

    /// Where an account's devices connect.
    ///
    /// - Throws: `Problem` with code `no_route` while nobody serves it.
    func url(for account: AccountID) throws(Problem) -> String {
        let url = state.withLock { state -> String? in
            guard let count = state.partitionCount else { return nil }
            return state.urls[Partitioner.partition(of: account, count: count)]
        }
        guard let url else {
            throw Problem(
                .noRoute,
                "nobody serves this account at the moment",
                retryAfter: .seconds(1)
            )
        }
        return url
    }
}
