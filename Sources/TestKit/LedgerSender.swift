public import Events
import MartletClient

/// Sends messages in the name of one account until each is settled, and writes down what it was told.
public struct LedgerSender: Sendable {
    /// How a message goes out.
    public enum Form: Sendable, CaseIterable {
        /// `POST /v1/messages` with the token in the header.
        case header
        /// `POST /v1/messages` with the token in the body.
        case body
        /// A `submit` frame.
        case socket
    }

    private let device: LedgerDevice
    private let ledger: SharedLedger

    /// A sender that uses this device's socket and tokens.
    public init(_ device: LedgerDevice, ledger: SharedLedger) {
        self.device = device
        self.ledger = ledger
    }

    /// Sends a message, again and again with the same id, until it is acknowledged or refused.
    ///
    /// - Throws: `HarnessError` when it stays unsettled for `limit`.
    @discardableResult
    public func send(
        _ id: SubmissionID,
        to recipient: AccountID,
        text: String,
        form: Form,
        within limit: Duration = .seconds(180)
    ) async throws -> Ledger.Outcome {
        let message = OutgoingMessage(id: id, to: .account(recipient), text: text)
        let outcome = try await device.untilSettled(id, within: limit) {
            ledger.write { $0.sending(id, from: device.key.account, to: recipient) }
            return await device.post(message, form)
        }
        switch outcome {
        case .acknowledged(let conversation):
            ledger.write { $0.acknowledged(id, in: conversation) }
        case .refused(let code): ledger.write { $0.refused(id, code) }
        case .unknown: break
        }
        return outcome
    }
}
