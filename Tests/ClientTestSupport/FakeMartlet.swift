public import Events
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// An installation in one object: enough of the servers for clients' tests, with faults on request.
///
/// Keeps everything in memory and decides at once. `@unchecked Sendable`: everything mutable is touched on `loop` only;
/// tests reach it through `on`.
public final class FakeMartlet: @unchecked Sendable {
    /// What is to go wrong.
    public struct Script: Sendable {
        /// So many answers to submissions are not sent, although the message is taken.
        public var answersToDrop = 0
        /// Submissions are refused with these codes, one each.
        public var refusals: [String] = []
        /// Access tokens of this generation and older are refused.
        public var tokenGenerationRefused = 0
        /// Whether refresh tokens are refused.
        public var isRefreshRefused = false
        /// Every event is sent twice.
        public var sendsTwice = false
        /// `/v1/connect` answers 503.
        public var connectIsUnavailable = false
        /// Messages are taken, and never reach anybody.
        public var losesMessages = false
        /// So many requests in conversations are taken, and answered 503.
        public var requestAnswersToDrop = 0
        /// Requests in conversations are taken, and then refused with these codes, one each.
        public var rejections: [String] = []
        /// Pages of history and exports are read, and answered only when `releasePages` says so.
        public var holdsPages = false
        /// Pages of history are refused with these codes, one each.
        public var pageRefusals: [String] = []
        /// These places of every conversation cannot be read, for the reason.
        public var missing: (seqs: ClosedRange<Int>, reason: String)?
        /// Searches say that not everything was searched.
        public var searchIsIncomplete = false
        /// What an export has before its end record; `nil`: it ends in the middle.
        public var exportFiller: String? = ""
    }

    /// What goes wrong.
    public var script = Script()
    /// The frames that clients sent, by type, and the calls, by path.
    public private(set) var counts: [String: Int] = [:]
    /// The positions in `hello` frames, in order.
    public private(set) var hellos: [String?] = []
    /// The texts taken, in order.
    public private(set) var texts: [String] = []
    /// The requests in conversations, in order, each once for each time that it came.
    public internal(set) var requests: [Request] = []
    /// What accounts set for themselves, in order, each once for each time that it came.
    public internal(set) var changes: [Request] = []
    /// What clients said that they do, in order.
    public internal(set) var activities: [String] = []
    /// Whom clients watched, in order.
    public internal(set) var watches: [[AccountID]] = []
    /// The pages of history that were asked for, in order, with their queries.
    public internal(set) var pages: [String] = []
    /// Answers that wait for `releasePages`.
    var heldPages: [() -> Void] = []
    /// Who waits to be let in, wherever.
    public var waiting: [AccountID] = []
    /// The address.
    public private(set) var server = ""

    let loop: any EventLoop
    let epoch = "1"
    private let group: MultiThreadedEventLoopGroup
    private var channel: (any Channel)?
    private let verificationPath: String?
    let ids = UUIDv7Generator(clock: TestClock())
    private var generation = 0
    private var accounts: [String: AccountID] = [:]
    private var registrations: [String: String] = [:]
    private var inbox: [AccountID: [(offset: Int64, event: String, effect: Effect?)]] = [:]
    private var nextOffset: Int64 = 100
    var conversations: [ConversationID: Conversation] = [:]
    var answers: [SubmissionID: String] = [:]
    var personal: [AccountID: Personal] = [:]
    var links: [String: AccountID] = [:]
    var removed: Set<DeviceID> = []
    private var sockets: [ObjectIdentifier: FakeSocket] = [:]

    struct Effect {
        let conversation: ConversationID
        let seq: UInt64
        let sender: AccountID
    }

    struct Conversation {
        var kind = "direct"
        var name = ""
        var members: [AccountID]
        var events: [String] = []
        var delivered: [AccountID: UInt64] = [:]
        var read: [AccountID: UInt64] = [:]
    }

    private struct TestClock: WallClock {
        func now() -> Timestamp {
            Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        }
    }

    private init(verificationPath: String?) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = group.next()
        self.verificationPath = verificationPath
    }

    /// Starts a server on a free port; codes are `123456`.
    public static func start(verificationPath: String? = nil) async throws -> FakeMartlet {
        let server = FakeMartlet(verificationPath: verificationPath)
        let channel = try await ServerBootstrap(group: server.loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try server.configure(channel) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        try await server.on { server in
            server.channel = channel
            server.server = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
        }
        return server
    }

    /// Looks at or changes the server, on its loop.
    public func on<Value: Sendable>(
        _ body: @escaping @Sendable (FakeMartlet) -> Value
    ) async throws -> Value {
        try await loop.submit { body(self) }.get()
    }

    /// Stops it.
    public func stop() async throws {
        try await channel?.close().get()
        try await group.shutdownGracefully()
    }

    /// Closes all sockets with a code; 0: without a word.
    public func closeSockets(code: UInt16) {
        for socket in sockets.values {
            socket.close(code: code)
        }
    }

    /// Closes the sockets of a device for good.
    func closeSockets(ofDevice device: String) {
        for socket in sockets.values where socket.device?.description == device {
            socket.close(code: 4502)
        }
    }

    var openSockets: [FakeSocket] { sockets.values.filter { $0.account != nil } }

    /// How many sockets are open.
    public var socketCount: Int { sockets.values.count { $0.account != nil } }

    /// Pretends that what lies before now is not kept any more.
    public func sendGap() {
        for socket in sockets.values {
            socket.send("{\"type\":\"gap\",\"position\":\"\(epoch).\(nextOffset)\"}")
        }
    }

    // MARK: Connections

    private func configure(_ channel: any Channel) throws {
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeSocket(self))
                }
            }
        )
        let http = FakeHTTPHandler(self)
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(http, promise: nil)
                }
            )
        )
        try channel.pipeline.syncOperations.addHandler(http)
    }

    func opened(_ socket: FakeSocket) { sockets[ObjectIdentifier(socket)] = socket }

    func closed(_ socket: FakeSocket) {
        sockets[ObjectIdentifier(socket)] = nil
        if let account = socket.account { tellPresence(of: account) }
    }

    // MARK: HTTP

    func answer(_ head: HTTPRequestHead, _ body: [String: Any]) -> (Int, String) {
        let path = head.uri.split(separator: "?").first.map(String.init) ?? ""
        counts[path, default: 0] += 1
        let header = head.headers.first(name: "Authorization")?.dropFirst("Bearer ".count)
        let token = header.map(String.init) ?? body["sender"] as? String ?? ""
        if let device = device(of: token), removed.contains(device) {
            return problem(401, "device_removed")
        }
        if let answer = personal(head.method.rawValue, path, head.uri, body, token) {
            return answer
        }
        switch (head.method, path) {
        case (.POST, "/v1/devices/links/acceptance"):
            return acceptLink(body)
        case (.GET, "/.well-known/martlet"):
            return (
                200,
                "{\"endpoints\":{\"gateway\":\"\(server)\",\"history\":\"\(server)\"},"
                    + "\"limits\":{\"message_characters\":4096}}"
            )
        case (.POST, "/v1/registrations"):
            return register(body)
        case (.POST, _) where path.hasSuffix("/confirmation"):
            return confirm(path, body)
        case (.POST, "/v1/tokens"):
            return refresh(body)
        case (.GET, "/v1/connect"):
            guard !script.connectIsUnavailable else { return problem(503, "log_unavailable") }
            guard account(of: token) != nil else { return problem(401, "unauthenticated") }
            return (200, "{\"url\":\"\(server.replacing("http:", with: "ws:"))/v1/socket\"}")
        case (.POST, "/v1/messages"):
            guard let account = account(of: token) else { return problem(401, "unauthenticated") }
            return post(body, from: account)
        case (.GET, _) where path.hasSuffix("/events"):
            guard let account = account(of: token) else { return problem(401, "unauthenticated") }
            return events(path, head.uri, account)
        case (.GET, "/v1/search"):
            guard let account = account(of: token) else { return problem(401, "unauthenticated") }
            return search(head.uri, account)
        case (.GET, "/v1/export"):
            guard account(of: token) != nil else { return problem(401, "unauthenticated") }
            return export()
        case (.GET, "/v1/conversations"):
            guard let account = account(of: token) else { return problem(401, "unauthenticated") }
            return list(account)
        default:
            guard let account = account(of: token) else { return problem(401, "unauthenticated") }
            return request(head.method.rawValue, path, head.uri, body, from: account)
        }
    }

    func problem(_ status: Int, _ code: String, _ detail: String = "") -> (Int, String) {
        (
            status,
            "{\"type\":\"about:blank\",\"status\":\(status),\"code\":\"\(code)\","
                + "\"detail\":\"\(detail)\"}"
        )
    }

    private func register(_ body: [String: Any]) -> (Int, String) {
        guard let address = body["phone"] as? String ?? body["email"] as? String else {
            return problem(422, "invalid_address")
        }
        let id = ids.next(SubmissionID.self)
        registrations[id.description] = address
        if let verificationPath {
            let line =
                "{\"address\":\"\(address)\",\"code\":\"123456\","
                + "\"registration_id\":\"\(id)\"}\n"
            if let file = FileHandle(forWritingAtPath: verificationPath) {
                _ = try? file.seekToEnd()
                try? file.write(contentsOf: Data(line.utf8))
                try? file.close()
            } else {
                try? Data(line.utf8).write(to: URL(filePath: verificationPath))
            }
        }
        return (202, "{\"registration_id\":\"\(id)\",\"expires_at\":0}")
    }

    private func confirm(_ path: String, _ body: [String: Any]) -> (Int, String) {
        let id = path.split(separator: "/").dropLast().last.map(String.init) ?? ""
        guard let address = registrations[id] else { return problem(404, "registration_not_found") }
        guard body["code"] as? String == "123456" else { return problem(403, "wrong_code") }
        return (201, signedIn(account(named: address), named: "terminal"))
    }

    private func refresh(_ body: [String: Any]) -> (Int, String) {
        let parts = (body["refresh_token"] as? String ?? "").split(separator: ":")
        guard !script.isRefreshRefused, parts.count == 4, parts[0] == "refresh",
            let account = AccountID(parts[1]), let device = DeviceID(parts[2])
        else { return problem(401, "unauthenticated") }
        guard !removed.contains(device) else { return problem(401, "device_removed") }
        return (200, "{\(tokens(account, device)),\"expires_in\":900}")
    }

    func tokens(_ account: AccountID, _ device: DeviceID) -> String {
        generation += 1
        return "\"access_token\":\"access:\(account):\(device):\(generation)\","
            + "\"refresh_token\":\"refresh:\(account):\(device):\(generation)\""
    }

    func account(of token: String) -> AccountID? {
        let parts = token.split(separator: ":")
        guard parts.count == 4, parts[0] == "access", let generation = Int(parts[3]),
            generation > script.tokenGenerationRefused
        else { return nil }
        return AccountID(parts[1])
    }

    func device(of token: String) -> DeviceID? {
        let parts = token.split(separator: ":")
        return parts.count == 4 ? DeviceID(parts[2]) : nil
    }

    func account(named address: String) -> AccountID {
        if let account = accounts[address] {
            return account
        }
        let account = AccountID(high: 0xACC0 << 48, low: UInt64(accounts.count + 1))
        accounts[address] = account
        return account
    }

    // MARK: Messages

    private func post(_ body: [String: Any], from account: AccountID) -> (Int, String) {
        let answer = take(body, from: account)
        if let code = answer.refusal {
            return problem(code == "log_unavailable" ? 503 : 422, code)
        }
        return (201, "{\(answer.fields),\"status\":\"success\"}")
    }

    private func take(
        _ body: [String: Any],
        from account: AccountID
    ) -> (fields: String, refusal: String?) {
        if !script.refusals.isEmpty {
            return ("", script.refusals.removeFirst())
        }
        guard let id = (body["id"] as? String).flatMap({ SubmissionID($0) }),
            let content = content(of: body)
        else { return ("", "invalid_message") }
        if let fields = answers[id] {
            return (fields, nil)
        }
        guard let (conversation, peer) = destination(of: body, from: account) else {
            return ("", "invalid_recipient")
        }
        let fields =
            "\"messageId\":\"\(id)\",\"conversation_id\":\"\(conversation)\","
            + "\"server_timestamp\":1700000000000"
        answers[id] = fields
        texts.append(body["message"] as? String ?? "")
        guard !script.losesMessages else { return (fields, nil) }
        let kind = conversations[conversation]?.kind ?? "direct"
        let reply = (body["reply_to"] as? String).map { ",\"reply_to\":\"\($0)\"" } ?? ""
        tell(conversation, account, peer.map { [account, $0] } ?? []) { seq in
            "{\"kind\":\"message\",\"conversation_id\":\"\(conversation)\","
                + "\"conversation_kind\":\"\(kind)\",\"seq\":\(seq),\"message_count\":\(seq),"
                + "\"message_id\":\"\(id)\",\"sender\":\"\(account)\","
                + (peer.map { "\"recipient\":\"\($0)\"," } ?? "")
                + "\"server_timestamp\":1700000000000,\"client_timestamp\":null,"
                + "\"content\":\(content)\(reply)}"
        }
        return (fields, nil)
    }

    /// The content's JSON; `nil`: there is none, or too much of it.
    private func content(of body: [String: Any]) -> String? {
        if let content = body["content"] as? [String: Any] {
            return Self.json(content)
        }
        guard let text = body["message"] as? String, !text.isEmpty,
            text.unicodeScalars.count <= Limits.messageCharactersMax
        else { return nil }
        return Self.json(["type": "text", "text": text])
    }

    static func json(_ value: [String: Any]) -> String {
        let data = try? JSONSerialization.data(withJSONObject: value, options: .sortedKeys)
        return String(decoding: data ?? Data("{}".utf8), as: UTF8.self)
    }

    private func destination(
        of body: [String: Any],
        from account: AccountID
    ) -> (ConversationID, AccountID?)? {
        if let recipient = body["recipient"] as? String {
            let peer = AccountID(recipient) ?? self.account(named: recipient)
            return (ConversationID(directBetween: account, and: peer), peer)
        }
        guard let group = (body["recipient_group"] as? String).flatMap({ ConversationID($0) }),
            conversations[group]?.members.contains(account) == true
        else { return nil }
        return (group, nil)
    }

    /// Puts an event at the end of a conversation, and into the inboxes of its members.
    func tell(
        _ id: ConversationID,
        _ sender: AccountID,
        _ members: [AccountID],
        event: (UInt64) -> String
    ) {
        var state = conversations[id] ?? Conversation(members: members)
        let seq = UInt64(state.events.count + 1)
        let event = event(seq)
        state.events.append(event)
        conversations[id] = state
        let effect = Effect(conversation: id, seq: seq, sender: sender)
        // The answer is under way before the event, as it mostly is with the real servers.
        let told = state.members
        loop.execute {
            for member in told {
                self.append(event, for: member, effect: effect)
            }
        }
    }

    func append(_ event: String, for account: AccountID, effect: Effect?) {
        nextOffset += 3
        inbox[account, default: []].append((nextOffset, event, effect))
        for socket in sockets.values where socket.account == account {
            sendEvent(event, at: nextOffset, to: socket)
        }
    }

    private func sendEvent(_ event: String, at offset: Int64, to socket: FakeSocket) {
        let frame =
            "{\"type\":\"event\",\"position\":\"\(epoch).\(offset + 1)\",\"event\":\(event)}"
        socket.send(frame)
        if script.sendsTwice {
            socket.send(frame)
        }
    }

    private func list(_ account: AccountID) -> (Int, String) {
        let mine = conversations.filter { $0.value.members.contains(account) }
        let own = personal[account, default: Personal()]
        let rows = mine.map { id, state in
            let members = state.kind == "direct" ? state.members : []
            return "{\"conversation_id\":\"\(id)\",\"conversation_kind\":\"\(state.kind)\","
                + "\"name\":\(state.name.isEmpty ? "null" : "\"\(state.name)\""),"
                + "\"member_count\":\(state.members.count),\"last_seq\":\(state.events.count),"
                + "\"last_event\":\(state.events.last ?? "null"),\"unread_count\":0,"
                + "\"read_seq\":\(state.read[account] ?? 0),"
                + "\"muted_until\":\(own.mutedUntil[id] ?? 0),"
                + "\"archived\":\(own.archived.contains(id)),"
                + "\"members\":[\(members.map { "\"\($0)\"" }.joined(separator: ","))]}"
        }
        return (200, "{\"conversations\":[\(rows.joined(separator: ","))],\"next_cursor\":null}")
    }

    // MARK: Frames

    func received(_ text: String, on socket: FakeSocket) {
        let parsed = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        let frame = parsed as? [String: Any] ?? [:]
        let type = frame["type"] as? String ?? ""
        counts[type, default: 0] += 1
        guard let account = socket.account else {
            hello(frame, socket)
            return
        }
        switch type {
        case "submit":
            let answer = take(frame, from: account)
            let id = frame["id"] as? String ?? ""
            if let code = answer.refusal {
                socket.send(
                    "{\"type\":\"rejected\",\"id\":\"\(id)\",\"code\":\"\(code)\",\"detail\":\"\"}"
                )
            } else if script.answersToDrop > 0 {
                script.answersToDrop -= 1
            } else {
                socket.send("{\"type\":\"accepted\",\"id\":\"\(id)\",\(answer.fields)}")
            }
        case "ack":
            acknowledged(frame["position"] as? String ?? "", by: account)
        case "read":
            guard let id = (frame["conversation_id"] as? String).flatMap({ ConversationID($0) }),
                let seq = frame["seq"] as? Int
            else { return }
            mark(id, account, delivered: 0, read: UInt64(seq))
        case "typing":
            typing(frame, from: account)
        case "watch":
            watch(frame, on: socket)
        default:
            socket.close(code: 4503)
        }
    }

    private func hello(_ frame: [String: Any], _ socket: FakeSocket) {
        hellos.append(frame["position"] as? String)
        let token = frame["token"] as? String ?? ""
        guard let account = account(of: token), let device = device(of: token) else {
            socket.close(code: 4501)
            return
        }
        guard !removed.contains(device) else {
            socket.close(code: 4502)
            return
        }
        socket.account = account
        socket.device = device
        let position = frame["position"] as? String ?? "\(epoch).\(nextOffset + 1)"
        socket.send(
            "{\"type\":\"welcome\",\"account_id\":\"\(account)\",\"device_id\":\"\(device)\","
                + "\"position\":\"\(position)\"}"
        )
        tellPresence(of: account)
        acknowledged(position, by: account)
        let offset = InboxPosition(position)?.offset.number ?? .max
        for entry in inbox[account] ?? [] where entry.offset >= offset {
            sendEvent(entry.event, at: entry.offset, to: socket)
        }
    }

    private func acknowledged(_ position: String, by account: AccountID) {
        guard let offset = InboxPosition(position)?.offset.number else { return }
        for entry in inbox[account] ?? [] where entry.offset < offset {
            if let effect = entry.effect, effect.sender != account {
                mark(effect.conversation, account, delivered: effect.seq, read: 0)
            }
        }
    }

    private func mark(
        _ id: ConversationID,
        _ account: AccountID,
        delivered: UInt64,
        read: UInt64
    ) {
        guard var state = conversations[id] else { return }
        let delivered = max(delivered, read)
        guard
            delivered > state.delivered[account] ?? 0 || read > state.read[account] ?? 0
        else { return }
        if read > state.read[account] ?? 0 {
            append(
                "{\"kind\":\"read\",\"conversation_id\":\"\(id)\",\"seq\":\(read)}",
                for: account,
                effect: nil
            )
        }
        state.delivered[account] = max(state.delivered[account] ?? 0, delivered)
        state.read[account] = max(state.read[account] ?? 0, read)
        conversations[id] = state
        for member in state.members where member != account {
            append(
                "{\"kind\":\"ticks\",\"conversation_id\":\"\(id)\",\"delivered_seq\":"
                    + "\(state.delivered[account] ?? 0),\"read_seq\":\(state.read[account] ?? 0)}",
                for: member,
                effect: nil
            )
        }
    }
}
