import Accounts
import Events
import Ingest
import Logging
import Synchronization
import Web

/// Registers devices: sends codes, takes them back, writes who is confirmed to `accounts`.
final class RegistrationDesk: Sendable {
    private let devices: DeviceDesk
    private let sender: any VerificationSender
    private let names: DirectoryNames
    private let clock: any WallClock
    private let ids: UUIDv7Generator
    private let logger: Logger
    private let table = Mutex(RegistrationTable())

    init(
        devices: DeviceDesk,
        sender: any VerificationSender,
        names: DirectoryNames,
        clock: any WallClock,
        ids: UUIDv7Generator,
        logger: Logger
    ) {
        self.devices = devices
        self.sender = sender
        self.names = names
        self.clock = clock
        self.ids = ids
        self.logger = logger
    }

    /// Begins a registration and sends its code.
    ///
    /// - Throws: `Problem` with code `too_many_requests` or `verification_unavailable`.
    func begin(_ request: RegistrationRequest) async throws(Problem) -> Registration {
        let now = clock.now()
        var random = SystemRandomNumberGenerator()
        let digits = String(Int.random(in: 0...999_999, using: &random))
        let registration = Registration(
            id: RegistrationID(high: random.next(), low: random.next()),
            request: request,
            code: String(repeating: "0", count: 6 - digits.count) + digits,
            device: ids.next(),
            expires: now + RegistrationTable.lifetime
        )
        try admit(registration, at: now)
        let verification = Verification(
            registrationID: registration.id.description,
            address: request.address,
            code: registration.code,
            time: now
        )
        do {
            try await sender.send(verification)
        } catch {
            table.withLock { $0.finish(registration.id) }
            logger.error("a code can't be sent", metadata: ["kind": "\(type(of: error))"])
            throw Problem(
                .verificationUnavailable,
                "the code can't be sent at the moment",
                retryAfter: .seconds(10)
            )
        }
        return registration
    }

    private func admit(_ registration: Registration, at now: Timestamp) throws(Problem) {
        do {
            try table.withLock { table throws(RetryLater) in
                try table.begin(registration, at: now)
            }
        } catch {
            throw Problem(
                .tooManyRequests,
                "too many registrations; use a code that was sent, or wait",
                retryAfter: error.after
            )
        }
    }

    /// Confirms a registration; returns when the log has the account and the device.
    ///
    /// - Throws: `Problem` with code `registration_not_found`, `wrong_code`, `too_many_attempts`, `too_many_requests`,
    ///   `log_unavailable`; after the last the same code may be given again.
    func confirm(_ text: String, code: String) async throws(Problem) -> Identity {
        let now = clock.now()
        guard let id = RegistrationID(text) else { throw Self.notFound }
        switch table.withLock({ $0.judge(id, code: code, at: now) }) {
        case .unknown: throw Self.notFound
        case .busy:
            throw Problem(
                .tooManyRequests,
                "the registration is being confirmed",
                retryAfter: .seconds(1)
            )
        case .wrong(let attemptsLeft):
            throw Problem(
                .wrongDigits,
                "not the code that was sent; attempts left: \(attemptsLeft)"
            )
        case .exhausted:
            throw Problem(.tooManyAttempts, "wrong too often; begin a new registration")
        case .right(let registration):
            return try await enter(registration)
        }
    }

    private func enter(_ registration: Registration) async throws(Problem) -> Identity {
        let identity = Identity(
            account: names.account(of: registration.request.address),
            device: registration.device
        )
        do {
            try await devices.add(
                identity,
                [
                    .registered(name: registration.request.name),
                    .deviceAdded(identity.device, name: registration.request.deviceName),
                ],
                by: nil,
                makesRoom: true
            )
        } catch {
            table.withLock { $0.release(registration.id) }
            throw error
        }
        table.withLock { $0.finish(registration.id) }
        return identity
    }

    private static let notFound = Problem(
        .registrationNotFound,
        "there is no such registration, or not any more; begin a new one"
    )
}
