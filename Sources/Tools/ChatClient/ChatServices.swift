import Events
import MartletClient

/// The calls that a chat makes besides its session: with a token that the server takes, to where the services are.
actor ChatServices {
    private static let memberPagesMax = 10
    private static let pageMax = 100

    private let http: MartletHTTP
    private let session: DeviceSession
    private var historyAddress: String?
    /// Newer than the session's, which are renewed only when it connects again.
    private var renewed: Credentials?

    init(http: MartletHTTP, session: DeviceSession) {
        self.http = http
        self.session = session
    }

    /// A page of a conversation's history, before a seq.
    func events(of conversation: ConversationID, before seq: UInt64?) async throws -> EventPage {
        let history = try await history()
        return try await authorized { token in
            try await self.http.events(
                of: conversation,
                history: history,
                token: token,
                beforeSeq: seq
            )
        }
    }

    /// The latest conversations.
    func conversations() async throws -> [ConversationSummary] {
        let history = try await history()
        return try await authorized { token in
            try await self.http.conversations(
                history: history,
                token: token,
                limit: Self.pageMax
            ).conversations
        }
    }

    /// The members of a conversation, those of a higher role first; of a very large one the first thousand.
    func members(of conversation: ConversationID) async throws -> [MemberPage.Member] {
        let history = try await history()
        var members: [MemberPage.Member] = []
        var cursor: String?
        for _ in 0..<Self.memberPagesMax {
            let from = cursor
            let page = try await authorized { token in
                try await self.http.members(
                    of: conversation,
                    history: history,
                    token: token,
                    cursor: from,
                    limit: Self.pageMax
                )
            }
            members += page.members
            cursor = page.nextCursor
            if cursor == nil { break }
        }
        return members
    }

    /// Asks for something in a conversation.
    func act(
        _ request: ConversationRequest,
        _ id: SubmissionID,
        _ time: Timestamp
    ) async throws -> SubmittedRequest {
        try await authorized { token in
            try await self.http.act(request, id: id, clientTimestamp: time, token: token)
        }
    }

    /// Posts a message.
    func post(_ message: OutgoingMessage) async throws -> AcceptedMessage {
        try await authorized { token in try await self.http.post(message, token: token) }
    }

    /// Calls with the present token, and if it is not good any more with a new one.
    private func authorized<Value: Sendable>(
        _ call: @Sendable (String) async throws -> Value
    ) async throws -> Value {
        var credentials = await session.credentials()
        if let renewed { credentials = renewed }
        do {
            return try await call(credentials.accessToken)
        } catch let error as ClientError where error.status == 401 {
            let fresh = try await http.refresh(credentials)
            renewed = fresh
            return try await call(fresh.accessToken)
        }
    }

    /// Asks once where the history is.
    private func history() async throws -> String {
        if let historyAddress {
            return historyAddress
        }
        guard let found = try await http.discover().history else {
            throw ClientError(.badResponse, "the server names no history service")
        }
        historyAddress = found
        return found
    }
}
