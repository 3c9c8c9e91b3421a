import Events

/// A code on its way to a person.
struct Verification: Sendable, Equatable {
    let registrationID: String
    let address: AccountAddress
    /// Six digits.
    let code: String
    let time: Timestamp
}

/// Brings codes to people: by SMS, by e-mail, or as the default does.
protocol VerificationSender: Sendable {
    /// Sends a code; returns when it is on its way.
    func send(_ verification: Verification) async throws
}
