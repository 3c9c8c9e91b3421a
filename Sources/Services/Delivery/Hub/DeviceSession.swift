import Events
import Flow
import Web

/// The marks of one device, and how far they are durable; outlives its connections until the log has them all.
///
/// `@unchecked Sendable`: used on the hub's event loop alone; other threads only carry references back to it.
final class DeviceMarks: @unchecked Sendable {
    let identity: Identity
    let partition: Partition
    var book: MarkBook
    /// The durable position that the checkpoint was last told.
    var posted = Offset(0)
    /// Waits to be looked at by the next flush.
    var isQueued = false
    /// Reports that have not come yet, of the batch under way.
    var reportsAwaited = 0
    var isBatchDurable = true
    /// The marks of entries below are being looked up; until then nothing counts as told.
    var recoveringBelow: Offset?
    var toldWhileRecovering: Offset?
    /// The open session, if there is one.
    weak var session: DeviceSession?

    init(identity: Identity, partition: Partition, durable: Offset) {
        self.identity = identity
        self.partition = partition
        book = MarkBook(durable: durable)
    }

    /// Marks of earlier sessions are being looked up.
    var isRecovering: Bool { recoveringBelow != nil }

    /// Marks of everything below a position are in the book.
    func told(upTo position: Offset) {
        if isRecovering {
            toldWhileRecovering = max(toldWhileRecovering ?? position, position)
        } else {
            book.told(upTo: position)
        }
    }

    /// Nothing is left to do for it.
    var isFinished: Bool { session == nil && book.isSettled && !isRecovering }
}

/// A device with an open connection.
///
/// `@unchecked Sendable`: used on the hub's event loop alone.
final class DeviceSession: @unchecked Sendable {
    let id: SessionID
    let identity: Identity
    let partition: Partition
    let socket: SocketHandler
    let marks: DeviceMarks
    var pump: DevicePump
    var isOpen = true
    /// The position moved since it was last told to `sessions`.
    var hasProgressed = false
    var submissionsInFlight = 0
    /// The device was told to fetch from history up to here; when it acknowledges that, the marks are due.
    var gapBelow: Offset?
    /// What its ephemeral frames have led to; `nil`: none came.
    var signals: SessionSignals?

    init(
        id: SessionID,
        identity: Identity,
        partition: Partition,
        socket: SocketHandler,
        marks: DeviceMarks,
        pump: DevicePump
    ) {
        self.id = id
        self.identity = identity
        self.partition = partition
        self.socket = socket
        self.marks = marks
        self.pump = pump
    }
}
