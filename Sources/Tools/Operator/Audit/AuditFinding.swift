/// Something that is not as it should be; shown to people and counted, never with a message's text.
struct AuditFinding: Hashable, Sendable {
    /// What is wrong.
    enum Kind: String, CaseIterable, Sendable {
        /// Something accepted or derived that is not there.
        case missing
        /// Something that is there twice, for a reader that drops repetitions.
        case doubled
        /// Something that came before what it follows from, or after what follows it.
        case outOfOrder = "out of order"
        /// Something that nothing accounts for, or that says something else than it should.
        case wrong

        /// The word for it in JSON and in metrics.
        var name: String { self == .outOfOrder ? "out_of_order" : rawValue }
    }

    let kind: Kind
    /// Where: topic, partition and offset, or whose.
    let place: String
    /// What exactly.
    let detail: String
}
