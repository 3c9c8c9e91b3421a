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

    func set(_ request: PersonalRequest, _ id: SubmissionID) async {
        await settle(id) {
            try await self.surroundings.set(request)
            return self.model.wasSet(id)
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
        await look("no list") {
            let list = try await self.surroundings.conversations()
            self.model.take(list)
            return .rows(self.model.rows(of: list, at: self.clock.now()))
        }
    }

    func showMembers(_ conversation: ConversationID) async {
        await look("no list") {
            do {
                let members = try await self.surroundings.members(conversation)
                self.model.take(members, of: conversation)
            } catch {
                self.notice = "perhaps not all: \(Self.words(error))"
            }
            return .rows(self.model.memberRows)
        }
    }

    func showRequests(_ conversation: ConversationID) async {
        await look("no list") {
            do {
                let waiting = try await self.surroundings.requests(conversation)
                self.model.take(waiting: waiting, in: conversation)
            } catch {
                self.notice = "perhaps not all: \(Self.words(error))"
            }
            return .rows(self.model.waitingRows ?? ["nobody waits to be let in"])
        }
    }

    func show(_ list: PersonalList) async {
        await look("no list") {
            switch list {
            case .starred:
                .rows(self.model.rows(of: try await self.surroundings.starred()))
            case .privacy:
                .rows(PersonalText.lines(of: try await self.surroundings.privacy()))
            case .contacts:
                .rows(self.model.rows(of: try await self.surroundings.contacts()))
            case .devices:
                .rows(self.model.rows(of: try await self.surroundings.devices()))
            }
        }
    }

    /// Makes one link: a call that fails is not made again, or there might be two.
    func makeLink() async {
        await look("no link") {
            let link = try await self.surroundings.link()
            let left = max(0, link.expiresAt.milliseconds - self.clock.now().milliseconds)
            return .link(token: link.token, minutes: (left + 59_999) / 60_000)
        }
    }

    /// Shows what a call brings, unless something else was asked for meanwhile.
    private func look(
        _ failure: String,
        _ fetch: () async throws -> ChatPanel
    ) async {
        looks += 1
        let number = looks
        do {
            let found = try await fetch()
            if number == looks { panel = found }
        } catch {
            notice = "\(failure): \(Self.words(error))"
        }
        setNeedsRender()
    }

    static func words(_ error: any Error) -> String {
        let error = error as? ClientError
        return RejectionText.words(error?.code.name ?? "failed", detail: error?.detail ?? "")
    }
}
