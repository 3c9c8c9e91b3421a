public import Events
import MartletClient

/// Talks in the name of one account, asking until each request is settled, and writes down what it was told.
public struct TalkSender: Sendable {
    private let device: LedgerDevice
    private let ledger: SharedTalkLedger

    /// A sender that uses this device's socket and tokens.
    public init(_ device: LedgerDevice, ledger: SharedTalkLedger) {
        self.device = device
        self.ledger = ledger
    }

    /// Asks for something, again and again with the same id, until it is acknowledged or refused.
    ///
    /// A message goes out in the form that is named.
    ///
    /// - Throws: `HarnessError` when it stays unsettled for `limit`.
    @discardableResult
    public func perform(
        _ request: TalkLedger.Request,
        _ id: SubmissionID,
        in conversation: ConversationID,
        form: LedgerSender.Form = .header,
        within limit: Duration = .seconds(180)
    ) async throws -> Ledger.Outcome {
        let outcome = try await device.untilSettled(id, within: limit) {
            ledger.write { $0.sending(id, request, by: device.key.account, in: conversation) }
            return await attempt(request, id, in: conversation, form)
        }
        ledger.write { $0.settled(id, outcome) }
        return outcome
    }

    private func attempt(
        _ request: TalkLedger.Request,
        _ id: SubmissionID,
        in conversation: ConversationID,
        _ form: LedgerSender.Form
    ) async -> Ledger.Outcome {
        func act(_ request: ConversationRequest) async -> Ledger.Outcome {
            await device.act(request, id: id).outcome
        }
        switch request {
        case .create(let accounts):
            return await act(.createGroup(name: "Talk", members: accounts.map(\.description)))
        case .post(let text, let recipient):
            return await device.post(OutgoingMessage(id: id, to: recipient, text: text), form)
        case .edit(let message, let text):
            return await act(.edit(conversation, message, text: text))
        case .delete(let message): return await act(.delete(conversation, message))
        case .react(let message, let emoji):
            return await act(.react(conversation, message, emoji: emoji))
        }
    }
}
