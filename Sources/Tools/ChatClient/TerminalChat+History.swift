import Events
import Foundation
import MartletClient

/// What a chat shows of the past: pages, hits, everything in a file.
extension TerminalChat {
    // MARK: Beginning

    /// Fetches what is shown first.
    func begin() async {
        if model.conversation == nil {
            let found = (try? await surroundings.conversations()) ?? []
            model.take(found)
            if found.count == 1, found[0].kind == "direct", model.lines.isEmpty {
                // The only conversation there is: most likely the one that is meant.
                model.suppose(found[0].conversationID)
            }
            await perform(model.fetch(.newest))
        } else {
            await perform(model.fetch(.newest))
            await loadMembers()
            if let found = try? await surroundings.conversations() {
                model.take(found)
            }
        }
        setNeedsRender()
    }

    /// Fetches who is in the group or channel on show.
    func loadMembers() async {
        guard let id = model.target.conversation,
            let members = try? await surroundings.members(id)
        else { return }
        model.take(members, of: id)
        setNeedsRender()
    }

    // MARK: Scrolling

    /// Goes half a screen up or down, and has fetched what is not here of what comes next.
    func scroll(goingUp: Bool) async {
        let page = max(1, terminal.size.rows / 2)
        viewport.move(up: goingUp ? page : -page)
        // What is on the screen then decides what to fetch.
        render()
        await perform(model.fetch(towards: shownMarks, goingUp: goingUp))
        setNeedsRender()
    }

    /// Fetches a page of the conversation on show, without waiting for it.
    func load(_ request: HistoryRequest) {
        guard let id = model.conversation else { return }
        Task {
            do {
                let page = try await self.surroundings.history(id, request)
                await self.came(page, for: request, of: id)
            } catch {
                await self.failed(error, request, of: id)
            }
            self.setNeedsRender()
        }
    }

    private func failed(
        _ error: any Error,
        _ request: HistoryRequest,
        of id: ConversationID
    ) async {
        if (error as? ClientError)?.code.name == "not_found", request == .newest {
            // An answer that there is no such conversation is how an empty one looks.
            return await came(EventPage(events: []), for: request, of: id)
        }
        guard model.conversation == id else { return }
        await perform(model.notFetched(request, Self.words(error)))
    }

    private func came(
        _ page: EventPage,
        for request: HistoryRequest,
        of id: ConversationID
    ) async {
        guard model.conversation == id else { return }
        await perform(model.add(page, for: request))
    }

    // MARK: Searching

    func search(_ request: MessageSearch.Request) async {
        do {
            await perform(model.found(try await surroundings.search(request), for: request))
        } catch {
            model.notFound(request, Self.words(error))
        }
        setNeedsRender()
    }

    // MARK: Exporting

    func export(to path: String) async {
        let path = (path as NSString).expandingTildeInPath
        do {
            let bytes = try await surroundings.export(path) { bytes in
                Task { await self.exported(bytes) }
            }
            notice = "your data is in \(path), \(ByteText.words(bytes))"
        } catch {
            notice = "nothing was written: \(Self.words(error))"
        }
        model.exportedBytes = nil
        export = nil
        setNeedsRender()
    }

    private func exported(_ bytes: Int64) {
        guard let before = model.exportedBytes, bytes > before else { return }
        model.exportedBytes = bytes
        setNeedsRender()
    }
}
