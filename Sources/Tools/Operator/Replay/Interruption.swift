import Foundation
import Synchronization
import UnixSignals

/// Notices Ctrl-C while a thread works: the first asks it to come to an end, the second ends the process.
///
/// A terminal that goes away asks for the end as well, unless the process was started to outlive it, as `nohup` does.
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

    /// Runs `body`, telling it of SIGINT, SIGTERM and SIGHUP.
    static func watched<Value: Sendable>(
        _ body: (Interruption) async throws -> Value
    ) async throws -> Value {
        let interruption = Interruption()
        var trapped: [UnixSignal] = [.sigint, .sigterm]
        if !isIgnored(SIGHUP) { trapped.append(.sighup) }
        let signals = await UnixSignalsSequence(trapping: trapped)
        let watcher = Task {
            for await signal in signals {
                // Shell and kernel may each say that the terminal is gone: that is nobody's impatience.
                if signal == .sighup, interruption.isRequested { continue }
                interruption.request()
            }
        }
        defer { watcher.cancel() }
        return try await body(interruption)
    }

    /// Whether whoever started the process wants a signal to do nothing.
    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        let handler = action.__sigaction_handler.sa_handler
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
