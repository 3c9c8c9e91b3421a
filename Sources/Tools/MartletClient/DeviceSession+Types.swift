public import Events
public import NIOCore
import NIOPosix

extension DeviceSession {
    /// What happened to the session.
    public enum Change: Sendable, Equatable {
        /// It is looking for its server.
        case connecting
        /// It is connected; the position is the one from which it goes on.
        case connected(InboxPosition)
        /// The connection ended, with this close code if there was one; it will be tried again after a while.
        case disconnected(code: UInt16?, retryIn: Duration)
        /// Something happened; each event comes once, in order.
        case event(ServerEvent, InboxPosition)
        /// The server no longer keeps what lies before this position: it is to be fetched from history.
        case gap(InboxPosition)
        /// Something that holds for a moment; it may be lost, and is when `changes` are not read.
        case signal(Signal)
        /// A submission was answered.
        case submission(SubmissionID, SubmissionOutcome)
        /// There are new tokens (`saveCredentials` has had them).
        case renewed(Credentials)
        /// The server complained about a frame.
        case complaint(code: String, detail: String)
        /// It is over; without an error: because it was asked for; with `device_removed`: for good.
        case stopped(ClientError?)
    }

    /// The answer to a submission.
    public enum SubmissionOutcome: Sendable, Equatable {
        /// The log has it.
        case accepted(AcceptedMessage)
        /// It was refused for good.
        case rejected(code: String, detail: String)
    }

    /// How a session behaves.
    public struct Configuration: Sendable {
        /// The device.
        public var credentials: Credentials
        /// Where it was; `nil`: a new device, start from now.
        public var position: InboxPosition?
        /// How long handled events wait until the position is kept, and those of which an acknowledgement makes somebody's ticks
        /// until they are acknowledged.
        ///
        /// Default: 50 ms.
        public var ackDelay: Duration = .milliseconds(50)
        /// How long the others, such as ticks, one's own messages and those of channels, wait for their acknowledgement.
        ///
        /// Default: 1 s.
        public var lateAckDelay: Duration = .seconds(1)
        /// How many handled events are acknowledged without waiting.
        ///
        /// Default: 64.
        public var ackEventsMax = 64
        /// How many submissions may be on their way at once.
        ///
        /// Default: 256.
        public var submissionsInFlightMax = 256
        /// How many submissions may wait for an answer, sent or not.
        ///
        /// Default: 10,000.
        public var outboxCountMax = 10_000
        /// How many bytes of text may wait for an answer.
        ///
        /// Default: 8 MiB.
        public var outboxBytesMax = 8 << 20
        /// How many events may wait for `changes` to be read; more break the connection, and come again.
        ///
        /// Default: 4,096.
        public var eventsWaitingMax = 4096
        /// After how long a submission without an answer is sent again.
        ///
        /// Default: 10 s.
        public var answerTimeout: Duration = .seconds(10)
        /// After how long without a word, the server's pings included, the connection counts as broken.
        ///
        /// Default: 60 s.
        public var silenceMax: Duration = .seconds(60)
        /// The first delay before reconnecting; it doubles with each failure.
        ///
        /// Default: 100 ms.
        public var backOffMin: Duration = .milliseconds(100)
        /// The longest delay before reconnecting.
        ///
        /// Default: 5 s.
        public var backOffMax: Duration = .seconds(5)
        /// Keeps the position, before it is acknowledged.
        ///
        /// Runs on the event loop; must not block for long.
        public var savePosition: (@Sendable (InboxPosition) -> Void)?
        /// Keeps new tokens.
        ///
        /// Runs on the event loop; must not block for long.
        public var saveCredentials: (@Sendable (Credentials) -> Void)?
        /// Is given every change on the event loop, instead of `changes`; an event counts as handled when it returns.
        public var onChange: (@Sendable (Change) -> Void)?
        /// The loop that the session lives on; `nil`: one of the process's.
        public var eventLoop: (any EventLoop)?

        /// The defaults for a device.
        public init(credentials: Credentials, position: InboxPosition? = nil) {
            self.credentials = credentials
            self.position = position
        }
    }

    /// What a session has counted.
    public struct Statistics: Sendable, Equatable {
        /// Events handed out.
        public var events = 0
        /// Events dropped because they had been had before.
        public var resends = 0
        /// Sessions opened.
        public var connections = 0
        /// Submissions sent more than once.
        public var submissionsRepeated = 0
    }
}
