import Events
import MartletClient

/// The calls that a chat makes besides its session: with a token that the server takes, to where the services are.
actor ChatServices {
    private static let pagesMax = 10
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

    /// A page of a conversation's history.
    func events(
        of conversation: ConversationID,
        _ request: HistoryRequest
    ) async throws -> EventPage {
        switch request {
        case .newest: return try await events(of: conversation)
        case .before(let seq): return try await events(of: conversation, before: seq)
        case .after(let seq): return try await events(of: conversation, after: seq)
        case .around(let seq):
            let older = try await events(of: conversation, before: seq + 1)
            let newer = try await events(of: conversation, after: seq)
            return EventPage(
                events: older.events.reversed() + newer.events,
                ticks: newer.ticks,
                nextBeforeSeq: older.nextBeforeSeq,
                nextAfterSeq: newer.nextAfterSeq,
                missing: older.missing + newer.missing
            )
        }
    }

    private func events(
        of conversation: ConversationID,
        before: UInt64? = nil,
        after: UInt64? = nil
    ) async throws -> EventPage {
        let history = try await history()
        return try await authorized { token in
            try await self.http.events(
                of: conversation,
                history: history,
                token: token,
                beforeSeq: before,
                afterSeq: after
            )
        }
    }

    /// A page of what a search finds.
    func search(_ request: MessageSearch.Request) async throws -> SearchPage {
        let history = try await history()
        return try await authorized { token in
            try await self.http.search(
                request.words,
                in: request.conversation,
                history: history,
                token: token,
                before: request.before,
                limit: request.limit
            )
        }
    }

    /// Writes all of the account's data to a file; says how many bytes it were.
    func export(
        to path: String,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> Int64 {
        let history = try await history()
        return try await authorized { token in
            try await self.http.export(
                history: history,
                token: token,
                to: path,
                progress: progress
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
        for _ in 0..<Self.pagesMax {
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

    /// Asks for something to be different for the account alone.
    func set(_ request: PersonalRequest) async throws {
        _ = try await authorized { token in try await self.http.set(request, token: token) }
    }

    /// The messages that the account has marked, the last marked first.
    func starred() async throws -> StarredPage {
        let history = try await history()
        return try await authorized { token in
            try await self.http.starred(history: history, token: token)
        }
    }

    /// What others may know of the account.
    func privacy() async throws -> PrivacySettings {
        let history = try await history()
        return try await authorized { token in
            try await self.http.privacy(history: history, token: token)
        }
    }

    /// The account's contacts; of very many the first thousand.
    func contacts() async throws -> [AccountPage.Entry] {
        let history = try await history()
        return try await entries { token, cursor in
            try await self.http.contacts(
                history: history,
                token: token,
                cursor: cursor,
                limit: Self.pageMax
            )
        }
    }

    /// Who waits to be let into a conversation.
    func requests(to conversation: ConversationID) async throws -> [AccountPage.Entry] {
        let history = try await history()
        return try await entries { token, cursor in
            try await self.http.requests(
                to: conversation,
                history: history,
                token: token,
                cursor: cursor,
                limit: Self.pageMax
            )
        }
    }

    private func entries(
        _ page: @Sendable (String, String?) async throws -> AccountPage
    ) async throws -> [AccountPage.Entry] {
        var entries: [AccountPage.Entry] = []
        var cursor: String?
        for _ in 0..<Self.pagesMax {
            let from = cursor
            let next = try await authorized { token in try await page(token, from) }
            entries += next.entries
            cursor = next.nextCursor
            if cursor == nil { break }
        }
        return entries
    }

    /// The account's devices.
    func devices() async throws -> [AccountDevice] {
        let history = try await history()
        return try await authorized { token in
            try await self.http.devices(history: history, token: token)
        }
    }

    /// Makes a link for another device.
    func link() async throws -> DeviceLink {
        try await authorized { token in try await self.http.createLink(token: token) }
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
        } catch let error as ClientError where error.status == 401 && error.code != .deviceRemoved {
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
