import DequeModule
public import Events

/// Decides what one device is sent, and when: catching up, live delivery and repetition are one mechanism.
///
/// The device has a position; the pump sends what lies after it, at most a window ahead of the device's
/// acknowledgements. Behind, it asks for reads (`nextRead`, then `accept` for each entry found, then `finishRead`); a
/// read that reaches the end makes it live, and then it takes entries as they come (`offer`). A full window, a
/// full socket (`interrupt`) or a repetition puts it behind again. Without progress for
/// `Options.resendAfter` it sends what is not acknowledged again; after `Options.resendsMax` times it gives the device up.
///
/// Times are monotonic, from any start. It keeps no bytes: what is sent again is read again.
public struct DevicePump: Sendable {
    /// Bounds and timing.
    public struct Options: Sendable {
        /// Events ahead of the acknowledgement at most; 256 by default.
        public var windowEvents: Int = Limits.inFlightEventsMax
        /// How long without progress before sending again; 10 s by default.
        public var resendAfter: Duration = .seconds(10)
        /// How often to send again before giving up; 3 times by default.
        public var resendsMax: Int = 3

        /// The defaults.
        public init() {}
    }

    /// What acknowledging an entry says to its sender: this conversation is delivered up to this seq.
    public struct Mark: Hashable, Sendable {
        /// The conversation.
        public let conversation: ConversationID
        /// The seq of the event.
        public let seq: UInt64

        /// A mark of its parts.
        public init(conversation: ConversationID, seq: UInt64) {
            self.conversation = conversation
            self.seq = seq
        }
    }

    /// Entries that the pump wants to see.
    public struct Read: Hashable, Sendable {
        /// From this offset on.
        public let from: Offset
        /// Below this offset; `nil`: up to the end.
        public let below: Offset?
        /// So many of this account's entries at most.
        public let limit: Int
        /// Whether the device was sent them before.
        public var isRepetition: Bool { below != nil }
    }

    /// What an acknowledgement brought.
    public struct Progress: Hashable, Sendable {
        /// How many events it was for.
        public let events: Int
        /// How long the oldest of them waited since it was first sent; `nil` if there were none.
        public let waited: Duration?
    }

    /// What is to be done because time passed.
    public enum Overdue: Hashable, Sendable {
        /// Send again: so many events. The next reads ask for them.
        case resend(events: Int)
        /// The device has not moved for too long: close it.
        case giveUp
    }

    private struct InFlight {
        let offset: Offset
        let mark: Mark?
        let sentAt: Duration
    }

    private let options: Options
    private var inFlight: Deque<InFlight> = []
    private var resendFrom: Offset?
    private var isReading = false
    private var resends = 0
    private var lastProgress: Duration

    /// Everything below is safe on the device.
    public private(set) var acknowledged: Offset
    /// Everything below has been sent at least once, or is not for this device.
    public private(set) var cursor: Offset
    /// Whether everything there is has been sent: entries are taken as they come.
    public private(set) var isLive = false

    /// A pump for a device that has everything below `position`; behind until a read reaches the end.
    public init(position: Offset, now: Duration, options: Options = Options()) {
        acknowledged = position
        cursor = position
        lastProgress = now
        self.options = options
    }

    /// Events sent and not yet acknowledged.
    public var inFlightCount: Int { inFlight.count }

    /// When `tick` has something to do, unless there is progress before.
    public var deadline: Duration? {
        inFlight.isEmpty ? nil : lastProgress + options.resendAfter
    }

    /// An entry has just come: whether to send it now.
    ///
    /// If not, and it is not an old one, the pump is behind from now on and reads it later.
    public mutating func offer(_ offset: Offset, _ mark: Mark?, now: Duration) -> Bool {
        guard isLive, offset >= cursor else { return false }
        guard inFlight.count < options.windowEvents else {
            isLive = false
            return false
        }
        send(offset, mark, now: now)
        return true
    }

    /// The socket takes no more for now: live entries are left to later reads.
    public mutating func interrupt() {
        isLive = false
    }

    /// The entries to read next, if the pump is behind and its window has room; one read at a time.
    ///
    /// The caller answers with `accept` for each entry, in order, and `finishRead`.
    public mutating func nextRead() -> Read? {
        guard !isLive, !isReading else { return nil }
        if let from = resendFrom.map({ max($0, acknowledged) }) {
            if from < cursor {
                isReading = true
                return Read(from: from, below: cursor, limit: options.windowEvents)
            }
            resendFrom = nil
        }
        let room = options.windowEvents - inFlight.count
        guard room > 0 else { return nil }
        isReading = true
        return Read(from: cursor, below: nil, limit: room)
    }

    /// An entry that the read found: whether to send it.
    public mutating func accept(_ offset: Offset, _ mark: Mark?, now: Duration) -> Bool {
        guard isReading else { return false }
        if resendFrom != nil { return offset >= acknowledged && offset < cursor }
        guard offset >= cursor, inFlight.count < options.windowEvents else { return false }
        send(offset, mark, now: now)
        return true
    }

    /// The read is over: everything below `reached` was seen; `isEnd` if there was nothing after it at that moment.
    ///
    /// With `isEnd`, no entry may come between the read and this call, or it is missed.
    public mutating func finishRead(reached: Offset, isEnd: Bool) {
        guard isReading else { return }
        isReading = false
        if resendFrom != nil {
            resendFrom = isEnd || reached >= cursor ? nil : reached
        } else {
            cursor = max(cursor, reached)
            isLive = isEnd
        }
    }

    /// The read failed: ask again.
    public mutating func abandonRead() {
        isReading = false
    }

    /// The device says that everything below `position` is safe.
    ///
    /// A position beyond what was sent counts as what was sent; one not beyond the last acknowledgement says nothing.
    ///
    /// `each` is called with the mark of each event that this acknowledges and that has one.
    ///
    /// - Returns: `nil` if nothing moved.
    public mutating func acknowledge(
        _ position: Offset,
        now: Duration,
        each: (Mark) -> Void
    ) -> Progress? {
        let position = min(position, cursor)
        guard position > acknowledged else { return nil }
        acknowledged = position
        let oldest = inFlight.first
        var events = 0
        while let item = inFlight.first, item.offset < position {
            if let mark = item.mark { each(mark) }
            inFlight.removeFirst()
            events += 1
        }
        // What a burst took is given back: most devices are idle most of the time.
        if inFlight.isEmpty, events > 32 { inFlight = [] }
        lastProgress = now
        resends = 0
        return Progress(
            events: events,
            waited: events == 0 ? nil : oldest.map { now - $0.sentAt }
        )
    }

    /// Time has passed: what is overdue, if anything.
    public mutating func tick(now: Duration) -> Overdue? {
        guard let deadline, now >= deadline, !isReading else { return nil }
        guard resends < options.resendsMax else { return .giveUp }
        resends += 1
        lastProgress = now
        resendFrom = acknowledged
        isLive = false
        return .resend(events: inFlight.count)
    }

    private mutating func send(_ offset: Offset, _ mark: Mark?, now: Duration) {
        if inFlight.isEmpty { lastProgress = now }
        inFlight.append(InFlight(offset: offset, mark: mark, sentAt: now))
        cursor = offset.next
    }
}
