import Events
import Foundation
import MartletClient

/// Chats between pipes: each input line is a message, each state change a line of JSON.
actor PipeChat {
    /// What a run does.
    struct Options: Sendable {
        /// To whom the lines go; `nil`: nothing is sent.
        var recipient: OutgoingMessage.Recipient?
        /// How far messages must come before the run ends.
        var goal: MessageState = .sequenced
        /// How many messages may be without an answer.
        var inFlightMax = 1
        /// Whether to receive.
        var listens = false
        /// How many to receive; `nil`: until interrupted.
        var receiveMax: Int?
        /// Whether what was written counts as read.
        var marksRead = true
        /// When to give up.
        var timeout: Duration?
    }

    private let session: DeviceSession
    private let options: Options
    private let ids: UUIDv7Generator
    private let clock: any WallClock
    private let write: @Sendable (String) -> Bool
    private let learned: @Sendable (ConversationID) -> Void
    private var tracker: PipeTracker
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var outputIsGone = false
    private var hasTimedOut = false

    /// `write` writes a line and says whether anybody reads them; `learned` is told what the recipient's conversation is.
    init(
        session: DeviceSession,
        me: AccountID,
        options: Options,
        clock: any WallClock,
        write: @escaping @Sendable (String) -> Bool,
        learned: @escaping @Sendable (ConversationID) -> Void
    ) {
        self.session = session
        self.options = options
        self.clock = clock
        self.write = write
        self.learned = learned
        ids = UUIDv7Generator(clock: clock)
        tracker = PipeTracker(
            me: me,
            goal: options.goal,
            listens: options.listens,
            receiveMax: options.receiveMax,
            marksRead: options.marksRead
        )
    }

    /// Runs until everything is done; the exit code.
    func run(lines: LineSource?) async -> Int32 {
        session.start()
        let sender = Task { await self.send(lines) }
        let timer = Task { await self.expire() }
        for await change in session.changes {
            var position: InboxPosition?
            if case .event(_, let at) = change {
                position = at
            }
            perform(tracker.apply(change))
            wake()
            if isOver {
                // Nobody asks for the next change, which would say that this one is done with.
                position.map { session.handled(upTo: $0) }
                break
            }
        }
        sender.cancel()
        timer.cancel()
        wake()
        await session.stop()
        return hasTimedOut ? 1 : tracker.exitCode
    }

    /// What ended the session, if it was an error.
    var error: ClientError? { tracker.stopError }

    private var isOver: Bool { tracker.isDone || outputIsGone || hasTimedOut }

    private func send(_ lines: LineSource?) async {
        while let lines, let recipient = options.recipient, !isOver, let line = await lines.next() {
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            let message = OutgoingMessage(
                id: ids.next(),
                to: recipient,
                text: line,
                clientTimestamp: clock.now()
            )
            perform(tracker.submitted(message.id))
            session.submit(message)
            while tracker.unanswered >= options.inFlightMax, !isOver {
                await withCheckedContinuation { waiters.append($0) }
            }
        }
        tracker.inputEnded()
        if isOver {
            await session.stop()
        }
    }

    private func expire() async {
        guard let timeout = options.timeout else { return }
        guard (try? await Task.sleep(for: timeout)) != nil else { return }
        hasTimedOut = true
        wake()
        await session.stop()
    }

    private func wake() {
        let waiters = waiters
        self.waiters = []
        for waiter in waiters {
            waiter.resume()
        }
    }

    private func perform(_ effects: [PipeTracker.Effect]) {
        for effect in effects {
            switch effect {
            case .write(let line):
                if !write(line) {
                    outputIsGone = true
                }
            case .read(let conversation, let seq):
                session.read(conversation, upTo: seq)
            case .learned(let conversation):
                learned(conversation)
            }
        }
    }
}
