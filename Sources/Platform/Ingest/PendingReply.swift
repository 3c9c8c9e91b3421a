import Synchronization
import Web

/// A caller who waits for an answer and gets exactly one, whoever comes first with it.
final class PendingReply: Sendable {
    typealias Reply = @Sendable (Result<Accepted, Problem>) -> Void

    private let reply: Mutex<Reply?>

    init(_ reply: @escaping Reply) {
        self.reply = Mutex(reply)
    }

    /// Whether the answer was given.
    var isAnswered: Bool { reply.withLock { $0 == nil } }

    /// Gives the answer unless one was given; says whether it did.
    @discardableResult
    func answer(_ result: Result<Accepted, Problem>) -> Bool {
        let reply = reply.withLock { reply -> Reply? in
            defer { reply = nil }
            return reply
        }
        reply?(result)
        return reply != nil
    }
}
