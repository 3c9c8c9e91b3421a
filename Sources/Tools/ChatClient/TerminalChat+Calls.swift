import Events
import MartletClient

/// What a chat fetches and asks for by calls of its own.
extension TerminalChat {
    /// How long to wait before a call whose outcome is not known is made again, with the same id.
    private static let pauses: [Duration] = [
        .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8),
    ]

    // MARK: Asking

    func call(_ request: ConversationRequest, _ id: SubmissionID) async {
        let time = clock.now()
        await settle(id) {
            let answer = try await self.surroundings.act(request, id, time)
            return self.model.answered(id, answer)
        }
    }

    func post(_ message: OutgoingMessage) async {
        await settle(message.id) {
            let accepted = try await self.surroundings.post(message)
            return self.model.apply(.submission(message.id, .accepted(accepted)))
        }
    }

    /// Calls until there is an answer, or for some seconds.
    private func settle(
        _ id: SubmissionID,
        _ call: () async throws -> [ChatEffect]
    ) async {
        for pause in Self.pauses + [.zero] {
            do {
                await perform(try await call())
                setNeedsRender()
                return
            } catch let error as ClientError {
                guard error.isRetriable, pause > .zero else {
                    await perform(
                        model.fail(id, error.code.name, error.isRetriable ? "" : error.detail)
                    )
                    setNeedsRender()
                    return
                }
                notice = "\(RejectionText.words(error.code.name)); trying again"
                setNeedsRender()
                guard (try? await Task.sleep(for: max(pause, error.retryAfter ?? .zero))) != nil
                else { return }
            } catch {
                await perform(model.fail(id, ClientError.Code.badResponse.name, ""))
                setNeedsRender()
                return
            }
        }
    }

    // MARK: Lists

    func showList() async {
        do {
            let list = try await surroundings.conversations()
            model.take(list)
            panel = .rows(model.rows(of: list))
        } catch {
            notice = "no list: \(Self.words(error))"
        }
        setNeedsRender()
    }

    func showMembers(_ conversation: ConversationID) async {
        do {
            model.take(try await surroundings.members(conversation), of: conversation)
        } catch {
            notice = "perhaps not all: \(Self.words(error))"
        }
        panel = .rows(model.memberRows)
        setNeedsRender()
    }

    private static func words(_ error: any Error) -> String {
        let error = error as? ClientError
        return RejectionText.words(error?.code.name ?? "failed", detail: error?.detail ?? "")
    }

    // MARK: History

    /// Fetches what is shown first.
    func begin() async {
        if model.conversation == nil {
            let found = (try? await surroundings.conversations()) ?? []
            model.take(found)
            if found.count == 1, found[0].kind == "direct", model.conversation == nil,
                model.lines.isEmpty
            {
                // The only conversation there is: most likely the one that is meant.
                await loadPage(of: found[0].conversationID, before: nil)
                return
            }
            await loadConversation()
        } else {
            await loadConversation()
            if let found = try? await surroundings.conversations() {
                model.take(found)
                setNeedsRender()
            }
        }
    }

    /// Fetches the last page of the conversation on show, and in a group or a channel who is in it.
    func loadConversation() async {
        await loadPage(before: nil)
        guard let id = model.target.conversation,
            let members = try? await surroundings.members(id)
        else { return }
        model.take(members, of: id)
        setNeedsRender()
    }

    /// Fetches older pages until there is something on them to show.
    func loadOlder() async {
        let count = model.lines.count
        for _ in 0..<10 where model.lines.count == count {
            guard !model.hasAllOlder else {
                notice = "this is the beginning"
                return
            }
            let oldest = model.oldestSeq
            await loadPage(before: oldest)
            guard model.oldestSeq != oldest else { return }
        }
    }

    func loadPage(of conversation: ConversationID? = nil, before seq: UInt64?) async {
        guard let id = conversation ?? model.conversation, loading != id else { return }
        loading = id
        defer { if loading == id { loading = nil } }
        do {
            let page = try await surroundings.history(id, seq)
            if model.conversation == nil, conversation != nil {
                model.suppose(id)
            }
            guard model.conversation == id else { return }
            await perform(model.add(page, isOlder: seq != nil))
        } catch {
            // An answer that there is no such conversation is how an empty one looks.
            if (error as? ClientError)?.code.name != "not_found" {
                notice = "no history: \(Self.words(error))"
            }
        }
        setNeedsRender()
    }
}
