import MartletClient
import ServiceKit
import Synchronization
import TestKit

/// Two people who write to one another, change what they have said, react and read: something for an operator to work beside.
final class OperatorTalk: Sendable {
    /// What a turn puts on the timeline: of each a message, a reaction, an edit.
    static let eventsPerTurn = 6

    let ada: Person
    let bob: Person
    /// The first message, which nobody ever changes.
    let opening: String
    private let isOver = Mutex(false)

    /// Registers both and connects their devices.
    init(_ harness: PipelineHarness) async throws {
        ada = try await Person(harness, phone: "+15551230001")
        bob = try await Person(harness, phone: "+15551230002")
        try await ada.connect()
        try await bob.connect()
        opening = ada.mark("opening")
        try await ada.post("opening", to: bob)
    }

    /// Talks for as long as `body` takes.
    func during(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                while !self.isOver.withLock({ $0 }) { try await self.turn() }
            }
            defer { isOver.withLock { $0 = true } }
            try await body()
            isOver.withLock { $0 = true }
            try await tasks.waitForAll()
        }
    }

    /// One says something and puts it otherwise, the other reacts to it and has read it.
    func turn() async throws {
        let conversation = ada.conversation(with: bob)
        for (one, other) in [(ada, bob), (bob, ada)] {
            let http = one.harness.http
            let message = try await one.post("said", to: other).messageID
            _ = try await http.act(
                .react(conversation, message, emoji: "👍"),
                id: other.newID(),
                token: other.credentials.accessToken
            )
            _ = try await http.act(
                .edit(conversation, message, text: one.mark("meant")),
                id: one.newID(),
                token: one.credentials.accessToken
            )
            other.readAll(in: conversation)
        }
    }

    /// What history tells of it, the texts, oldest first; nothing as long as it knows of none.
    func texts() async throws -> [String] {
        let told = try? await ada.harness.told(
            of: ada.conversation(with: bob),
            for: ada.credentials
        )
        return told?.messages.map { $0.text ?? "" } ?? []
    }

    /// Both go.
    func stop() async {
        await ada.session.stop()
        await bob.session.stop()
    }
}
