import ClientTestSupport
import Events
import NIOCore
import NIOPosix
import Testing

@testable import MartletClient

@Suite(.timeLimit(.minutes(2))) struct DeviceSessionTests {
    private func texts(_ changes: [DeviceSession.Change]) -> [String] {
        changes.compactMap { change in
            guard case .event(.message(let message), _) = change else { return nil }
            return message.text
        }
    }

    private func session(
        _ http: MartletHTTP,
        _ credentials: Credentials,
        _ changes: Collector<DeviceSession.Change>,
        position: InboxPosition? = nil,
        saved: Collector<InboxPosition>? = nil
    ) -> DeviceSession {
        var configuration = DeviceSession.Configuration(
            credentials: credentials,
            position: position
        )
        configuration.onChange = { changes.add($0) }
        configuration.savePosition = { saved?.add($0) }
        configuration.backOffMin = .milliseconds(10)
        configuration.backOffMax = .milliseconds(100)
        configuration.ackDelay = .milliseconds(5)
        let session = DeviceSession(http: http, configuration: configuration)
        session.start()
        return session
    }

    @Test func everyHTTPCallSpeaksTheProtocol() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            #expect(try await http.discover().history == http.server)
            #expect(try await http.refresh(ada).accessToken != ada.accessToken)
            let message = OutgoingMessage(
                id: ids.next(),
                to: .address("+15551230002"),
                text: "hé \"y\""
            )
            let first = try await http.post(message, token: ada.accessToken)
            let second = try await http.post(message, token: ada.accessToken, form: .body)
            #expect(first == second)
            #expect(first.messageID == message.id)
            let page = try await http.events(
                of: first.conversationID,
                history: http.server,
                token: bob.accessToken
            )
            #expect(page.messages.map(\.text) == ["hé \"y\""])
            let list = try await http.conversations(history: http.server, token: bob.accessToken)
            #expect(list.conversations.map(\.conversationID) == [first.conversationID])
            #expect(try await http.connect(token: ada.accessToken).hasPrefix("ws://"))
            await #expect(throws: ClientError(.unauthenticated)) {
                try await http.connect(token: "forged")
            }
            await #expect(throws: ClientError(.init("wrong_code"))) {
                let registration = try await http.register(address: "a@example.org")
                _ = try await http.confirm(registration, code: "000000")
            }
        }
    }

    @Test func aServerThatIsNotThereIsATransportError() async throws {
        let http = MartletHTTP(server: "http://127.0.0.1:9", timeout: .seconds(2))
        await #expect(throws: ClientError(.transport)) { try await http.discover() }
    }

    @Test func messagesTicksAndReadsGoRound() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            let adas = Collector<DeviceSession.Change>()
            let bobs = Collector<DeviceSession.Change>()
            let first = session(http, ada, adas)
            let second = session(http, bob, bobs)
            try await eventually("connected") { try await server.on { $0.socketCount } == 2 }
            for number in 0..<300 {
                first.submit(
                    OutgoingMessage(
                        id: ids.next(),
                        to: .account(bob.accountID),
                        text: "m\(number)"
                    )
                )
            }
            let expected = (0..<300).map { "m\($0)" }
            try await eventually("received") { texts(bobs.all).count >= 300 }
            try await eventually("own") { texts(adas.all).count >= 300 }
            #expect(texts(bobs.all) == expected)
            #expect(texts(adas.all) == expected)
            let conversation = ConversationID(directBetween: ada.accountID, and: bob.accountID)
            second.read(conversation, upTo: 300)
            try await eventually("blue") {
                adas.all.contains { change in
                    guard case .event(.ticks(let ticks), _) = change else { return false }
                    return ticks.readSeq == 300 && ticks.deliveredSeq == 300
                }
            }
            await first.stop()
            await second.stop()
        }
    }

    @Test func nothingIsLostOrDoubledWhenConnectionsBreakAndAnswersVanish() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            try await server.on {
                $0.script.sendsTwice = true
                $0.script.answersToDrop = 5
            }
            let adas = Collector<DeviceSession.Change>()
            let bobs = Collector<DeviceSession.Change>()
            let saved = Collector<InboxPosition>()
            let first = session(http, ada, adas)
            let second = session(http, bob, bobs, saved: saved)
            // Not only by the server's account: a device that was never welcomed starts from now when it comes back.
            try await eventually("connected") {
                [adas, bobs].allSatisfy { changes in
                    changes.all.contains { if case .connected = $0 { true } else { false } }
                }
            }
            var expected: [String] = []
            for round in 0..<20 {
                for number in 0..<20 {
                    let text = "\(round).\(number)"
                    expected.append(text)
                    first.submit(
                        OutgoingMessage(id: ids.next(), to: .account(bob.accountID), text: text)
                    )
                }
                let code = [0, 4001, 4003, 4008][round % 4]
                try await server.on { $0.closeSockets(code: UInt16(code)) }
                second.breakConnection()
                try await Task.sleep(for: .milliseconds(10))
            }
            try await eventually("received") { texts(bobs.all).count >= expected.count }
            try await eventually("answered") {
                adas.all.count {
                    guard case .submission(_, .accepted) = $0 else { return false }
                    return true
                } >= expected.count
            }
            #expect(texts(bobs.all) == expected)
            #expect(try await server.on { $0.texts } == expected)
            #expect(await second.statistics().resends > 0)
            await first.stop()
            await second.stop()
            let positions = saved.all.map(\.offset)
            #expect(positions == positions.sorted())
        }
    }

    @Test func anExpiredTokenIsRenewedAndSaved() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            try await server.on { $0.script.tokenGenerationRefused = 1 }
            let renewed = Collector<Credentials>()
            var configuration = DeviceSession.Configuration(credentials: ada)
            configuration.saveCredentials = { renewed.add($0) }
            let session = DeviceSession(http: http, configuration: configuration)
            session.start()
            for await change in session.changes {
                if case .connected = change { break }
            }
            #expect(renewed.all.count == 1)
            #expect(await session.credentials() == renewed.all.first)
            await session.stop()
        }
    }

    @Test func aDeviceThatWasRemovedStops() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            try await server.on {
                $0.script.tokenGenerationRefused = 99
                $0.script.isRefreshRefused = true
            }
            let session = DeviceSession(http: http, configuration: .init(credentials: ada))
            session.start()
            var last: DeviceSession.Change?
            for await change in session.changes {
                last = change
            }
            #expect(last == .stopped(ClientError(.unauthenticated)))
        }
    }

    @Test func aReaderOfChangesThatFallsBehindGetsEverythingOnceAllTheSame() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            var configuration = DeviceSession.Configuration(credentials: bob)
            configuration.eventsWaitingMax = 8
            configuration.backOffMin = .milliseconds(5)
            configuration.backOffMax = .milliseconds(20)
            configuration.ackDelay = .milliseconds(5)
            let session = DeviceSession(http: http, configuration: configuration)
            session.start()
            try await eventually("connected") { try await server.on { $0.socketCount } == 1 }
            for number in 0..<100 {
                _ = try await http.post(
                    OutgoingMessage(
                        id: ids.next(),
                        to: .account(bob.accountID),
                        text: "\(number)"
                    ),
                    token: ada.accessToken
                )
            }
            var received: [String] = []
            for await change in session.changes {
                if case .event(.message(let message), _) = change {
                    received.append(message.text ?? "")
                }
                if received.count == 100 { break }
            }
            #expect(received == (0..<100).map { "\($0)" })
            #expect(await session.statistics().connections > 1)
            await session.stop()
        }
    }

    @Test func aHandshakeThatIsRefusedFailsTheConnection() async throws {
        try await withServer { server in
            let url = try await server.on { $0.server }
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let handlers = SocketConnection.Handlers(onFrame: { _, _ in }, onClose: { _, _ in })
            let nowhere = SocketConnection.connect(
                to: "ws://127.0.0.1:9/v1/socket",
                on: loop,
                handlers: handlers
            )
            await #expect(throws: ClientError(.transport)) { try await nowhere.get() }
            let wrong = SocketConnection.connect(to: url, on: loop, handlers: handlers)
            await #expect(throws: ClientError(.invalidURL)) { try await wrong.get() }
        }
    }
}
