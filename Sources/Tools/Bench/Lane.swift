import DequeModule
import Events
import MartletClient
import NIOCore

/// One account of the load: its socket, what it owes the server, what it waits for.
struct Lane {
    var session: LoadSession

    /// The highest seq seen, to notice what is out of order.
    var seq: UInt64 = 0
    /// The highest seq of the other's messages, to be reported as read.
    var readSeq: UInt64 = 0
    var conversation: ConversationID?
    /// Whether a message of the other's waits to be acknowledged and read.
    var owesRead = false

    /// One's own messages by seq, without two ticks and without blue ticks.
    var awaitingDelivered: Deque<(seq: UInt64, number: Int)> = []
    var awaitingRead: Deque<(seq: UInt64, number: Int)> = []
    var deliveredSeq: UInt64 = 0
    var marksReadSeq: UInt64 = 0

    /// Messages that are due but could not be sent yet.
    var backlog: Deque<Int> = []

    /// A submit frame and a POST request that lack the id only.
    var frame: ByteBuffer
    let frameIDOffset: Int
    var request: ByteBuffer
    let requestIDOffset: Int

    init(_ account: BenchAccounts.Account, peer: AccountID, text: String, host: String) {
        session = LoadSession(account)
        let placeholder = SubmissionID(high: 0, low: 0)
        let message = OutgoingMessage(id: placeholder, to: .account(peer), text: text)
        var frame = ByteBuffer()
        ClientFrame.submit(message).write(to: &frame)
        self.frame = frame
        frameIDOffset = Self.offset(of: placeholder, in: frame)
        var body = ByteBuffer(string: "{")
        body.writeFields(of: message)
        body.writeString("}")
        var request = ByteBuffer(
            string: """
                POST /v1/messages HTTP/1.1\r
                Host: \(host)\r
                Authorization: Bearer \(session.token)\r
                Content-Type: application/json\r
                Content-Length: \(body.readableBytes)\r
                \r

                """
        )
        request.writeImmutableBuffer(body)
        self.request = request
        requestIDOffset = Self.offset(of: placeholder, in: request)
    }

    private static func offset(of id: SubmissionID, in buffer: ByteBuffer) -> Int {
        let view = buffer.readableBytesView
        return view.firstRange(of: Array(id.description.utf8))?.lowerBound ?? 0
    }
}
