import Accounts
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
    /// What is known of devices.
    let devices = DeviceRegistry(keepsDevices: true)
    private let replyTimeout: Duration

    /// A gateway that waits this long for the log's reports, by default until the test gives them, and that has read `accounts` or not.
    init(replyTimeout: Duration = .seconds(600), isComplete: Bool = true) {
        self.replyTimeout = replyTimeout
        tokens = TokenAuthority(keys: Samples.keys, clock: clock)
        if isComplete { devices.complete() }
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
            accounts: AccountLog(
                log: log,
                clock: clock,
                devices: devices,
                timeout: replyTimeout
            ),
            sender: sender,
            routes: routes,
            directory: ServiceDirectory(DirectorySample.context()),
            clock: clock,
            ids: ids,
            logger: capture.logger
        ).router()
    }

    /// Serves the calls while `body` runs.
    func serve(_ body: (LoopbackServer) async throws -> Void) async throws {
        try await LoopbackServer.run(router(), logger: capture.logger, body)
    }

    func token(_ identity: Identity = Samples.ada) async throws -> String {
        try await tokens.issue(for: identity).accessToken
    }

    /// Has `accounts` say that devices are there, as a follower would read it.
    func add(_ identities: Identity...) {
        for identity in identities { tell(.deviceAdded(identity.device, name: ""), identity) }
    }

    /// Has `accounts` say that a device was removed.
    func remove(_ identity: Identity) {
        tell(.deviceRemoved(identity.device), identity)
    }

    private func tell(_ change: AccountChange, _ identity: Identity) {
        devices.apply(
            AccountEvent(
                account: identity.account,
                device: nil,
                serverTime: clock.now(),
                change: change
            )
        )
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
