import Conversations
import Events
import Stores

/// What a call answers, and how long it may be given again.
struct HistoryAnswer: Sendable {
    /// The answer in JSON.
    let bytes: [UInt8]
    /// Until when the store would say the same if nothing is written into it; `nil`: nobody knows.
    let keptUntil: Timestamp?

    /// An answer that shows some events.
    ///
    /// What can't be read now may be read a moment later: an answer without it is not kept.
    init(_ bytes: [UInt8], showing events: some Sequence<PageEvent>, _ archived: ArchivedParts) {
        self.bytes = bytes
        var end: Timestamp? = archived.isWhole ? Timestamp(milliseconds: .max) : nil
        for event in events {
            guard let present = end, let last = event.shownUntil else {
                end = nil
                break
            }
            end = min(present, last)
        }
        keptUntil = end
    }
}

extension PageEvent {
    /// Until when it is shown as it is, as far as that is a matter of time; `nil`: that is not known.
    fileprivate var shownUntil: Timestamp? {
        guard let state, state.presence == .here else { return Timestamp(milliseconds: .max) }
        // An event that has edited a message shows what that says, and not when it disappears.
        guard case .messagePosted(let post) = event.body else { return nil }
        return post.expiresAt ?? Timestamp(milliseconds: .max)
    }
}
