import Events
import Web

/// A device that may be added to an account without a code, because one that is there asked for it.
struct Link: Sendable, Equatable {
    /// The device that the acceptance makes.
    let device: DeviceID
    /// Who asked.
    let maker: Identity
    let expires: Timestamp

    /// Who the new device is.
    var identity: Identity { Identity(account: maker.account, device: device) }
}

/// The links that wait, bounded in number and in time; decides, and does nothing else.
struct LinkTable: Sendable {
    /// Links of one account within a link's lifetime: a device may show a new one every now and then.
    static let perAccountMax = 20
    /// Links at most.
    static let linksMax = 100_000

    /// What a token leads to.
    enum Verdict: Sendable, Equatable {
        /// There is no such link, or not any more.
        case unknown
        /// Another call is accepting it.
        case busy
        /// Good: `finish` or `release` is to follow.
        case good(Link)
    }

    private struct Pending {
        let link: Link
        var isAccepting = false
    }

    private var pending: [DeviceID: Pending] = [:]
    private var starts = RecentStarts<DeviceID, AccountID>(
        startsMax: linksMax,
        perSubjectMax: perAccountMax
    )

    /// Links that were made within their lifetime.
    var count: Int { starts.count }

    /// Adds a link.
    ///
    /// - Throws: `RetryLater` if the account or the table is full.
    mutating func begin(_ link: Link, at now: Timestamp) throws(RetryLater) {
        forgetOld(at: now)
        try starts.begin(link.device, by: link.maker.account, until: link.expires, at: now)
        pending[link.device] = Pending(link: link)
    }

    /// Judges whose token was verified.
    mutating func judge(_ identity: Identity, at now: Timestamp) -> Verdict {
        forgetOld(at: now)
        // Looked at once more: what began before the clock was set back stands behind in `starts`.
        guard let entry = pending[identity.device], entry.link.identity == identity,
            now < entry.link.expires
        else { return .unknown }
        guard !entry.isAccepting else { return .busy }
        pending[identity.device]?.isAccepting = true
        return .good(entry.link)
    }

    /// The link was used, or can't be: it is gone.
    mutating func finish(_ device: DeviceID) {
        pending[device] = nil
    }

    /// The acceptance did not get into the log: the token may be given again.
    mutating func release(_ device: DeviceID) {
        pending[device]?.isAccepting = false
    }

    private mutating func forgetOld(at now: Timestamp) {
        for device in starts.takeEnded(at: now) { pending[device] = nil }
    }
}
