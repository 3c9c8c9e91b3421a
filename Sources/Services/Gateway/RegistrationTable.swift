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

    private struct Start {
        let id: RegistrationID
        let address: AccountAddress
        let ends: Timestamp
    }

    private var pending: [RegistrationID: Pending] = [:]
    /// All that began within `lifetime`, finished ones included, the oldest first.
    private var starts: [Start] = []
    private var head = 0
    private var endsByAddress: [AccountAddress: [Timestamp]] = [:]

    /// Registrations that began within `lifetime`.
    var count: Int { starts.count - head }

    /// Adds a registration.
    ///
    /// - Throws: `Retry` if the address or the table is full.
    mutating func begin(_ registration: Registration, at now: Timestamp) throws(Retry) {
        forgetOld(at: now)
        let address = registration.request.address
        let ends = endsByAddress[address] ?? []
        if ends.count >= Self.perAddressMax, let first = ends.first {
            throw Retry(after: first - now)
        }
        if count >= Self.registrationsMax, head < starts.count {
            throw Retry(after: starts[head].ends - now)
        }
        pending[registration.id] = Pending(registration: registration)
        starts.append(Start(id: registration.id, address: address, ends: registration.expires))
        endsByAddress[address] = ends + [registration.expires]
    }

    /// Too many; there is room again later.
    struct Retry: Error, Equatable {
        let after: Duration
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
        while head < starts.count, starts[head].ends <= now {
            let start = starts[head]
            pending[start.id] = nil
            let left = (endsByAddress[start.address] ?? []).dropFirst()
            endsByAddress[start.address] = left.isEmpty ? nil : Array(left)
            head += 1
        }
        if head > 64, head * 2 > starts.count {
            starts.removeFirst(head)
            head = 0
        }
    }

    /// Compares in a time that does not depend on where the difference is.
    static func isSame(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
