import EventLog
import Events
import Ingest
import Synchronization
import TestKit
import Testing
import Web

/// An ingest over a log in memory and a clock that stands still.
struct IngestWorld {
    let clock = ManualClock()
    let log = FakeLog()
    let capture = LogCapture()
    let ingest: Ingest

    init(_ configure: (inout Ingest.Options) -> Void = { _ in }) {
        var options = Ingest.Options()
        // Nobody is late in a test that is not about being late.
        options.replyTimeout = .seconds(600)
        configure(&options)
        ingest = Ingest(
            log: log,
            directoryKey: Samples.keys.directoryKey,
            clock: clock,
            ids: UUIDv7Generator(clock: clock, random: SeededRandom(seed: 1)),
            logger: capture.logger,
            options: options
        )
    }

    /// The id of `request()`, the same whatever the clock says.
    var id: SubmissionID { Samples.id(at: Timestamp(milliseconds: 1_767_225_600_000)) }

    /// A good request from Ada to Bob, in which a test changes what it is about.
    func request(
        id: String? = IngestWorld.sampleID,
        recipient: String? = Samples.bobPhone,
        group: String? = nil,
        message: String? = "hello",
        clientTimestamp: Int64? = nil
    ) -> MessageRequest {
        MessageRequest(
            id: id,
            recipient: recipient,
            recipientGroup: group,
            message: message,
            clientTimestamp: clientTimestamp
        )
    }

    static var sampleID: String {
        Samples.id(at: Timestamp(milliseconds: 1_767_225_600_000)).description
    }

    /// Everything that one request was answered.
    final class Answers: Sendable {
        private struct State {
            var all: [Result<Accepted, Problem>] = []
            var waiting: (count: Int, resume: CheckedContinuation<Void, Never>)?
        }

        private let state = Mutex(State())

        var all: [Result<Accepted, Problem>] { state.withLock(\.all) }

        func add(_ answer: Result<Accepted, Problem>) {
            let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
                state.all.append(answer)
                guard let waiting = state.waiting, state.all.count >= waiting.count else {
                    return nil
                }
                state.waiting = nil
                return waiting.resume
            }
            waiting?.resume()
        }

        /// The answer; there must be one by now, and no second.
        func only() throws -> Result<Accepted, Problem> {
            let all = all
            try #require(all.count == 1, "\(all)")
            return all[0]
        }

        /// Waits until there are so many.
        func wait(for count: Int) async {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.all.count >= count { return true }
                    state.waiting = (count, continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        }
    }

    @discardableResult
    func submit(_ request: MessageRequest, from identity: Identity = Samples.ada) -> Answers {
        let answers = Answers()
        ingest.submit(request, from: identity) { answers.add($0) }
        return answers
    }

    /// What a request that is answered at once is answered.
    func accepted(
        _ request: MessageRequest,
        from identity: Identity = Samples.ada
    ) throws
        -> Accepted
    {
        try submit(request, from: identity).only().get()
    }

    /// The code with which a request is refused at once; `nil`: it is not.
    func refusal(_ request: MessageRequest, from identity: Identity = Samples.ada) -> Problem.Code?
    {
        (try? submit(request, from: identity).only())?.failure?.code
    }
}
