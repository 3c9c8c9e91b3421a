import Events
import MartletClient

/// One account of a load on its socket: how far it has received and acknowledged.
struct LoadSession {
    let account: AccountID
    let token: String
    let socketURL: String
    var connection: SocketConnection?
    /// Whether it was welcomed.
    var isReady = false
    /// The last position received.
    private(set) var position: InboxPosition?
    private var acknowledged: InboxPosition?
    /// Events since the last acknowledgement.
    private(set) var unacknowledged = 0

    init(_ account: BenchAccounts.Account) {
        self.account = account.credentials.accountID
        token = account.credentials.accessToken
        socketURL = account.socketURL
    }

    /// Notes the position of an event; `false`: it was received before.
    mutating func receive(_ position: InboxPosition) -> Bool {
        if let last = self.position, last.epoch == position.epoch, position.offset <= last.offset {
            return false
        }
        self.position = position
        unacknowledged += 1
        return true
    }

    /// The session is open; one that is new starts here.
    mutating func welcome(at position: InboxPosition) {
        isReady = true
        guard self.position == nil else { return }
        self.position = position
        acknowledged = position
    }

    /// What lies before this position does not come any more.
    mutating func skip(to position: InboxPosition) {
        self.position = position
    }

    /// What is to be acknowledged now, and where; it counts as acknowledged from then on.
    mutating func takeAcknowledgement() -> (connection: SocketConnection, position: InboxPosition)?
    {
        guard let connection, isReady, let position, position != acknowledged else { return nil }
        acknowledged = position
        unacknowledged = 0
        return (connection, position)
    }
}
