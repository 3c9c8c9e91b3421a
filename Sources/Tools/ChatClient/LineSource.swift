import Foundation
import Synchronization

/// Lines of standard input, read by a thread of its own, one ahead of its reader at most.
///
/// Blocking reads have no place in tasks, and a file of gigabytes has none in memory.
final class LineSource: Sendable {
    private struct State {
        var line: String?
        var hasEnded = false
        var waiter: CheckedContinuation<String?, Never>?
    }

    private let state = Mutex(State())
    /// Starts at 0 and is signalled at once: libdispatch traps when a semaphore dies below its first value.
    private let room = DispatchSemaphore(value: 0)

    /// Starts to read.
    init(read: @escaping @Sendable () -> String? = { readLine(strippingNewline: true) }) {
        let thread = Thread {
            while true {
                self.room.wait()
                guard let line = read() else {
                    self.put(nil)
                    return
                }
                self.put(line)
            }
        }
        thread.name = "martlet-stdin"
        room.signal()
        thread.start()
    }

    /// The next line; `nil` at the end.
    func next() async -> String? {
        let line: String? = await withCheckedContinuation { continuation in
            let result = state.withLock { state -> String?? in
                if let line = state.line {
                    state.line = nil
                    return .some(line)
                }
                if state.hasEnded {
                    return .some(nil)
                }
                state.waiter = continuation
                return nil
            }
            if case .some(let line) = result {
                continuation.resume(returning: line)
            }
        }
        if line != nil {
            room.signal()
        }
        return line
    }

    private func put(_ line: String?) {
        let waiter = state.withLock { state -> CheckedContinuation<String?, Never>? in
            defer { state.waiter = nil }
            if line == nil {
                state.hasEnded = true
            } else if state.waiter == nil {
                state.line = line
            }
            return state.waiter
        }
        waiter?.resume(returning: line)
    }
}
