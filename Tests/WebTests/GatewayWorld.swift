import EventLog
import Events
import Hummingbird
import Ingest
import Logging
import ServiceKit
import Synchronization
import TestKit
import Web

@testable import Gateway

/// A gateway's calls over a log in memory, served on a loopback port.
struct GatewayWorld: Sendable {
    let clock = ManualClock()
    let log = FakeLog()
    let sender = FakeSender()
    let routes = RouteTable()
    let capture = LogCapture()
    let tokens: TokenAuthority
    private let replyTimeout: Duration

    /// A gateway that waits this long for the log's reports; by default until the test gives them.
    init(replyTimeout: Duration = .seconds(600)) {
        self.replyTimeout = replyTimeout
        tokens = TokenAuthority(keys: Samples.keys, clock: clock)
    }

    /// Codes that would have gone to people.
    final class FakeSender: VerificationSender {
        private struct State {
            var sent: [Verification] = []
            var isBroken = false
        }

        struct Failure: Error {}

        private let state = Mutex(State())

        var sent: [Verification] { state.withLock(\.sent) }

        var isBroken: Bool {
            get { state.withLock(\.isBroken) }
            set { state.withLock { $0.isBroken = newValue } }
        }

        func send(_ verification: Verification) async throws {
            try state.withLock { state in
                if state.isBroken { throw Failure() }
                state.sent.append(verification)
            }
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let ids = UUIDv7Generator(clock: clock)
        var options = Ingest.Options()
        options.replyTimeout = replyTimeout
        return GatewayRoutes(
            ingest: Ingest(
                log: log,
                directoryKey: Samples.keys.directoryKey,
                clock: clock,
                ids: ids,
                logger: capture.logger,
                options: options
            ),
            tokens: tokens,
            registrations: RegistrationDesk(
                accounts: AccountLog(log: log, clock: clock, timeout: replyTimeout),
                sender: sender,
                directoryKey: Samples.keys.directoryKey,
                clock: clock,
                ids: ids,
                logger: capture.logger
            ),
            routes: routes,
            directory: ServiceDirectory(DirectorySample.context()),
            clock: clock
        ).router()
    }

    /// Serves the calls while `body` runs.
    func serve(_ body: (LoopbackServer) async throws -> Void) async throws {
        try await LoopbackServer.run(router(), logger: capture.logger, body)
    }

    func token(_ identity: Identity = Samples.ada) async throws -> String {
        try await tokens.issue(for: identity).accessToken
    }

    /// Begins a registration and gives its id and its code.
    func begin(
        _ server: LoopbackServer,
        phone: String = Samples.adaPhone
    ) async throws -> (id: String, code: String) {
        let answer = try await server.post("/v1/registrations", #"{"phone":"\#(phone)"}"#)
        guard let id = answer.string("registration_id"),
            let sent = sender.sent.last(where: { $0.registrationID == id })
        else { throw HarnessError("no registration: \(answer.text)") }
        return (id, sent.code)
    }
}
