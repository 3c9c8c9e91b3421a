import DequeModule
import Events
import MartletClient
import NIOCore

/// Adds accounts to a channel, one a request, on many connections at once.
///
/// `@unchecked Sendable`: everything mutable is touched on `loop` only.
final class MemberFeed: @unchecked Sendable {
    private static let retryDelay: TimeAmount = .milliseconds(200)
    /// Connections that could not be opened, or requests that were refused for now, one after another, before it gives up.
    private static let failuresMax = 500

    private let target: (host: String, port: Int)
    private let token: String
    private let channel: ConversationID
    private let accounts: [AccountID]
    private let madeAt: Timestamp
    private let numbering = MessageNumbering(nonce: .random(in: 0..<(1 << 22)))
    private let loop: any EventLoop
    private let progress: @Sendable (Int) -> Void
    private let finished: EventLoopPromise<Void>
    private var next = 0
    private var again: Deque<Int> = []
    private var done = 0
    private var failures = 0
    private var isOver = false
    private var connections: [RequestConnection] = []

    /// A request's id carries `madeAt`, so that asking again is the same request.
    init(
        target: (host: String, port: Int),
        token: String,
        channel: ConversationID,
        accounts: [AccountID],
        madeAt: Timestamp,
        loop: any EventLoop,
        progress: @escaping @Sendable (Int) -> Void
    ) {
        self.target = target
        self.token = token
        self.channel = channel
        self.accounts = accounts
        self.madeAt = madeAt
        self.loop = loop
        self.progress = progress
        finished = loop.makePromise()
    }

    /// Returns when the log has every request.
    func run(connections count: Int) async throws {
        loop.execute {
            for _ in 0..<count { self.open() }
        }
        try await finished.futureResult.get()
    }

    private func open() {
        guard !isOver else { return }
        RequestConnection.connect(
            host: target.host,
            port: target.port,
            on: loop,
            onAnswer: { connection, number, answer in
                self.answered(number, answer.status, connection)
            },
            onClose: { connection, number in
                self.connections.removeAll { $0 === connection }
                if let number { self.again.append(number) }
                self.reopen()
            }
        ).whenComplete { result in
            switch result {
            case .success(let connection):
                self.connections.append(connection)
                self.post(on: connection)
            case .failure: self.reopen()
            }
        }
    }

    private func reopen() {
        guard fail("cannot reach the server") else { return }
        loop.scheduleTask(in: Self.retryDelay) { self.open() }
    }

    /// Whether to go on after a failure.
    private func fail(_ reason: String) -> Bool {
        failures += 1
        guard !isOver, failures > Self.failuresMax else { return !isOver }
        end(ClientError(.transport, reason))
        return false
    }

    private func end(_ error: ClientError?) {
        guard !isOver else { return }
        isOver = true
        for connection in connections { connection.close() }
        if let error { finished.fail(error) } else { finished.succeed(()) }
    }

    private func post(on connection: RequestConnection) {
        guard !isOver else { return }
        guard let number = again.popFirst() ?? takeNext() else { return }
        let id = numbering.id(of: number, at: madeAt)
        let body = "{\"id\":\"\(id)\",\"accounts\":[\"\(accounts[number])\"]}"
        let request = """
            POST /v1/conversations/\(channel)/members HTTP/1.1\r
            Host: \(target.host):\(target.port)\r
            Authorization: Bearer \(token)\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
        connection.send(ByteBuffer(string: request), number: number)
    }

    private func takeNext() -> Int? {
        guard next < accounts.count else { return nil }
        next += 1
        return next - 1
    }

    private func answered(_ number: Int, _ status: Int, _ connection: RequestConnection) {
        switch status {
        case 202:
            failures = 0
            done += 1
            progress(done)
            guard done < accounts.count else { return end(nil) }
            post(on: connection)
        case 429, 503:
            again.append(number)
            guard fail("the server is not available") else { return }
            loop.scheduleTask(in: Self.retryDelay) {
                if connection.isFree { self.post(on: connection) }
            }
        default:
            end(ClientError(.badResponse, "a follower was refused", status: status))
        }
    }
}
