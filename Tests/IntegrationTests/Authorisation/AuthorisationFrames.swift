import Events
import Foundation
import MartletClient
import TestKit

/// Every frame by everybody, each on a socket of its own, about one group.
struct AuthorisationFrames {
    typealias Key = AuthorisationTable.Key

    private enum Row {
        static let hello = Key("hello", "–")
        static let ack = Key("ack", "a position")
        static let read = Key("read", "another's message in the group")
        static let submit = Key("submit", "to the group")
        static let typing = Key("typing", "in the group")
        static let watch = Key("watch", "another")
    }

    private let cast: AuthorisationCast
    private let group: AuthorisationGroup
    private let conversation: ConversationID
    private let url: String
    private let another: RawSocket
    private(set) var found: [Key: [Asker: String]] = [:]

    /// Takes the place of everybody's own session.
    init(_ cast: AuthorisationCast) async throws {
        self.cast = cast
        group = try await AuthorisationGroup(cast, for: .owner)
        guard let conversation = ConversationID(group.id) else {
            throw HarnessError("no conversation's id: \(group.id)")
        }
        self.conversation = conversation
        await cast.stop()
        url = try await cast.harness.http.connect(token: cast.another.token)
        another = try await RawSocket.connect(to: url)
        try await another.greet(cast.another.credentials)
    }

    /// Sends them all.
    mutating func run() async throws {
        var sockets: [(Asker, RawSocket)] = []
        for asker in Asker.allCases {
            guard let person = cast[asker] else {
                try await strangers(asker)
                continue
            }
            let socket = try await RawSocket.connect(to: url)
            try await socket.greet(person.credentials)
            found[Row.hello, default: [:]][asker] = "welcome"
            try await acknowledge(socket)
            found[Row.submit, default: [:]][asker] = try await submit(socket)
            found[Row.typing, default: [:]][asker] = try await type(socket, person.account)
            found[Row.watch, default: [:]][asker] = try await watch(socket)
            found[Row.ack, default: [:]][asker] = socket.isClosed ? "closed" : "yes"
            sockets.append((asker, socket))
        }
        try await read(sockets)
        for (_, socket) in sockets { socket.abort() }
        another.abort()
    }

    /// Without a token: each frame ends the connection, and the code says so.
    private mutating func strangers(_ asker: Asker) async throws {
        let frames: [(Key, ClientFrame)] = [
            (Row.hello, .hello(token: "none", position: nil)),
            (Row.ack, .ack(InboxPosition(epoch: 1, offset: Offset(1)))),
            (Row.read, .read(conversation, seq: 1)),
            (
                Row.submit,
                .submit(
                    OutgoingMessage(
                        id: cast.ids.next(),
                        to: .conversation(conversation),
                        text: cast.harness.needle
                    )
                )
            ),
            (Row.typing, .typing(conversation, .typing)),
            (Row.watch, .watch([cast.another.account])),
        ]
        for (key, frame) in frames {
            let socket = try await RawSocket.connect(to: url)
            socket.send(frame)
            let code = try await socket.closed()
            found[key, default: [:]][asker] = code.map { "\($0)" } ?? "broken"
        }
    }

    private func acknowledge(_ socket: RawSocket) async throws {
        for case .welcome(_, _, let position) in socket.frames { socket.send(.ack(position)) }
    }

    private func submit(_ socket: RawSocket) async throws -> String {
        let id: SubmissionID = cast.ids.next()
        let text = cast.harness.needle
        socket.send(.submit(OutgoingMessage(id: id, to: .conversation(conversation), text: text)))
        @Sendable func outcome(_ frame: ServerFrame) -> String? {
            switch frame {
            case .event(_, .message(let message)) where message.messageID == id: "yes"
            case .event(_, .rejected(let rejection)) where rejection.messageID == id:
                rejection.code
            case .rejected(id, let code, _): code
            default: nil
            }
        }
        try await socket.frame("the outcome of a submit frame") { outcome($0) != nil }
        return socket.frames.lazy.compactMap { outcome($0) }.first ?? ""
    }

    private func type(_ socket: RawSocket, _ account: AccountID) async throws -> String {
        let signal = ServerFrame.signal(.activity(conversation, account, .typing))
        let another = another
        // Signals may be lost: said again, as a person who goes on typing would.
        socket.send(.typing(conversation, .idle))
        try await wait(for: "typing, or an error") {
            socket.send(.typing(conversation, .typing))
            return another.frames.contains(signal) || Self.error(socket) != nil
        }
        return Self.error(socket) ?? "yes"
    }

    private static func error(_ socket: RawSocket) -> String? {
        for case .error(let code, _) in socket.frames { return code }
        return nil
    }

    private func watch(_ socket: RawSocket) async throws -> String {
        let account = cast.another.account
        @Sendable func isOnline(_ frame: ServerFrame) -> Bool? {
            guard case .signal(.presence(account, let presence)) = frame else { return nil }
            return presence == .online
        }
        socket.send(.watch([account]))
        try await socket.frame("presence") { isOnline($0) != nil }
        return socket.frames.lazy.compactMap { isOnline($0) }.first == true ? "yes" : "no"
    }

    /// Those who are not in the group first, so that theirs would be seen when the others' are.
    private mutating func read(_ sockets: [(Asker, RawSocket)]) async throws {
        let members: Set<Asker> = [.owner, .admin, .moderator, .member, .otherDevice]
        for (asker, socket) in sockets where !members.contains(asker) {
            socket.send(.read(conversation, seq: 2))
        }
        for (asker, socket) in sockets where members.contains(asker) {
            socket.send(.read(conversation, seq: 2))
        }
        let call = Call(
            "GET",
            "/v1/messages/\(group.message)/receipts",
            token: cast.another.token
        )
        let history = cast.history
        let awaited = Set(members.map { cast.holder($0).account.description })
        try await wait(for: "those who have read") {
            try await Self.readers(call.send(to: history)).isSuperset(of: awaited)
        }
        let readers = try await Self.readers(call.send(to: history))
        for (asker, _) in sockets {
            let account = cast.holder(asker).account.description
            found[Row.read, default: [:]][asker] = readers.contains(account) ? "yes" : "no"
        }
    }

    private static func readers(_ answer: Call.Answer) -> Set<String> {
        let receipts = (answer.json as? [String: Any])?["receipts"] as? [[String: Any]] ?? []
        return Set(
            receipts.filter { $0["read_timestamp"] is Int }.compactMap {
                $0["account_id"] as? String
            }
        )
    }
}
