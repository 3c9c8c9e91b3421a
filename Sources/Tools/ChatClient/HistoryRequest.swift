/// A page of the conversation on show.
enum HistoryRequest: Hashable {
    /// The newest events.
    case newest
    /// What lies before a seq.
    case before(UInt64)
    /// What lies after a seq.
    case after(UInt64)
    /// What lies around a seq, and the event itself.
    case around(UInt64)
}
