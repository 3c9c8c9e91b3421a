import Foundation
import UnixSignals

/// By what a person, a supervisor, or a terminal that goes away ends a command: SIGINT, SIGTERM and SIGHUP.
///
/// SIGHUP only if whoever started the process did not want it to outlive its terminal, as `nohup` does.
struct EndingSignals {
    private let signals: UnixSignalsSequence

    /// From now on they end nothing by themselves.
    init() async {
        var trapped: [UnixSignal] = [.sigint, .sigterm]
        if !Self.isIgnored(SIGHUP) { trapped.append(.sighup) }
        signals = await UnixSignalsSequence(trapping: trapped)
    }

    /// Tells `body` of each request to end, and whether it is the first, until the task is cancelled.
    func requests(_ body: (_ isFirst: Bool) async -> Void) async {
        var isFirst = true
        for await signal in signals {
            // Shell and kernel may each say that the terminal is gone: that is nobody's impatience.
            if signal == .sighup, !isFirst { continue }
            await body(isFirst)
            isFirst = false
        }
    }

    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        let handler = action.__sigaction_handler.sa_handler
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
