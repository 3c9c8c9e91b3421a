import Events
import Foundation
import MartletClient

/// Chats in a terminal: keys and changes go into the model, rows come out.
actor TerminalChat {
    /// What the screen needs from outside.
    struct Surroundings: Sendable {
        /// A page of a conversation's history.
        var history: @Sendable (ConversationID, HistoryRequest) async throws -> EventPage
        /// A page of what a search finds.
        var search: @Sendable (MessageSearch.Request) async throws -> SearchPage
        /// Writes all of one's data to a file, is told the bytes so far, and says how many it were.
        var export: @Sendable (String, @escaping @Sendable (Int64) -> Void) async throws -> Int64
        /// The account's latest conversations.
        var conversations: @Sendable () async throws -> [ConversationSummary]
        /// The members of a conversation.
        var members: @Sendable (ConversationID) async throws -> [MemberPage.Member]
        /// Who waits to be let into a conversation.
        var requests: @Sendable (ConversationID) async throws -> [AccountPage.Entry]
        /// Asks for something in a conversation, under this id, at this time.
        var act:
            @Sendable (ConversationRequest, SubmissionID, Timestamp) async throws ->
                SubmittedRequest
        /// Asks for something to be different for oneself.
        var set: @Sendable (PersonalRequest) async throws -> Void
        /// The messages that one has marked, the last marked first.
        var starred: @Sendable () async throws -> StarredPage
        /// What others may know.
        var privacy: @Sendable () async throws -> PrivacySettings
        /// One's contacts.
        var contacts: @Sendable () async throws -> [AccountPage.Entry]
        /// One's devices.
        var devices: @Sendable () async throws -> [AccountDevice]
        /// Makes a link for another device.
        var link: @Sendable () async throws -> DeviceLink
        /// Posts a message with a call of its own.
        var post: @Sendable (OutgoingMessage) async throws -> AcceptedMessage
        /// Is told what conversation an address leads to.
        var learned: @Sendable (ConversationID, String) -> Void
        /// Suspends the process, as Ctrl-Z asks.
        var suspend: @Sendable () -> Void
    }

    private static let lingering: Duration = .seconds(2)
    private static let expiryInterval: Duration = .seconds(10)

    let session: DeviceSession
    let terminal: any ChatTerminal
    let surroundings: Surroundings
    let clock: any WallClock
    let ids: UUIDv7Generator
    let renderer: ChatRenderer
    var model: ChatModel
    var editor = LineEditor()
    private var decoder = KeyDecoder()
    var notice: String?
    var panel: ChatPanel?
    /// How often something was asked for to be looked at.
    var looks = 0
    var viewport = Viewport()
    /// What stands between the lines on the screen.
    var shownMarks: [HistoryMark] = []
    var shownRows: [String] = []
    var shownSize: (rows: Int, columns: Int) = (0, 0)
    var isRenderScheduled = false
    /// From then on the terminal is somebody else's.
    var hasEnded = false
    var isActivityAwaited = false
    /// Whose presence the session was asked for.
    var watched: [AccountID] = []
    private var ownActivity = OwnActivity()
    /// The export that is under way.
    var export: Task<Void, Never>?
    private var isEnding = false

    init(
        session: DeviceSession,
        me: AccountID,
        device: DeviceID? = nil,
        target: ChatTarget,
        addresses: [String: ConversationID] = [:],
        terminal: any ChatTerminal,
        surroundings: Surroundings,
        clock: any WallClock,
        timeZone: TimeZone
    ) {
        self.session = session
        self.terminal = terminal
        self.surroundings = surroundings
        self.clock = clock
        ids = UUIDv7Generator(clock: clock)
        renderer = ChatRenderer(timeZone: timeZone)
        model = ChatModel(me: me, device: device, target: target, addresses: addresses)
    }

    /// Runs until `quit`, the end of the input, or the end of the session.
    func run(input: AsyncStream<[UInt8]>) async -> ClientError? {
        session.start()
        let keys = Task {
            for await bytes in input {
                await self.typed(bytes)
            }
            await self.quit()
        }
        let first = Task { await self.begin() }
        let expiry = Task {
            while (try? await Task.sleep(for: Self.expiryInterval)) != nil {
                self.setNeedsRender()
            }
        }
        var result: ClientError?
        render()
        for await change in session.changes {
            if case .stopped(let error) = change {
                result = error
            }
            await perform(model.apply(change, at: .now))
            setNeedsRender()
        }
        keys.cancel()
        first.cancel()
        expiry.cancel()
        export?.cancel()
        await export?.value
        render()
        hasEnded = true
        return result
    }

    /// The size of the terminal has changed, or something else has written on it.
    func redraw() {
        shownRows = []
        render()
    }

    // MARK: Keys

    private func typed(_ bytes: [UInt8]) async {
        for key in decoder.decode(bytes) {
            notice = nil
            // What was found is to be seen while the number of a hit is typed.
            if panel != .search || key == .enter { panel = nil }
            await press(key)
        }
        setNeedsRender()
    }

    private func press(_ key: Key) async {
        switch key {
        case .control("c"):
            await quit()
        case .control("d") where editor.text.isEmpty:
            await quit()
        case .control("l"):
            redraw()
        case .control("z"):
            surroundings.suspend()
            redraw()
        case .pageUp where panel == .search:
            await perform(model.findNewer())
        case .pageDown where panel == .search:
            await perform(model.findOlder())
        case .pageUp:
            await scroll(goingUp: true)
        case .pageDown:
            await scroll(goingUp: false)
        case .tab where editor.beforeCursor.hasPrefix("/"):
            complete()
            tellWhatIsWritten()
        default:
            let line = editor.press(key)
            // That one writes no more comes before what was written.
            tellWhatIsWritten()
            if let line { await entered(line) }
        }
    }

    private func tellWhatIsWritten() {
        let notices = ownActivity.edited(
            String(editor.text),
            in: model.writingPlace,
            at: .now
        )
        for notice in notices {
            session.doing(notice.activity, in: notice.conversation)
        }
    }

    private func complete() {
        guard let completion = Completion.complete(editor.beforeCursor, model.choices) else {
            notice = "nothing begins like that"
            return
        }
        editor.replaceBeforeCursor(by: completion.text)
        panel = completion.candidates.isEmpty ? nil : .choices(completion.candidates)
    }

    private func entered(_ line: String) async {
        let now = clock.now()
        guard line.hasPrefix("/"), !line.hasPrefix("//") else {
            // A second slash lets a message begin with one.
            let text = line.hasPrefix("//") ? String(line.dropFirst()) : line
            await perform(model.say(text, id: ids.next(), now: now))
            return
        }
        await perform(model.run(line, id: ids.next(), now: now))
    }

    func quit() async {
        guard !isEnding else {
            await session.stop()
            return
        }
        isEnding = true
        if let export {
            notice = "finishing the export; Ctrl-C again leaves without it"
            render()
            Task {
                await export.value
                await session.stop()
            }
        } else if model.unanswered > 0 {
            notice = "waiting for \(model.unanswered) answers; Ctrl-C again leaves at once"
            render()
            let deadline = ContinuousClock.now + Self.lingering
            Task {
                while model.unanswered > 0, ContinuousClock.now < deadline {
                    try? await Task.sleep(for: .milliseconds(20))
                }
                await session.stop()
            }
        } else {
            await session.stop()
        }
    }

    // MARK: Acting

    func perform(_ effects: [ChatEffect]) async {
        for effect in effects {
            await perform(effect)
        }
    }

    private func perform(_ effect: ChatEffect) async {
        switch effect {
        case .read(let conversation, let seq):
            session.read(conversation, upTo: seq)
        case .learned(let conversation, let address):
            surroundings.learned(conversation, address)
        case .load(let request):
            load(request)
        case .search(let request):
            Task { await self.search(request) }
        case .turned:
            viewport = Viewport()
            await perform(model.fetch(.newest))
            Task { await self.loadMembers() }
        case .jumped:
            viewport = Viewport()
            Task { await self.loadMembers() }
        case .scrollUp:
            await scroll(goingUp: true)
        case .showEnd:
            viewport = Viewport()
        case .show(let message):
            viewport.goal = message
        case .export(let path):
            export = Task { await self.export(to: path) }
        case .submit(let message):
            session.submit(message)
            viewport = Viewport()
        case .post(let message):
            viewport = Viewport()
            Task { await self.post(message) }
        case .call(let request, let id):
            Task { await self.call(request, id) }
        case .set(let request, let id):
            Task { await self.set(request, id) }
        case .look(let list):
            Task { await self.show(list) }
        case .makeLink:
            Task { await self.makeLink() }
        case .notice(let text):
            notice = text
        case .panel(let panel):
            self.panel = panel
        case .showList:
            Task { await self.showList() }
        case .showRequests(let conversation):
            Task { await self.showRequests(conversation) }
        case .showMembers(let conversation):
            Task { await self.showMembers(conversation) }
        case .quit:
            await quit()
        }
    }
}
