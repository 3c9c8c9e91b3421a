import DequeModule
import Events
import Synchronization

/// The changes of a session, one after the other; to be read by one task.
///
/// An event counts as handled, and may be acknowledged, when the next change is asked for.
public struct SessionChanges: AsyncSequence, Sendable {
    /// One change.
    public typealias Element = DeviceSession.Change
    /// Never fails.
    public typealias Failure = Never

    let buffer: ChangeBuffer

    /// Reads the changes.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let buffer: ChangeBuffer

        /// The next change; `nil` after `stopped` and when the task is cancelled.
        public mutating func next() async -> DeviceSession.Change? {
            await buffer.next()
        }

        /// The next change; `nil` after `stopped` and when the task is cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async -> DeviceSession.Change? {
            await buffer.next()
        }
    }

    /// Starts reading where the last reader stopped.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(buffer: buffer)
    }
}

/// Carries changes from the event loop to a task, bounded.
final class ChangeBuffer: Sendable {
    private struct State {
        var changes: Deque<(change: DeviceSession.Change, position: InboxPosition?)> = []
        var events = 0
        var signals = 0
        var waiter: CheckedContinuation<DeviceSession.Change?, Never>?
        var inHand: InboxPosition?
        var handled: InboxPosition?
        var unreported = 0
        var isFinished = false
    }

    private static let statusesMax = 65_536
    /// More signals than this are not kept for a reader that is behind: no event waits for them, or gives way to them.
    private static let signalsMax = 256

    private let eventsMax: Int
    private let reportEvery: Int
    private let onHandled: @Sendable (InboxPosition, Int) -> Void
    private let state = Mutex(State())

    /// `onHandled` is called in the reader's task, not for each event but often enough, with how many were handled.
    init(
        eventsMax: Int,
        reportEvery: Int,
        onHandled: @escaping @Sendable (InboxPosition, Int) -> Void
    ) {
        self.eventsMax = eventsMax
        self.reportEvery = reportEvery
        self.onHandled = onHandled
    }

    /// Whether another event may be put in.
    var hasRoom: Bool { state.withLock { $0.events < eventsMax } }

    func put(_ change: DeviceSession.Change, handling position: InboxPosition?) {
        let waiter: CheckedContinuation<DeviceSession.Change?, Never>? = state.withLock { state in
            guard !state.isFinished, state.changes.count < eventsMax + Self.statusesMax else {
                return nil
            }
            if case .stopped = change {
                state.isFinished = true
            }
            if change.isSignal, state.signals >= Self.signalsMax {
                return nil
            }
            guard let waiter = state.waiter else {
                state.changes.append((change, position))
                state.events += position == nil ? 0 : 1
                state.signals += change.isSignal ? 1 : 0
                return nil
            }
            state.waiter = nil
            state.inHand = position
            return waiter
        }
        waiter?.resume(returning: change)
    }

    func next() async -> DeviceSession.Change? {
        let report = state.withLock { state -> (InboxPosition, Int)? in
            if let position = state.inHand {
                state.inHand = nil
                state.unreported += 1
                state.handled = position
            }
            guard let position = state.handled,
                state.changes.isEmpty || state.unreported >= reportEvery
            else { return nil }
            defer {
                state.handled = nil
                state.unreported = 0
            }
            return (position, state.unreported)
        }
        if let (position, count) = report {
            onHandled(position, count)
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                take(continuation)
            }
        } onCancel: {
            state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }?.resume(returning: nil)
        }
    }

    private func take(_ continuation: CheckedContinuation<DeviceSession.Change?, Never>) {
        enum Outcome {
            case now(DeviceSession.Change?)
            case later
        }
        let outcome = state.withLock { state -> Outcome in
            if let (change, position) = state.changes.popFirst() {
                state.signals -= change.isSignal ? 1 : 0
                if let position {
                    state.events -= 1
                    state.inHand = position
                }
                return .now(change)
            }
            // A second reader at the same time gets nothing instead of a trap.
            if state.isFinished || Task.isCancelled || state.waiter != nil {
                return .now(nil)
            }
            state.waiter = continuation
            return .later
        }
        if case .now(let change) = outcome {
            continuation.resume(returning: change)
        }
    }
}

extension DeviceSession.Change {
    fileprivate var isSignal: Bool {
        if case .signal = self { true } else { false }
    }
}
