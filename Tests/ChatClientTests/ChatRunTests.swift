import ClientTestSupport
import Events
import Foundation
import Synchronization
import Testing

@testable import ChatClient
@testable import MartletClient

/// A terminal that remembers what was written to it.
final class FakeTerminal: ChatTerminal {
    private let text = Mutex("")
    var size: (rows: Int, columns: Int) { (12, 60) }

    func write(_ text: String) {
        self.text.withLock { $0 += text }
    }

    /// Forgets what was written so far.
    func forget() {
        text.withLock { $0 = "" }
    }

    func shows(_ piece: String) -> Bool {
        text.withLock { $0.replacing(#/\u{1B}\[[0-9;?]*m/#, with: "").contains(piece) }
    }
}

@Suite(.timeLimit(.minutes(2))) struct ChatRunTests {
    private func lines(_ texts: [String]) -> LineSource {
        let rest = Mutex(texts)
        return LineSource { rest.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }

    private func pipe(
        _ http: MartletHTTP,
        _ credentials: Credentials,
        _ output: Collector<String>,
        position: InboxPosition? = nil,
        saved: Collector<InboxPosition>? = nil,
        _ change: (inout PipeChat.Options) -> Void
    ) -> PipeChat {
        var options = PipeChat.Options()
        change(&options)
        var configuration = DeviceSession.Configuration(
            credentials: credentials,
            position: position
        )
        configuration.submissionsInFlightMax = options.inFlightMax
        configuration.savePosition = { saved?.add($0) }
        return PipeChat(
            session: DeviceSession(http: http, configuration: configuration),
            me: credentials.accountID,
            options: options,
            clock: FixedClock(),
            write: { line in
                output.add(line)
                return true
            },
            learned: { _ in }
        )
    }

    @Test func linesGoThroughInOrderAndTheListenerPrintsThem() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            let sent = Collector<String>()
            let received = Collector<String>()
            let saved = Collector<InboxPosition>()
            let texts = (0..<100).map { "line \($0) \"é漢\"" }
            let listener = pipe(http, bob, received, saved: saved) {
                $0.listens = true
                $0.receiveMax = 100
            }
            async let listening = listener.run(lines: nil)
            try await eventually("listening") { try await server.on { $0.socketCount } == 1 }
            let sender = pipe(http, ada, sent) {
                $0.recipient = .account(bob.accountID)
                $0.goal = .read
            }
            let code = await sender.run(lines: lines(texts + ["", "   "]))
            #expect(code == 0)
            #expect(await listening == 0)
            let printed = received.all.compactMap { line -> String? in
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                return (object as? [String: Any])?["text"] as? String
            }
            #expect(printed == texts)
            for state in ["sending", "accepted", "sequenced", "delivered", "read"] {
                #expect(sent.all.count { $0.contains("\"state\":\"\(state)\"") } == 100)
            }
            #expect(saved.all.count > 0)
        }
    }

    @Test func aListenerThatStartsAgainGoesOnWhereItStopped() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            let output = Collector<String>()
            let saved = Collector<InboxPosition>()
            let first = pipe(http, bob, output, saved: saved) {
                $0.listens = true
                $0.receiveMax = 3
            }
            async let running = first.run(lines: nil)
            try await eventually("listening") { try await server.on { $0.socketCount } == 1 }
            for number in 0..<6 {
                _ = try await http.post(
                    OutgoingMessage(
                        id: ids.next(),
                        to: .account(bob.accountID),
                        text: "n\(number)"
                    ),
                    token: ada.accessToken
                )
            }
            #expect(await running == 0)
            let second = pipe(http, bob, output, position: saved.all.last) {
                $0.listens = true
                $0.receiveMax = 3
            }
            #expect(await second.run(lines: nil) == 0)
            for number in 0..<6 {
                #expect(output.all.count { $0.contains("\"text\":\"n\(number)\"") } == 1)
            }
        }
    }

    @Test func aRefusedLineFailsTheRunAndARefusalForNowDoesNot() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            try await server.on { $0.script.refusals = ["log_unavailable"] }
            let output = Collector<String>()
            let first = pipe(http, ada, output) { $0.recipient = .address("+15551230002") }
            #expect(await first.run(lines: lines(["one", "two"])) == 0)
            #expect(try await server.on { $0.texts } == ["one", "two"])
            try await server.on { $0.script.refusals = ["blocked"] }
            let second = pipe(http, ada, output) { $0.recipient = .address("+15551230002") }
            #expect(await second.run(lines: lines(["three", "four"])) == 1)
            #expect(output.all.contains { $0.contains("\"code\":\"blocked\"") })
            #expect(try await server.on { $0.texts } == ["one", "two", "four"])
        }
    }

    @Test func aRunThatWaitsTooLongGivesUp() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let output = Collector<String>()
            let chat = pipe(http, ada, output) {
                $0.recipient = .address("+15551230002")
                $0.goal = .read
                $0.timeout = .milliseconds(300)
            }
            #expect(await chat.run(lines: lines(["hello"])) == 1)
        }
    }

    @Test func signingInKeepsTheDeviceAndSurvivesANewInstallation() async throws {
        try await withTemporaryFolder { folder in
            let codes = "\(folder)/verification.jsonl"
            try await withServer(verificationPath: codes) { server in
                let http = MartletHTTP(server: try await server.on { $0.server })
                let profile = try ChatProfile(directory: "\(folder)/profile")
                let signIn = SignIn(
                    http: http,
                    profile: profile,
                    address: "+15551230001",
                    name: "Ada",
                    code: .file(VerificationFile(path: codes))
                )
                let first = try await signIn.credentials()
                let second = try await signIn.credentials()
                #expect(first.deviceID == second.deviceID)
                #expect(first.accessToken != second.accessToken)
                profile.save(InboxPosition(epoch: 1, offset: Offset(5)))
                profile.remember(ConversationID(high: 1, low: 1), of: "+1555")
                #expect(profile.position == InboxPosition(epoch: 1, offset: Offset(5)))
                #expect(profile.conversations["+1555"] == ConversationID(high: 1, low: 1))
                #expect(throws: ChatProfile.Failure.self) {
                    try ChatProfile(directory: "\(folder)/profile")
                }
                let mode = try FileManager.default.attributesOfItem(
                    atPath: "\(folder)/profile/credentials.json"
                )[.posixPermissions]
                #expect(mode as? Int == 0o600)
                try await server.on { $0.script.isRefreshRefused = true }
                let third = try await signIn.credentials()
                #expect(third.deviceID != first.deviceID)
                #expect(profile.position == nil)
            }
        }
    }

    static func terminalChat(
        of account: Credentials,
        with peer: ChatTarget,
        _ http: MartletHTTP,
        _ terminal: FakeTerminal,
        _ learned: Collector<ConversationID>
    ) -> TerminalChat {
        let session = DeviceSession(http: http, configuration: .init(credentials: account))
        let services = ChatServices(http: http, session: session)
        return TerminalChat(
            session: session,
            me: account.accountID,
            device: account.deviceID,
            target: peer,
            terminal: terminal,
            surroundings: .init(
                history: { try await services.events(of: $0, $1) },
                search: { try await services.search($0) },
                export: { try await services.export(to: $0, progress: $1) },
                conversations: { try await services.conversations() },
                members: { try await services.members(of: $0) },
                requests: { try await services.requests(to: $0) },
                act: { try await services.act($0, $1, $2) },
                set: { try await services.set($0) },
                starred: { try await services.starred() },
                privacy: { try await services.privacy() },
                contacts: { try await services.contacts() },
                devices: { try await services.devices() },
                link: { try await services.link() },
                post: { try await services.post($0) },
                learned: { conversation, _ in learned.add(conversation) },
                suspend: {}
            ),
            clock: FixedClock(),
            timeZone: .gmt
        )
    }

    @Test func aConversationInATerminal() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            for number in 0..<50 {
                _ = try await http.post(
                    OutgoingMessage(
                        id: ids.next(),
                        to: .account(bob.accountID),
                        text: "old \(number)"
                    ),
                    token: ada.accessToken
                )
            }
            let terminal = FakeTerminal()
            let learned = Collector<ConversationID>()
            let (input, keys) = AsyncStream<[UInt8]>.makeStream()
            let chat = Self.terminalChat(
                of: bob,
                with: ChatTarget(.address("+15551230001")),
                http,
                terminal,
                learned
            )
            async let running = chat.run(input: input)
            func type(_ text: String) { keys.yield(Array(text.utf8)) }
            try await eventually("history") { terminal.shows("+15551230001  old 49") }
            try await eventually("connected") { terminal.shows("connected") }
            type("hello 漢\r")
            try await eventually("accepted") { terminal.shows("you  hello 漢 ✓") }
            try await eventually("learned") { learned.all.count == 1 }
            _ = try await http.post(
                OutgoingMessage(id: ids.next(), to: .account(bob.accountID), text: "new one"),
                token: ada.accessToken
            )
            try await eventually("incoming") { terminal.shows("+15551230001  new one") }
            try await eventually("scrolled") {
                type("\u{1B}[5~")
                return terminal.shows("+15551230001  old 0")
            }
            type("/help\r")
            try await eventually("help") { terminal.shows("/older") }
            // It is connected again within a tenth of a second, which a slow terminal may not get to show.
            while !terminal.shows("no connection") {
                try await server.on { $0.closeSockets(code: 4001) }
                try await Task.sleep(for: .milliseconds(50))
            }
            type("/quit\r")
            #expect(await running == nil)
        }
    }

    @Test func aGroupInTwoTerminals() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            let first = FakeTerminal()
            let second = FakeTerminal()
            let learned = Collector<ConversationID>()
            let (input, keys) = AsyncStream<[UInt8]>.makeStream()
            let (otherInput, otherKeys) = AsyncStream<[UInt8]>.makeStream()
            let peer = ChatTarget(.address("+15551230002"))
            let chat = Self.terminalChat(of: ada, with: peer, http, first, learned)
            let other = Self.terminalChat(
                of: bob,
                with: ChatTarget(.account(ada.accountID)),
                http,
                second,
                learned
            )
            async let running = chat.run(input: input)
            async let otherRunning = other.run(input: otherInput)
            func type(_ text: String) { keys.yield(Array(text.utf8)) }
            func otherTypes(_ text: String) { otherKeys.yield(Array(text.utf8)) }
            try await eventually("connected") {
                first.shows("── connected") && second.shows("── connected")
            }
            try await server.on { $0.script.requestAnswersToDrop = 1 }
            type("/group \"Swifts of Lisbon\" +15551230002\r")
            try await eventually("made") { first.shows("Swifts of Lisbon · group, 2 members") }
            try await eventually("asked again") {
                try await server.on { $0.requests.map(\.uri) } == ["/v1/groups", "/v1/groups"]
            }
            #expect(try await server.on { Set($0.requests.map(\.body)).count } == 1)
            try await eventually("added") { second.shows("added you to") }
            otherTypes("/to swi\t\r")
            try await eventually("there") { second.shows("Swifts of Lisbon · group, 2 members") }
            type("helo\r")
            try await eventually("received") { second.shows("account 1  helo") }
            try await eventually("read") { first.shows("you  helo ✓✓") }
            type("/edit 1 hello\r")
            try await eventually("edited") { second.shows("hello (edited)") }
            otherTypes("/react 1 👍\r")
            try await eventually("reaction") { first.shows("hello (edited) 👍 ✓✓") }
            type("/poll where? | air | tree\r")
            try await eventually("poll") { second.shows("○ 2. tree") }
            try await server.on { $0.script.rejections = ["not_allowed"] }
            otherTypes("/ban \(ada.accountID)\r")
            try await eventually("refused") { second.shows("your role here") }
            type("/quit\r")
            otherTypes("/quit\r")
            #expect(await running == nil)
            #expect(await otherRunning == nil)
        }
    }

    @Test func linesGoToAGroupBetweenPipes() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            let made = try await http.act(
                .createGroup(name: "Swifts", members: [bob.accountID.description]),
                id: ids.next(),
                token: ada.accessToken
            )
            let target = try #require(ChatTarget(parsing: made.conversationID.description))
            let output = Collector<String>()
            let received = Collector<String>()
            let listener = pipe(http, bob, received, position: InboxPosition("1.0")) {
                $0.listens = true
                $0.receiveMax = 2
            }
            async let listening = listener.run(lines: nil)
            let sender = pipe(http, ada, output) {
                $0.recipient = target.recipient
                $0.goal = .read
            }
            #expect(await sender.run(lines: lines(["one", "two"])) == 0)
            #expect(await listening == 0)
            let first = received.all.first ?? ""
            #expect(first.hasPrefix("{\"state\":\"event\",\"kind\":\"created\""))
            #expect(received.all.count { $0.contains("\"conversation_kind\":\"group\"") } == 3)
            let members = try await http.members(
                of: made.conversationID,
                history: http.server,
                token: bob.accessToken
            )
            #expect(members.members.map(\.account) == [ada.accountID, bob.accountID])
        }
    }
}
