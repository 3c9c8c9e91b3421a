import Conversations
import Events
import Stores
import Web

/// Goes through all that an account may see, and writes it into a file.
///
/// Everything is asked as the account's device asks, a page at a time: what it may not see is in no export, and neither a removed device nor a client that
/// has gone away gets to the end of one.
struct ExportWalk {
    let desk: StoreDesk
    let viewer: Viewer
    let file: ExportFile
    /// Where what blocks is done.
    let files: ReadQueue
    private var tally = ExportTally()

    init(_ desk: StoreDesk, for viewer: Viewer, into file: ExportFile, on files: ReadQueue) {
        self.desk = desk
        self.viewer = viewer
        self.file = file
        self.files = files
    }

    private static let page = Limits.historyPageEventsMax
    /// With more parts of archives in hand they are let go of.
    private static let partsKept = 4
    /// How long to wait before asking again, when the store is away or there is too much to do.
    private static let waits: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

    /// Writes everything.
    mutating func run() async throws {
        try await write(ExportTally.readMe(viewer.account), to: "README.txt")
        try await account()
        var last: ConversationID?
        while true {
            let after = last
            let summaries = try await ask { store, viewer in
                try store.conversations(for: viewer, inOrderAfter: after, limit: Self.page)
            }
            for summary in summaries { try await conversation(summary) }
            last = summaries.last?.conversation
            guard summaries.count == Self.page else { break }
        }
        try await write(tally.manifest(of: viewer.account, at: viewer.now), to: "manifest.json")
    }

    private func ask<Value: Sendable>(
        _ question: @escaping @Sendable (any HotStoreReader, Viewer) throws -> Value
    ) async throws -> Value {
        var viewer = viewer
        return try await ask(keepingArchivesFor: &viewer, question)
    }

    /// Asks, and if that can't be answered for a moment once more: all that was made so far would be for nothing.
    private func ask<Value: Sendable>(
        keepingArchivesFor viewer: inout Viewer,
        _ question: @escaping @Sendable (any HotStoreReader, Viewer) throws -> Value
    ) async throws -> Value {
        for wait in Self.waits {
            try Task.checkCancellation()
            do {
                return try await desk.answer(keepingArchivesFor: &viewer, question)
            } catch let error as StoreError where error.isRetriable {
            } catch let problem as Problem where problem == .storeUnavailable {
            }
            try await Task.sleep(for: wait)
        }
        return try await desk.answer(keepingArchivesFor: &viewer, question)
    }

    /// Writes a file's beginning, or more of the one that was begun last.
    private func write(_ bytes: [UInt8], to name: String? = nil) async throws {
        let file = file
        try await files.run { try file.write(bytes, to: name) }
    }

    // MARK: The account

    private mutating func account() async throws {
        let profile = try await ask { try $0.profile(of: $1) }
        let devices = try await ask { try $0.devices(of: $1) }
        let privacy = try await ask { try $0.privacy(of: $1) }
        let contacts = try await contacts()
        tally.contacts = Int64(contacts.count)
        var json = JSONWriter()
        json.beginObject()
        json.field("account_id", viewer.account.description)
        json.field("name", profile?.name)
        json.field("registered_at", profile?.registeredTime.milliseconds)
        HistoryJSON.append(devices, to: &json)
        json.key("privacy")
        HistoryJSON.append(privacy, to: &json)
        HistoryJSON.append(contacts, to: &json)
        json.key("starred")
        json.beginArray()
        try await write(json.bytes, to: "account.json")
        try await stars()
        try await write(Array("]}".utf8))
    }

    private func contacts() async throws -> [StoredContact] {
        var contacts: [StoredContact] = []
        var cursor: AccountID?
        repeat {
            let start = cursor
            let page = try await ask { store, viewer in
                try store.contacts(of: viewer, after: start, limit: Self.page)
            }
            contacts += page.items
            cursor = page.next
        } while cursor != nil
        return contacts
    }

    /// Writes which messages are starred, a page at a time; also those that can't be read, as no more than their names is written.
    private mutating func stars() async throws {
        var cursor: StarCursor?
        repeat {
            let start = cursor
            let page = try await ask { store, viewer in
                try store.starred(for: viewer, before: start, limit: Self.page)
            }
            var stars = page.items.map { ($0.event.conversation, $0.event.submission) }
            stars += page.missing.map { ($0.conversation, $0.message) }
            var json = JSONWriter()
            for (conversation, message) in stars {
                json.beginObject()
                json.field("conversation_id", conversation.description)
                json.field("message_id", message.description)
                json.endObject()
            }
            let isFurther = tally.stars > 0 && !stars.isEmpty
            try await write((isFurther ? [UInt8(ascii: ",")] : []) + json.bytes)
            tally.stars += Int64(stars.count)
            cursor = page.next
        } while cursor != nil
    }

    // MARK: A conversation

    private mutating func conversation(_ summary: ConversationSummary) async throws {
        let id = summary.conversation
        var part = ExportTally.Part(conversation: id)
        let detail = try await ask { try $0.conversation(id, for: $1) }
        var json = JSONWriter()
        json.beginObject()
        json.key("summary")
        HistoryJSON.append(summary, to: &json)
        json.key("conversation")
        if let detail { HistoryJSON.append(detail, to: &json) } else { json.null() }
        let members = try await members(of: id)
        part.members = members.map { Int64($0.count) }
        if let members {
            HistoryJSON.append(members, to: &json)
        } else {
            json.key("members")
            json.null()
        }
        json.endObject()
        try await write(json.bytes, to: "conversations/\(id).json")
        try await events(of: id, &part)
        tally.parts.append(part)
    }

    /// Who is in it; `nil`: that is not for the account.
    private func members(of id: ConversationID) async throws -> [MemberPage.Member]? {
        var members: [MemberPage.Member] = []
        var cursor: MemberCursor?
        repeat {
            let start = cursor
            let answer = try await ask { store, viewer in
                try store.members(of: id, for: viewer, after: start, limit: Self.page)
            }
            guard let page = answer.value else { return nil }
            members += page.members
            cursor = page.next
        } while cursor != nil
        return members
    }

    private func events(of id: ConversationID, _ part: inout ExportTally.Part) async throws {
        try await write([], to: "conversations/\(id).jsonl")
        var viewer = viewer
        var last: Int64 = 0
        while true {
            let request = PageRequest(.after(last), limit: Self.page)
            // A part of an archive has many pages.
            if viewer.archived.count > Self.partsKept || viewer.archived.rest != nil {
                viewer.archived = ArchivedParts()
            }
            let page = try await ask(keepingArchivesFor: &viewer) { store, viewer in
                try store.events(in: id, for: viewer, page: request)
            }
            guard let page else { return }
            var lines: [UInt8] = []
            for event in page.events {
                var json = JSONWriter()
                HistoryJSON.append(event, to: &json)
                lines += json.bytes
                lines.append(UInt8(ascii: "\n"))
            }
            try await write(lines)
            part.events += Int64(page.events.count)
            part.missing += page.missing
            guard page.hasMore, let event = page.events.last?.event else { return }
            last = Int64(clamping: event.seq)
        }
    }
}
