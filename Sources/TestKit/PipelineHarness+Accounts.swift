public import Events
import Foundation
public import MartletClient

extension PipelineHarness {
    /// Registers a phone number, or signs in on a further device, with the code from `verification.jsonl`.
    public nonisolated func register(
        phone: String,
        name: String? = nil,
        device: String? = nil
    )
        async throws -> Credentials
    {
        let registration = try await http.register(
            address: phone,
            name: name,
            deviceName: device
        )
        let code = try await verification.code(for: registration)
        return try await http.confirm(registration, code: code)
    }

    /// The code that was sent for a registration.
    public nonisolated func code(of registration: Registration) async throws -> String {
        try await verification.code(for: registration)
    }

    /// The messages that the store has of a conversation, as one of its members sees it, oldest first.
    public nonisolated func history(
        of conversation: ConversationID,
        for credentials: Credentials,
        pageEvents: Int = 100
    ) async throws -> [MessageEvent] {
        try await told(of: conversation, for: credentials, pageEvents: pageEvents).messages
    }

    /// Everything that history tells one of its members of a conversation: page by page from the beginning, or scrolling up from the end.
    public nonisolated func told(
        of conversation: ConversationID,
        for credentials: Credentials,
        scrollsUp: Bool = false,
        pageEvents: Int = 100
    ) async throws -> ToldConversation {
        let directory = try await http.discover()
        guard let history = directory.history else { throw HarnessError("no history endpoint") }
        var told = ToldConversation()
        var place: UInt64? = scrollsUp ? nil : 0
        repeat {
            let page = try await http.events(
                of: conversation,
                history: history,
                token: credentials.accessToken,
                beforeSeq: scrollsUp ? place : nil,
                afterSeq: scrollsUp ? nil : place,
                limit: pageEvents
            )
            told.events += page.events
            told.missing += page.missing
            place = scrollsUp ? page.nextBeforeSeq : page.nextAfterSeq
        } while place != nil
        if scrollsUp { told.events.reverse() }
        return told
    }

    /// A line of `push.jsonl`.
    public struct PushLine: Sendable, Decodable {
        /// Whom it is for.
        public let account: String
        /// Which message it is about.
        public let messageID: String
        /// What it replaces.
        public let collapseID: String

        enum CodingKeys: String, CodingKey {
            case account
            case messageID = "message_id"
            case collapseID = "collapse_id"
        }
    }

    /// Every notification so far; a torn last line is left out.
    public nonisolated func notifications() -> [PushLine] {
        guard let text = FileManager.default.contents(atPath: data + "/push.jsonl") else {
            return []
        }
        return text.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(PushLine.self, from: Data($0))
        }
    }
}
