import Events
import Foundation
import MartletClient

/// Chats in a terminal: keys and changes go into the model, rows come out.
actor TerminalChat {
    /// What the screen needs from outside.
    struct Surroundings: Sendable {
        /// A page of a conversation's history, before a seq.
        var history: @Sendable (ConversationID, UInt64?) async throws -> EventPage
        /// The account's latest conversations.
        var conversations: @Sendable () async throws -> [ConversationSummary]
        /// The conversation that an address leads to, if it is known.
        var conversation: @Sendable (String) -> ConversationID?
        /// Is told what conversation an address leads to.
        var learned: @Sendable (ConversationID, String) -> Void
        /// Suspends the process, as Ctrl-Z asks.
        var suspend: @Sendable () -> Void
    }

    private static let frame: Duration = .milliseconds(16)
    private static let lingering: Duration = .seconds(2)

    private let session: DeviceSession
    private let terminal: any ChatTerminal
    private let surroundings: Surroundings
    private let clock: any WallClock
    private let ids: UUIDv7Generator
    private let renderer: ChatRenderer
    private(set) var model: ChatModel
    private var editor = LineEditor()
    private var decoder = KeyDecoder()
    private var notice: String?
    private var panel: [String] = []
    private static let help = [
        "/to PHONE      write to somebody else: phone number, e-mail address or account id",
        "/who           who you are, and who has written elsewhere",
        "/older         load older messages (or PageUp; PageDown goes back)",
        "/retry         send again what failed",
        "/quit          end (or Ctrl-C)",
        "//text         a message that begins with a slash",
    ]
    private var scroll = 0
    private var shownRows: [String] = []
    private var shownSize: (rows: Int, columns: Int) = (0, 0)
    private var showsFirst = false
    private var isRenderScheduled = false
    private var isLoading = false
    private var isEnding = false

    init(
        session: DeviceSession,
        me: AccountID,
        peer: String,
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
        model = ChatModel(
            me: me,
            peer: peer,
            conversation: surroundings.conversation(peer)
        )
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
        var result: ClientError?
        render()
        for await change in session.changes {
            if case .stopped(let error) = change {
                result = error
            }
            perform(model.apply(change))
            setNeedsRender()
        }
        keys.cancel()
        first.cancel()
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
            panel = []
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
        case .pageUp:
            await scrollUp()
        case .pageDown:
            scroll = max(0, scroll - page)
        default:
            guard let line = editor.press(key) else { return }
            await entered(line)
        }
    }

    private var page: Int { max(1, terminal.size.rows / 2) }

    private func scrollUp() async {
        if showsFirst {
            await loadOlder()
        }
        scroll += page
    }

    private func entered(_ line: String) async {
        guard line.hasPrefix("/"), !line.hasPrefix("//") else {
            // A second slash lets a message begin with one.
            send(line.hasPrefix("//") ? String(line.dropFirst()) : line)
            return
        }
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch words[0] {
        case "/quit", "/exit":
            await quit()
        case "/help":
            panel = Self.help
        case "/older":
            await loadOlder()
            scroll += page
        case "/retry":
            retry()
        case "/who":
            who()
        case "/to":
            await turn(to: words.count > 1 ? words[1] : "")
        default:
            notice = "\(words[0]) is not a command; /help lists them"
        }
    }

    private func send(_ text: String) {
        guard !text.allSatisfy(\.isWhitespace) else { return }
        guard text.unicodeScalars.count <= Limits.messageCharactersMax else {
            notice = "too long: at most \(Limits.messageCharactersMax) characters"
            return
        }
        let message = OutgoingMessage(
            id: ids.next(),
            to: Self.recipient(model.peer),
            text: text,
            clientTimestamp: clock.now()
        )
        model.submitted(message, at: clock.now())
        session.submit(message)
        scroll = 0
    }

    private func retry() {
        let failed = model.retry()
        notice = failed.isEmpty ? "nothing has failed" : "sending \(failed.count) again"
        for line in failed {
            session.submit(
                OutgoingMessage(
                    id: line.id,
                    to: Self.recipient(model.peer),
                    text: line.text,
                    clientTimestamp: clock.now()
                )
            )
        }
    }

    private func who() {
        guard !model.elsewhere.isEmpty else {
            notice = "you are \(model.me); this is \(model.peer)"
            return
        }
        let others = model.elsewhere.values.prefix(3).map { "\($0.sender) (\($0.count))" }
        notice = "new from \(others.joined(separator: ", ")); /to one of them"
    }

    private func turn(to text: String) async {
        guard let peer = Self.normalized(text) else {
            notice = "/to needs a phone number, an e-mail address or an account id"
            return
        }
        let known =
            surroundings.conversation(peer)
            ?? AccountID(peer).map { ConversationID(directBetween: model.me, and: $0) }
        model.turn(to: peer, conversation: known)
        scroll = 0
        await loadPage(before: nil)
    }

    /// The form in which a person's input names somebody; `nil`: it names nobody.
    static func normalized(_ text: String) -> String? {
        if let account = AccountID(text) {
            return account.description
        }
        guard let address = AccountAddress(parsing: text) else { return nil }
        return String(address.description.drop { $0 != ":" }.dropFirst())
    }

    static func recipient(_ peer: String) -> OutgoingMessage.Recipient {
        AccountID(peer).map { .account($0) } ?? .address(peer)
    }

    private func quit() async {
        guard !isEnding else {
            await session.stop()
            return
        }
        isEnding = true
        if model.unanswered > 0 {
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

    // MARK: History

    private func begin() async {
        if model.conversation == nil {
            let found = (try? await surroundings.conversations()) ?? []
            if found.count == 1, found[0].kind == "direct", model.conversation == nil,
                model.lines.isEmpty
            {
                // The only conversation there is: most likely the one that is meant.
                await loadPage(of: found[0].conversationID, before: nil)
                return
            }
        }
        await loadPage(before: nil)
    }

    private func loadOlder() async {
        guard !model.hasAllOlder else {
            notice = "this is the beginning"
            return
        }
        await loadPage(before: model.oldestSeq)
    }

    private func loadPage(of conversation: ConversationID? = nil, before seq: UInt64?) async {
        guard let id = conversation ?? model.conversation, !isLoading else { return }
        isLoading = true
        defer { isLoading = false }
        do {
            let page = try await surroundings.history(id, seq)
            if model.conversation == nil, conversation != nil {
                model.suppose(id)
            }
            perform(model.add(page, isOlder: seq != nil))
        } catch {
            // An answer that there is no such conversation is how an empty one looks.
            let code = (error as? ClientError)?.code.name
            if code != "not_found" {
                notice = "no history: \(code ?? "failed")"
            }
        }
        setNeedsRender()
    }

    private func perform(_ effects: [ChatModel.Effect]) {
        for effect in effects {
            switch effect {
            case .read(let conversation, let seq):
                session.read(conversation, upTo: seq)
            case .learned(let conversation):
                surroundings.learned(conversation, model.peer)
            case .loadLastPage:
                Task { await self.loadPage(before: nil) }
            }
        }
    }

    // MARK: Screen

    private func setNeedsRender() {
        guard !isRenderScheduled else { return }
        isRenderScheduled = true
        Task {
            try? await Task.sleep(for: Self.frame)
            self.isRenderScheduled = false
            self.render()
        }
    }

    private func render() {
        let size = terminal.size
        let screen = renderer.render(
            model,
            editor: editor,
            notice: notice,
            panel: panel,
            scroll: scroll,
            rows: size.rows,
            columns: size.columns
        )
        scroll = screen.scroll
        showsFirst = screen.showsFirst
        var text = "\u{1B}[?25l"
        if size != shownSize || shownRows.count != screen.rows.count {
            text += "\u{1B}[2J"
            shownRows = []
            shownSize = size
        }
        for (place, row) in screen.rows.enumerated()
        where place >= shownRows.count || shownRows[place] != row {
            text += "\u{1B}[\(place + 1);1H\(row)\u{1B}[K"
        }
        shownRows = screen.rows
        text += "\u{1B}[\(screen.cursorRow + 1);\(screen.cursorColumn + 1)H\u{1B}[?25h"
        terminal.write(text)
    }
}
