import NIOCore
import Synchronization

/// Carries messages from other threads to the event loop: one turn of the loop for all that came meanwhile.
final class LoopMailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        var isScheduled = false
    }

    private let loop: any EventLoop
    private let state = Mutex(State())
    private let deliver: @Sendable ([Message]) -> Void

    /// A mailbox that calls `deliver` on the loop.
    init(_ loop: any EventLoop, deliver: @escaping @Sendable ([Message]) -> Void) {
        self.loop = loop
        self.deliver = deliver
    }

    /// Adds a message; from any thread, also from the loop itself: `deliver` never runs before this returns.
    func post(_ message: Message) {
        let mustSchedule = state.withLock { state in
            state.messages.append(message)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        guard mustSchedule else { return }
        loop.execute {
            let messages = self.state.withLock { state in
                state.isScheduled = false
                defer { state.messages = [] }
                return state.messages
            }
            self.deliver(messages)
        }
    }
}
