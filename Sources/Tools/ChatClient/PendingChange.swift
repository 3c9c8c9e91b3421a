import MartletClient

/// Something that was set for oneself, and has no answer yet.
struct PendingChange: Equatable {
    let request: PersonalRequest
    /// As it was typed, to be told if it fails.
    let typed: String
}
