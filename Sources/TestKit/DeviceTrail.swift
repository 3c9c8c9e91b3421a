import Events

/// Where a device is in its inbox, and so which frames it has had.
struct DeviceTrail: Sendable {
    /// The position of the last frame that was new; `nil`: there is none yet.
    private(set) var position: InboxPosition?
    /// Frames that came again.
    private(set) var resends = 0
    /// Of these, frames that were older than what the device had, and yet new to it.
    private(set) var late = 0
    /// The gaps that the device was told of, in words.
    private(set) var gaps: [String] = []
    private var positions: Set<InboxPosition> = []

    /// A trail that begins here.
    init(at position: InboxPosition? = nil) {
        self.position = position
    }

    /// The server said that what the device misses is not kept, and where to go on.
    mutating func gap(goingOnAt next: InboxPosition) {
        gaps.append("had all up to \(position?.description ?? "nothing"), to go on at \(next)")
    }

    /// Whether a frame at this position is new; a repetition is to be dropped, as a good client does.
    mutating func takes(_ new: InboxPosition) -> Bool {
        if let last = position, new.offset <= last.offset, new.epoch == last.epoch {
            resends += 1
            if !positions.contains(new) { late += 1 }
            return false
        }
        position = new
        positions.insert(new)
        return true
    }
}
