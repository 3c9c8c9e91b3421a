import Events
import Foundation
import MartletClient
import ServiceKit
import Synchronization
import TestKit

/// A device that is connected and remembers what came of its submissions.
final class Petitioner: Sendable {
    let credentials: Credentials
    let session: DeviceSession
    private let outcomes: Outcomes

    private final class Outcomes: Sendable {
        private let known = Mutex<[SubmissionID: String]>([:])

        func take(_ change: DeviceSession.Change) {
            guard case .event(let event, _) = change else { return }
            switch event {
            case .message(let message): note(message.messageID, "yes")
            case .conversation(let event): note(event.submissionID, "yes")
            case .rejected(let rejection): note(rejection.messageID, rejection.code)
            default: break
            }
        }

        private func note(_ id: SubmissionID, _ outcome: String) {
            known.withLock { $0[id] = outcome }
        }

        subscript(id: SubmissionID) -> String? { known.withLock { $0[id] } }
    }

    init(_ harness: PipelineHarness, _ credentials: Credentials) {
        self.credentials = credentials
        let outcomes = Outcomes()
        self.outcomes = outcomes
        var configuration = DeviceSession.Configuration(credentials: credentials, position: nil)
        configuration.onChange = { outcomes.take($0) }
        session = DeviceSession(http: harness.http, configuration: configuration)
        session.start()
    }

    var account: AccountID { credentials.accountID }
    var token: String { credentials.accessToken }

    /// What the router said: `yes`, or the code of the rejection.
    func outcome(of id: SubmissionID) async throws -> String {
        try await wait(for: "the outcome of \(id)") { self.outcomes[id] != nil }
        return outcomes[id] ?? ""
    }
}

/// Everybody who asks, *another* and somebody who waits, each registered and connected.
struct AuthorisationCast: Sendable {
    let harness: PipelineHarness
    let history: String
    private let people: [Asker: Petitioner]
    private let stranger: Petitioner
    let another: Petitioner
    let waiting: Petitioner
    let ids = UUIDv7Generator(clock: SystemClock())

    init(_ harness: PipelineHarness) async throws {
        self.harness = harness
        guard let history = try await harness.http.discover().history else {
            throw HarnessError("no history endpoint")
        }
        self.history = history
        var people: [Asker: Petitioner] = [:]
        for (number, asker) in Asker.allCases.enumerated() where asker != .anonymous {
            let place = asker == .otherDevice ? 0 : number
            people[asker] = try await Self.person(harness, place)
        }
        self.people = people
        guard let stranger = people[.stranger] else { throw HarnessError("no stranger") }
        self.stranger = stranger
        another = try await Self.person(harness, 20)
        waiting = try await Self.person(harness, 21)
        let path = "/v1/blocks/\(holder(.blocked).account)"
        let block = Call("PUT", path, token: another.token)
        _ = try await submission(block, by: another)
    }

    private static func person(
        _ harness: PipelineHarness,
        _ number: Int
    ) async throws -> Petitioner {
        Petitioner(harness, try await harness.register(phone: "+1555124\(1000 + number)"))
    }

    /// Who asks; `nil`: nobody.
    subscript(asker: Asker) -> Petitioner? { people[asker] }

    /// Who asks, or of the anonymous the one whose things he holds.
    func holder(_ asker: Asker) -> Petitioner { people[asker] ?? stranger }

    func stop() async {
        for person in Array(people.values) + [another, waiting] { await person.session.stop() }
    }

    /// Makes a call that must be accepted, and says under which id.
    func submission(_ call: Call, by person: Petitioner) async throws -> Made {
        let answer = try await call.send(to: harness.server)
        guard let made = Made(answer), try await person.outcome(of: made.submission) == "yes" else {
            throw HarnessError("\(call.method) \(call.path): \(answer.status)")
        }
        return made
    }

    /// What a call that went to the router was answered.
    struct Made {
        let submission: SubmissionID
        let conversation: String
        let token: String?

        init?(_ answer: Call.Answer) {
            guard (201...202).contains(answer.status),
                let json = answer.json as? [String: Any],
                let text = (json["submission_id"] ?? json["messageId"]) as? String,
                let submission = SubmissionID(text),
                let conversation = json["conversation_id"] as? String
            else { return nil }
            self.submission = submission
            self.conversation = conversation
            token = json["token"] as? String
        }
    }
}
