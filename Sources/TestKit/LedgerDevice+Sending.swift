import Events
import MartletClient

extension LedgerDevice {
    /// Tries again and again until an attempt is acknowledged or refused.
    ///
    /// - Throws: `HarnessError` when it stays unsettled for `limit`.
    func untilSettled(
        _ id: SubmissionID,
        within limit: Duration,
        attempt: () async -> Ledger.Outcome
    ) async throws -> Ledger.Outcome {
        let deadline = ContinuousClock.now + limit
        while true {
            let outcome = await attempt()
            guard outcome == .unknown else { return outcome }
            guard ContinuousClock.now < deadline else {
                throw HarnessError("\(id) stayed unsettled for \(limit)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Posts a message once.
    func post(_ message: OutgoingMessage, _ form: LedgerSender.Form) async -> Ledger.Outcome {
        guard form != .socket else { return await submit(message) }
        let token = await currentCredentials.accessToken
        do throws(ClientError) {
            let accepted = try await http.post(
                message,
                token: token,
                form: form == .header ? .header : .body
            )
            return .acknowledged(accepted.conversationID)
        } catch {
            return await outcome(of: error)
        }
    }

    /// Asks once for something else.
    func act(
        _ request: ConversationRequest,
        id: SubmissionID
    ) async -> (outcome: Ledger.Outcome, token: String?) {
        let token = await currentCredentials.accessToken
        do throws(ClientError) {
            let submitted = try await http.act(request, id: id, token: token)
            return (.acknowledged(submitted.conversationID), submitted.token)
        } catch {
            return (await outcome(of: error), nil)
        }
    }

    /// What a failed call says of the request: only a client's error settles it.
    private func outcome(of error: ClientError) async -> Ledger.Outcome {
        if error.status == 401 { await refreshTokens() }
        guard let status = error.status, (400..<500).contains(status), status != 429,
            status != 401, status != 408
        else { return .unknown }
        return .refused(error.code.description)
    }
}
