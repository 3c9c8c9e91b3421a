import Events
import Flow

/// Bounds and timing of delivery.
struct DeliverySettings: Sendable {
    /// The name of this instance, in `sessions` and `routes`.
    var instance: String
    /// Where devices connect: `ws://HOST:PORT/v1/socket`.
    var url: String
    /// Window and repetition.
    var pump = DevicePump.Options()
    /// The tail of each partition.
    var tail = InboxTail.Bounds()
    /// How long a new connection may take to its first frame.
    var helloTimeout: Duration = .seconds(5)
    /// How long after a partition was taken over a position beyond its end may be one of its last owner; after that it is of nothing that is
    /// left.
    var handOverGrace: Duration = .seconds(10)
    /// How often to ping; without a sign of life for twice as long the connection is closed.
    var pingInterval: Duration = .seconds(25)
    /// How long bytes may wait for a socket that takes none.
    var stallTimeout: Duration = .seconds(10)
    /// How long to wait for the client's part of the closing handshake.
    var closeLinger: Duration = .seconds(3)
    /// The same for a device that reads too slowly: what waits before the close frame has to go first.
    var slowCloseLinger: Duration = .seconds(15)
    /// How long to let marks gather before they are appended.
    var markDelay: Duration = .milliseconds(10)
    /// Connections at most; what comes beyond is closed at once.
    var connectionsMax = 100_000
    /// Bytes waiting for one socket at most.
    var sendQueueBytesMax = Limits.sendQueueBytesMax
    /// Bytes that one read of the index returns, about.
    var readBytesMax = 256 * 1024
    /// Submissions of one device under way at most; then its socket is not read.
    var submissionsInFlightMax = 256
    /// Conversations with marks of one device waiting for the log at most; then its socket is not read.
    var marksWaitingMax = 1024
    /// Entries that are looked through for marks when a device comes back.
    var recoveredEntriesMax = 2048
    /// The same for a device of which this instance knows nothing.
    var recoveredEntriesOfStrangerMax = 512
    /// Records for `sessions` and `routes` that wait because the log refused them.
    var recordsWaitingMax = 10_000
    /// How often at most a device's typing in one conversation is told while it goes on.
    var typingInterval: Duration = .seconds(3)
    /// Frames that say who types in groups, in a second at most; those beyond are dropped, for messages go first.
    var typingFramesPerSecond = 20_000
    /// Signals that are older when they are read are not shown.
    var signalAgeMax: Duration = .seconds(10)
    /// `typing` and `watch` frames of one device in a second at most; those beyond are dropped.
    var ephemeralFramesPerSecond = 20
    /// Accounts that a device may begin or cease to watch in a second, in the long run.
    var watchChangesPerSecond = 20
    /// How long a watch holds without being said again.
    var watchLifetime: Duration = .seconds(9 * 60)
    /// How often it is said again.
    var watchRenewalInterval: Duration = .seconds(4 * 60)
    /// Watches that are said again in one sweep, about.
    var watchRenewalsPerSweep = 5000
    /// How often it is looked for watches that have ended.
    var watchExpiryInterval: Duration = .seconds(60)
    /// Watchers of one account at most.
    var watchersMax = 1000
    /// How long an account's last device has to be gone until that is told.
    var absenceGrace: Duration = .seconds(2)
    /// When, after a partition was taken over, all watchers are told what is so now.
    var presenceGrace: Duration = .seconds(10)
    /// Questions after presence for which the index is read at once.
    var presenceAnswersMax = 500
    /// Conversations of which it is remembered of what kind they are.
    var knownConversationsMax = 50_000
    /// Devices that are gone, but whose marks the log does not have yet.
    var settlingDevicesMax = 20_000
}
