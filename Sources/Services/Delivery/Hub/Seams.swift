import EventLog
import Events
import Ingest
import Web

/// Takes records into the log; calls back once, with whether the log has it; does not block.
protocol RecordSink: Sendable {
    func append(_ record: OutgoingRecord, report: @escaping @Sendable (Bool) -> Void)
}

extension EventProducer: RecordSink {
    func append(_ record: OutgoingRecord, report: @escaping @Sendable (Bool) -> Void) {
        send(record) { result in
            switch result {
            case .success: report(true)
            case .failure: report(false)
            }
        }
    }
}

/// What became of a submission.
enum SubmissionOutcome: Sendable, Equatable {
    case accepted(SubmissionID, ConversationID, Timestamp)
    case refused(code: String, detail: String)
}

/// Takes submissions into the log; calls back once; does not block.
protocol SubmissionSink: Sendable {
    func submit(
        _ request: MessageRequest,
        from identity: Identity,
        outcome: @escaping @Sendable (SubmissionOutcome) -> Void
    )
}

extension Ingest: SubmissionSink {
    func submit(
        _ request: MessageRequest,
        from identity: Identity,
        outcome: @escaping @Sendable (SubmissionOutcome) -> Void
    ) {
        submit(request, from: identity) { (result: Result<Accepted, Problem>) in
            switch result {
            case .success(let accepted):
                outcome(
                    .accepted(
                        accepted.messageID,
                        accepted.conversationID,
                        accepted.serverTimestamp
                    )
                )
            case .failure(let problem):
                outcome(.refused(code: problem.code.name, detail: problem.detail))
            }
        }
    }
}

/// Says whose a token is.
protocol TokenVerifier: Sendable {
    /// The identity of a token that was verified before; does not block.
    ///
    /// - Throws: why it opens nothing all the same.
    func known(_ token: String) throws(Problem) -> Identity?
    /// The identity.
    ///
    /// - Throws: why the token opens nothing.
    func identify(_ token: String) async throws(Problem) -> Identity
}

extension DeviceTokenVerifier: TokenVerifier {
    func known(_ token: String) throws(Problem) -> Identity? { try cached(accessToken: token) }
    func identify(_ token: String) async throws(Problem) -> Identity {
        try await verify(accessToken: token)
    }
}
