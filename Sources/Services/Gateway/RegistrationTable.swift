import Events

/// Keeps registrations' identifiers apart from others.
enum RegistrationKind {}
/// Names a registration that waits for its code: random, so that it can't be guessed.
typealias RegistrationID = Identifier<RegistrationKind>

/// A registration that waits for its code.
struct Registration: Sendable, Equatable {
    let id: RegistrationID
    let request: RegistrationRequest
    /// Six digits.
    let code: String
    /// The device that the confirmation makes, chosen now, so that a repeated confirmation makes the same.
    let device: DeviceID
    let expires: Timestamp
}

/// The registrations that wait, bounded in number, in time and in attempts; decides, and does nothing else.
struct RegistrationTable: Sendable {
    /// How long a code is good for.
    static let lifetime: Duration = .seconds(10 * 60)
    /// Wrong codes until a registration is gone.
    static let attemptsMax = 5
    /// Registrations of one address within `lifetime`.
    static let perAddressMax = 5
    /// Registrations at most.
    static let registrationsMax = 100_000

    /// What a code leads to.
    enum Verdict: Sendable, Equatable {
        /// There is no such registration, or not any more.
        case unknown
        /// Another call is confirming it.
        case busy
        case wrong(attemptsLeft: Int)
        /// Wrong once too often; the registration is gone.
        case exhausted
        /// Right: `finish` or `release` is to follow.
        case right(Registration)
    }

    private struct Pending {
        let registration: Registration
        var attemptsLeft = RegistrationTable.attemptsMax
        var isConfirming = false
    }

    private var pending: [RegistrationID: Pending] = [:]
    private var starts = RecentStarts<RegistrationID, AccountAddress>(
        startsMax: registrationsMax,
        perSubjectMax: perAddressMax
    )

    /// Registrations that began within `lifetime`, finished ones included.
    var count: Int { starts.count }

    /// Adds a registration.
    ///
    /// - Throws: `RetryLater` if the address or the table is full.
    mutating func begin(_ registration: Registration, at now: Timestamp) throws(RetryLater) {
        forgetOld(at: now)
        try starts.begin(
            registration.id,
            by: registration.request.address,
            until: registration.expires,
            at: now
        )
        pending[registration.id] = Pending(registration: registration)
    }

    /// Judges a code.
    mutating func judge(_ id: RegistrationID, code: String, at now: Timestamp) -> Verdict {
        forgetOld(at: now)
        // Looked at once more: what began before the clock was set back stands behind in `starts`.
        guard var entry = pending[id], now < entry.registration.expires else { return .unknown }
        guard !entry.isConfirming else { return .busy }
        guard Self.isSame(entry.registration.code, code) else {
            entry.attemptsLeft -= 1
            pending[id] = entry.attemptsLeft > 0 ? entry : nil
            return entry.attemptsLeft > 0 ? .wrong(attemptsLeft: entry.attemptsLeft) : .exhausted
        }
        entry.isConfirming = true
        pending[id] = entry
        return .right(entry.registration)
    }

    /// The registration is confirmed, or can't be: it is gone.
    mutating func finish(_ id: RegistrationID) {
        pending[id] = nil
    }

    /// The confirmation did not get into the log: the code may be given again.
    mutating func release(_ id: RegistrationID) {
        pending[id]?.isConfirming = false
    }

    private mutating func forgetOld(at now: Timestamp) {
        for id in starts.takeEnded(at: now) { pending[id] = nil }
    }

    /// Compares in a time that does not depend on where the difference is.
    static func isSame(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
