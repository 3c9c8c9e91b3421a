import Events

@testable import ChatClient
@testable import MartletClient

/// A terminal with a chat behind it.
final class Seat: Sendable {
    let terminal = FakeTerminal()
    private let input: AsyncStream<[UInt8]>
    private let keys: AsyncStream<[UInt8]>.Continuation
    private let chat: TerminalChat

    init(_ account: Credentials, with peer: ChatTarget, _ http: MartletHTTP) {
        (input, keys) = AsyncStream<[UInt8]>.makeStream()
        chat = ChatRunTests.terminalChat(
            of: account,
            with: peer,
            http,
            terminal,
            Collector<ConversationID>()
        )
    }

    func run() async -> ClientError? { await chat.run(input: input) }

    func types(_ text: String) { keys.yield(Array(text.utf8)) }

    func pressesPageUp() { types("\u{1B}[5~") }

    func pressesPageDown() { types("\u{1B}[6~") }

    /// Waits until something is written to the terminal, which may have been before.
    func shows(_ text: String) async throws {
        try await eventually(text) { terminal.shows(text) }
    }

    /// Waits until something is on the screen that is there now, in one row or in several.
    func hasOnScreen(_ text: String) async throws {
        try await eventually("on the screen: \(text)") {
            let words = await screen.split { $0.isWhitespace }.joined(separator: " ")
            return await screen.contains(text) || words.contains(text)
        }
    }

    /// What is on the screen now.
    var screen: String {
        get async { await chat.shownRows.map(plain).joined(separator: "\n") }
    }
}
