import Events
import Ingest
import Web

/// What a device says (docs/DESIGN.md, "WebSocket").
enum ClientFrame: Equatable {
    case hello(token: String, position: ResumePosition)
    case ack(InboxPosition)
    case read(ConversationID, seq: UInt64)
    /// `id` as the device wrote it, for the answer.
    case submit(id: String, MessageRequest)
    /// A `submit` whose content is no good: the answer to it.
    case refused(id: String, code: String, detail: String)
    case typing(ConversationID, Signal.Activity)
    /// Whom the device watches from now on; it never watches more than `Limits.watchedAccountsMax`.
    case watch(Set<AccountID>)

    /// Where a device wants to go on.
    enum ResumePosition: Equatable {
        /// A new device: from now.
        case now
        case at(InboxPosition)
        /// A text that is no position of this version: as good as too old.
        case unreadable
    }

    /// Why a frame can't be taken.
    struct Refusal: Error, Equatable {
        let code: String
        let detail: String
    }

    /// Reads a text frame's bytes.
    init(_ bytes: [UInt8]) throws(Refusal) {
        guard bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil
        else { throw Refusal(code: "invalid_utf8", detail: "a text frame is UTF-8") }
        var fields = ClientFrameFields()
        do {
            try bytes.withUnsafeBufferPointer { (buffer) throws(JSONScanner.Failure) in
                try fields.read(buffer)
            }
        } catch {
            throw Refusal(code: "invalid_json", detail: error.detail)
        }
        guard fields.isRich, case .text("submit") = fields.type else {
            self = try fields.frame()
            return
        }
        let id = try fields.submissionID()
        do throws(Problem) {
            self = .submit(id: id, try MessageRequest(try JSONObject(bytes)))
        } catch {
            self = .refused(id: id, code: error.code.name, detail: error.detail)
        }
    }
}

/// What frames of all types may hold, in whichever order it comes.
private struct ClientFrameFields {
    /// A member's value, as far as frames need them.
    enum Field: Equatable {
        case missing
        case null
        case text(String)
        case integer(Int64)
        case bool(Bool)
        case other
    }

    /// The ids of a list, as far as it is one.
    enum Accounts {
        case missing
        case ids(Set<AccountID>)
        case tooMany
    }

    var type = Field.missing
    var token = Field.missing
    var position = Field.missing
    var conversation = Field.missing
    var seq = Field.missing
    var id = Field.missing
    var recipient = Field.missing
    var recipientGroup = Field.missing
    var message = Field.missing
    var clientTimestamp = Field.missing
    var hasContent = false
    var contentType = Field.missing
    var contentText = Field.missing
    var isOn = Field.missing
    var activity = Field.missing
    var accounts = Accounts.missing
    /// Whether a `submit` has more to it than a text; that is read with less haste.
    var isRich = false

    mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(JSONScanner.Failure) {
        var scanner = JSONScanner(bytes)
        let names = scanner
        try scanner.object { (key, value) throws(JSONScanner.Failure) in
            try take(key, value, names, bytes)
        }
    }

    private mutating func take(
        _ key: Range<Int>,
        _ value: JSONScanner.Value,
        _ names: JSONScanner,
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(JSONScanner.Failure) {
        if names.matches(key, "type") {
            type = try field(value, names)
        } else if names.matches(key, "position") {
            position = try field(value, names)
        } else if names.matches(key, "conversation_id") {
            conversation = try field(value, names)
        } else if names.matches(key, "seq") {
            seq = try field(value, names)
        } else if names.matches(key, "id") {
            id = try field(value, names)
        } else if names.matches(key, "recipient") {
            recipient = try field(value, names)
        } else if names.matches(key, "message") {
            message = try field(value, names)
        } else if names.matches(key, "client_timestamp") {
            clientTimestamp = try field(value, names)
        } else if names.matches(key, "recipient_group") {
            recipientGroup = try field(value, names)
        } else if names.matches(key, "token") {
            token = try field(value, names)
        } else if names.matches(key, "content"), value != .null {
            hasContent = true
            if case .object(let range) = value { try readContent(range, bytes) }
            if case .text(let type) = contentType, type != "text" { isRich = true }
        } else if names.matches(key, "on") {
            isOn = try field(value, names)
        } else if names.matches(key, "activity") {
            activity = try field(value, names)
        } else if names.matches(key, "accounts") {
            accounts = .missing
            if case .array(let range) = value { try readAccounts(range, bytes) }
        } else if ["reply_to", "mentions", "forwarded"].contains(where: {
            names.matches(key, $0)
        }) {
            isRich = isRich || value != .null
        }
    }

    private mutating func readContent(
        _ range: Range<Int>,
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(JSONScanner.Failure) {
        var scanner = JSONScanner(bytes, range: range)
        let names = scanner
        try scanner.object { (key, value) throws(JSONScanner.Failure) in
            if names.matches(key, "type") {
                contentType = try field(value, names)
            } else if names.matches(key, "text") {
                contentText = try field(value, names)
            }
        }
    }

    private mutating func readAccounts(
        _ range: Range<Int>,
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(JSONScanner.Failure) {
        var scanner = JSONScanner(bytes, range: range)
        let texts = scanner
        var (ids, count, isList): (Set<AccountID>, Int, Bool) = ([], 0, true)
        try scanner.array { (value) throws(JSONScanner.Failure) in
            count += 1
            guard isList, count <= Limits.watchedAccountsMax else { return }
            guard case .text(let text) = try field(value, texts), let id = AccountID(text) else {
                isList = false
                return
            }
            ids.insert(id)
        }
        guard isList else { return }
        accounts = count > Limits.watchedAccountsMax ? .tooMany : .ids(ids)
    }

    private func field(
        _ value: JSONScanner.Value,
        _ scanner: JSONScanner
    ) throws(JSONScanner.Failure) -> Field {
        switch value {
        case .string(let range, let hasEscapes):
            .text(try scanner.text(range, hasEscapes: hasEscapes))
        case .integer(let number): .integer(number)
        case .null: .null
        case .bool(let isTrue): .bool(isTrue)
        case .number, .object, .array: .other
        }
    }

    func frame() throws(ClientFrame.Refusal) -> ClientFrame {
        guard case .text(let name) = type else { throw wrong("type") }
        guard let type = FrameType(rawValue: name) else {
            throw ClientFrame.Refusal(
                code: "unknown_type",
                detail: "there is no frame of this type"
            )
        }
        switch type {
        case .ack:
            guard case .text(let text) = position, let position = InboxPosition(text) else {
                throw wrong("position")
            }
            return .ack(position)
        case .read:
            guard case .text(let text) = conversation, let id = ConversationID(text) else {
                throw wrong("conversation_id")
            }
            guard case .integer(let seq) = seq, seq > 0 else { throw wrong("seq") }
            return .read(id, seq: UInt64(seq))
        case .submit:
            return try submit()
        case .hello:
            guard case .text(let token) = token, !token.isEmpty else { throw wrong("token") }
            switch position {
            case .text(let text):
                let position = InboxPosition(text)
                return .hello(token: token, position: position.map { .at($0) } ?? .unreadable)
            case .missing, .null: return .hello(token: token, position: .now)
            case .integer, .bool, .other: throw wrong("position")
            }
        case .typing:
            return try typing()
        case .watch:
            return try watch()
        }
    }

    private func typing() throws(ClientFrame.Refusal) -> ClientFrame {
        guard case .text(let text) = conversation, let id = ConversationID(text) else {
            throw wrong("conversation_id")
        }
        guard case .bool(let isOn) = isOn else { throw wrong("on") }
        let activity: Signal.Activity
        switch self.activity {
        case .missing, .null, .text("typing"): activity = .typing
        case .text("recording"): activity = .recording
        default: throw wrong("activity")
        }
        return .typing(id, isOn ? activity : .idle)
    }

    private func watch() throws(ClientFrame.Refusal) -> ClientFrame {
        switch accounts {
        case .ids(let ids): return .watch(ids)
        case .missing: throw wrong("accounts")
        case .tooMany:
            throw ClientFrame.Refusal(
                code: "too_many_accounts",
                detail: "a device watches at most \(Limits.watchedAccountsMax) accounts"
            )
        }
    }

    /// The id as the device wrote it.
    func submissionID() throws(ClientFrame.Refusal) -> String {
        guard case .text(let id) = id, id.utf8.count <= 64 else { throw wrong("id") }
        return id
    }

    private func submit() throws(ClientFrame.Refusal) -> ClientFrame {
        let id = try submissionID()
        var time: Int64?
        switch clientTimestamp {
        case .integer(let number): time = number
        case .missing, .null: break
        case .text, .bool, .other: throw wrong("client_timestamp")
        }
        var text = try optional(message, "message")
        if text == nil, hasContent {
            guard contentType == .text("text") else { throw wrong("content") }
            text = try optional(contentText, "content")
        }
        return .submit(
            id: id,
            MessageRequest(
                id: id,
                recipient: try optional(recipient, "recipient"),
                recipientGroup: try optional(recipientGroup, "recipient_group"),
                message: text,
                clientTimestamp: time
            )
        )
    }

    private func optional(
        _ field: Field,
        _ name: StaticString
    ) throws(ClientFrame.Refusal) -> String? {
        switch field {
        case .text(let text): return text
        case .missing, .null: return nil
        case .integer, .bool, .other: throw wrong(name)
        }
    }

    private func wrong(_ name: StaticString) -> ClientFrame.Refusal {
        ClientFrame.Refusal(code: "invalid_field", detail: "\(name) is missing or of another type")
    }
}
