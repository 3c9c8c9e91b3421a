/// Tells a client that reads slowly from one that has stopped.
struct StallWatch {
    /// What waited at the last look.
    ///
    /// Before the first anything is less: one answer is written in several pieces.
    private var before = Int.max

    /// Looks at how many bytes wait to be written, and says whether none has gone since the last look.
    mutating func hasStalled(waiting: Int) -> Bool {
        defer { before = waiting }
        return waiting >= before
    }
}
