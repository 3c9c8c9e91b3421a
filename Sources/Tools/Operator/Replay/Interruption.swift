import Foundation
import Synchronization

/// Notices Ctrl-C while a thread works: the first asks it to come to an end, the second ends the process.
final class Interruption: Sendable {
    /// What a shell takes for "ended by Ctrl-C".
    static let status: Int32 = 130

    private let requests = Atomic<Int>(0)

    /// Whether the work is to end.
    var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

    /// Asks for the end; the second time there is no more waiting for it.
    func request() {
        if requests.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { exit(Self.status) }
    }

    /// Runs `body`, telling it of `EndingSignals`.
    static func watched<Value: Sendable>(
        _ body: (Interruption) async throws -> Value
    ) async throws -> Value {
        let interruption = Interruption()
        let signals = await EndingSignals()
        let watcher = Task { await signals.requests { _ in interruption.request() } }
        defer { watcher.cancel() }
        return try await body(interruption)
    }
}
