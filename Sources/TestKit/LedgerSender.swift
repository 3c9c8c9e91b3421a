public import Events
public import MartletClient

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
    private let http: MartletHTTP
    private let ledger: SharedLedger

    /// A sender that uses this device's socket and tokens.
    public init(_ device: LedgerDevice, http: MartletHTTP, ledger: SharedLedger) {
        self.device = device
        self.http = http
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
        let deadline = ContinuousClock.now + limit
        while true {
            ledger.write { $0.sending(id, from: device.key.account, to: recipient) }
            switch await attempt(message, form) {
            case .acknowledged(let conversation):
                ledger.write { $0.acknowledged(id, in: conversation) }
                return .acknowledged(conversation)
            case .refused(let code):
                ledger.write { $0.refused(id, code) }
                return .refused(code)
            case .unknown:
                guard ContinuousClock.now < deadline else {
                    throw HarnessError("\(id) stayed unsettled for \(limit)")
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func attempt(_ message: OutgoingMessage, _ form: Form) async -> Ledger.Outcome {
        guard form != .socket else { return await device.submit(message) }
        let token = await device.currentCredentials.accessToken
        do throws(ClientError) {
            let accepted = try await http.post(
                message,
                token: token,
                form: form == .header ? .header : .body
            )
            return .acknowledged(accepted.conversationID)
        } catch {
            if error.status == 401 { await device.refreshTokens() }
            // Only a client's error settles it.
            guard let status = error.status, (400..<500).contains(status), status != 429,
                status != 401, status != 408
            else { return .unknown }
            return .refused(error.code.description)
        }
    }
}
