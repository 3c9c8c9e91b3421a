import DequeModule
import NIOCore

/// Asks what is due on one event loop, whatever has become of what was asked before.
///
/// `@unchecked Sendable`: everything mutable is touched on `loop` only; others come in by `on`.
final class HistoryWorker: @unchecked Sendable {
    private static let reconnectDelay: TimeAmount = .milliseconds(200)

    let loop: any EventLoop
    private let plan: HistoryPlan
    private let target: (host: String, port: Int)
    private var questions: HistoryQuestions
    /// The heads of the requests of each person, after the path.
    private let heads: [ByteBuffer]
    private var connections: [RequestConnection] = []
    private var asked: [(due: UInt64, question: HistoryQuestion)] = []
    /// Numbers of requests that are due and wait for a connection.
    private var waiting: Deque<Int> = []
    private(set) var tally = HistoryTally()
    private var startsAt: UInt64 = 0
    private var stopsAt: UInt64 = 0
    private var isStopping = false

    /// `tokens`: of the people who ask.
    init(
        plan: HistoryPlan,
        questions: HistoryQuestions,
        tokens: [String],
        target: (host: String, port: Int),
        loop: any EventLoop
    ) {
        self.plan = plan
        self.questions = questions
        self.target = target
        self.loop = loop
        heads = tokens.map { token in
            ByteBuffer(
                string: """
                     HTTP/1.1\r
                    Host: \(target.host):\(target.port)\r
                    Authorization: Bearer \(token)\r
                    \r

                    """
            )
        }
    }

    /// Looks at the worker, or changes it, on its loop.
    func on<Value: Sendable>(
        _ body: @escaping @Sendable (HistoryWorker) -> Value
    ) async throws -> Value {
        try await loop.submit { body(self) }.get()
    }

    // MARK: Connections

    /// Opens all connections.
    func connect() async throws {
        for _ in 0..<plan.connections { try await loop.flatSubmit { self.open() }.get() }
    }

    private func open() -> EventLoopFuture<Void> {
        RequestConnection.connect(
            host: target.host,
            port: target.port,
            on: loop,
            onAnswer: { connection, number, answer in
                self.answered(number, answer, at: connection.lastRead)
                self.pump()
            },
            onClose: { connection, number in
                self.connections.removeAll { $0 === connection }
                guard !self.isStopping else { return }
                self.tally.disconnects += 1
                if number != nil { self.tally.lose() }
                self.reopen()
            }
        ).map { self.connections.append($0) }
    }

    private func reopen() {
        loop.scheduleTask(in: Self.reconnectDelay) {
            guard !self.isStopping else { return }
            self.open().whenComplete { result in
                if case .success = result {
                    self.pump()
                } else {
                    self.reopen()
                }
            }
        }
    }

    // MARK: Asking

    /// Starts the load: from `start` on, measured from `measured` on, until `stop`; nanoseconds of the loop's clock.
    func begin(start: UInt64, measured: UInt64, stop: UInt64) {
        startsAt = start
        stopsAt = stop
        tally.measuredFrom = measured
        scheduleNext()
    }

    private func scheduleNext() {
        let due = startsAt + plan.dueNanoseconds(asked.count)
        guard due < stopsAt, !isStopping else { return }
        loop.scheduleTask(deadline: .uptimeNanoseconds(due)) {
            self.askDue()
            self.scheduleNext()
        }
    }

    private func askDue() {
        let now = NIODeadline.now().uptimeNanoseconds
        while !isStopping {
            let due = startsAt + plan.dueNanoseconds(asked.count)
            guard due <= now, due < stopsAt else { break }
            waiting.append(asked.count)
            asked.append((due, questions.next()))
            tally.start()
        }
        pump()
    }

    private func pump() {
        while let connection = connections.first(where: \.isFree), let number = waiting.popFirst() {
            let question = asked[number].question
            var request = ByteBuffer(string: "GET \(question.uri)")
            request.writeImmutableBuffer(heads[question.person])
            connection.send(request, number: number)
        }
    }

    private func answered(_ number: Int, _ answer: RequestConnection.Answer, at now: UInt64) {
        let (due, question) = asked[number]
        let verdict = HistoryCheck.verdict(on: answer, to: question)
        tally.answer(question.kind, due: due, at: now, bytes: answer.bytes, verdict)
    }

    // MARK: Ending

    /// Closes everything.
    func end() {
        isStopping = true
        for connection in connections { connection.close() }
    }
}
