public import Events
import NIOCore
import NIOHTTP1

extension MartletHTTP {
    /// How long a page may take at least, whatever `timeout` is: old ones come out of archives.
    public static let pageTimeout: Duration = .seconds(30)

    /// A page of the account's conversations, the latest first.
    ///
    /// The history service's address comes from `discover()`.
    public func conversations(
        history: String,
        token: String,
        cursor: String? = nil,
        limit: Int? = nil
    ) async throws(ClientError) -> ConversationPage {
        let query = Self.query([("cursor", cursor), ("limit", limit.map(String.init))])
        let answer = try await call(
            .GET,
            "\(history)/v1/conversations\(query)",
            token: token,
            timeout: Self.pageTimeout
        )
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try ConversationPage(reading: &reader)
        }
    }

    /// A page of a conversation's events: before a seq the newest first, after a seq the oldest first.
    ///
    /// The history service's address comes from `discover()`.
    public func events(
        of conversation: ConversationID,
        history: String,
        token: String,
        beforeSeq: UInt64? = nil,
        afterSeq: UInt64? = nil,
        limit: Int? = nil
    ) async throws(ClientError) -> EventPage {
        let query = Self.query([
            ("before_seq", beforeSeq.map { String($0) }),
            ("after_seq", afterSeq.map { String($0) }),
            ("limit", limit.map { String($0) }),
        ])
        let answer = try await call(
            .GET,
            "\(history)/v1/conversations/\(conversation)/events\(query)",
            token: token,
            timeout: Self.pageTimeout
        )
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try EventPage(reading: &reader)
        }
    }

    /// A page of the messages that a search finds, in all conversations of the account or in one, the newest first.
    ///
    /// Words are found whole; `word*` finds what begins so, `"two words"` these in this order.
    /// - Throws: `invalid_parameter` with the server's words for who cannot be understood.
    public func search(
        _ query: String,
        in conversation: ConversationID? = nil,
        history: String,
        token: String,
        before: String? = nil,
        limit: Int? = nil
    ) async throws(ClientError) -> SearchPage {
        let query = Self.query([
            ("q", query), ("conversation_id", conversation?.description), ("before", before),
            ("limit", limit.map { String($0) }),
        ])
        let answer = try await call(
            .GET,
            "\(history)/v1/search\(query)",
            token: token,
            timeout: Self.pageTimeout
        )
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try SearchPage(reading: &reader)
        }
    }

    /// A page of the conversations in which something came since a moment: for a device that is told of a gap.
    ///
    /// `since` is what the last page of the time before said, or the page before; without it everything counts as new.
    public func sync(
        since: String? = nil,
        history: String,
        token: String,
        limit: Int? = nil
    ) async throws(ClientError) -> SyncPage {
        let query = Self.query([("since", since), ("limit", limit.map { String($0) })])
        let answer = try await call(
            .GET,
            "\(history)/v1/sync\(query)",
            token: token,
            timeout: Self.pageTimeout
        )
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try SyncPage(reading: &reader)
        }
    }
}
