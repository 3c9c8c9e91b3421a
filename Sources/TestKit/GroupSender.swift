public import Events
import MartletClient

/// Asks for things in groups in the name of one account until each is settled, and writes down what it was told.
public struct GroupSender: Sendable {
    private let device: LedgerDevice
    private let ledger: SharedGroupLedger

    /// A sender that uses this device's socket and tokens.
    public init(_ device: LedgerDevice, ledger: SharedGroupLedger) {
        self.device = device
        self.ledger = ledger
    }

    /// Asks for something, again and again with the same id, until it is acknowledged or refused.
    ///
    /// A message goes out in the form that is named.
    ///
    /// - Throws: `HarnessError` when it stays unsettled for `limit`.
    public func perform(
        _ request: GroupLedger.Request,
        _ id: SubmissionID,
        in conversation: ConversationID,
        form: LedgerSender.Form,
        within limit: Duration = .seconds(180)
    ) async throws {
        var token: String?
        let outcome = try await device.untilSettled(id, within: limit) {
            ledger.write { $0.sending(id, request, by: device.key.account, in: conversation) }
            let answer = await attempt(request, id, in: conversation, form)
            token = answer.token
            return answer.outcome
        }
        ledger.write { [token] in $0.settled(id, outcome, token: token) }
    }

    private func attempt(
        _ request: GroupLedger.Request,
        _ id: SubmissionID,
        in group: ConversationID,
        _ form: LedgerSender.Form
    ) async -> (outcome: Ledger.Outcome, token: String?) {
        func act(
            _ request: ConversationRequest
        ) async -> (outcome: Ledger.Outcome, token: String?) {
            await device.act(request, id: id)
        }
        switch request {
        case .post(let text):
            let message = OutgoingMessage(id: id, to: .conversation(group), text: text)
            return (await device.post(message, form), nil)
        case .create(let accounts):
            return await act(.createGroup(name: "Group", members: accounts.map(\.description)))
        case .add(let accounts):
            return await act(.addMembers(group, accounts.map(\.description)))
        case .remove(let account): return await act(.removeMember(group, account.description))
        case .leave: return await act(.leave(group))
        case .setRole(let account, let role):
            return await act(.setRole(group, account.description, role))
        case .createInvite: return await act(.createInvite(group))
        case .join(let token): return await act(.acceptInvite(token: token))
        }
    }
}
