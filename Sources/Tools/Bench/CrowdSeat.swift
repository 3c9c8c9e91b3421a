import DequeModule
import Events
import MartletClient
import NIOCore

/// One member of the crowd: its socket, what it has received, what it owes the server.
struct CrowdSeat {
    var session: LoadSession
    /// Whether somebody waits for it.
    var isAwaited = false
    /// Whether the worker's lists of those that owe an acknowledgement name it.
    var isListed = false
    var isListedLate = false

    /// The highest seq received; the probe's is the first.
    var seq: UInt64 = 0
    /// Seqs below it that were passed over: should one come, it comes out of order.
    var skipped: Set<UInt64> = []
    /// The highest seq that was reported as read.
    var readSeq: UInt64 = 0

    /// Posts that are due but could not be sent yet.
    var backlog: Deque<Int> = []
    /// A submit frame that lacks the id only; `nil`: it never posts.
    var frame: ByteBuffer?
    private var frameIDOffset = 0

    init(_ account: BenchAccounts.Account) {
        session = LoadSession(account)
    }

    /// Lets it post this text.
    mutating func makePoster(in conversation: ConversationID, text: String) {
        let placeholder = SubmissionID(high: 0, low: 0)
        let message = OutgoingMessage(id: placeholder, to: .conversation(conversation), text: text)
        var frame = ByteBuffer()
        ClientFrame.submit(message).write(to: &frame)
        let name = Array(placeholder.description.utf8)
        frameIDOffset = frame.readableBytesView.firstRange(of: name)?.lowerBound ?? 0
        self.frame = frame
    }

    /// The frame of the post of this id.
    mutating func frame(_ id: SubmissionID) -> ByteBuffer? {
        frame?.setString(id.description, at: frameIDOffset)
        return frame
    }
}
