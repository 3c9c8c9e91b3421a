import Events
import NIOCore
import Testing

@testable import MartletClient

private let account = AccountID(high: 1, low: 1)
private let device = DeviceID(high: 2, low: 2)
private let conversation = ConversationID(high: 3, low: 3)
private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

private func at(_ offset: Int64, epoch: UInt64 = 1) -> InboxPosition {
    InboxPosition(epoch: epoch, offset: Offset(offset))
}

private func ticks(_ seq: UInt64) -> ServerEvent {
    .ticks(TicksEvent(conversationID: conversation, deliveredSeq: seq, readSeq: 0))
}

private let other = AccountID(high: 1, low: 9)

private func message(from sender: AccountID, in kind: String = "group") -> ServerEvent {
    .message(
        MessageEvent(
            conversationID: conversation,
            conversationKind: kind,
            seq: 1,
            messageCount: 1,
            messageID: ids.next(),
            sender: sender,
            recipient: nil,
            serverTimestamp: Timestamp(milliseconds: 1),
            text: "x"
        )
    )
}

private func outgoing(_ text: String) -> OutgoingMessage {
    OutgoingMessage(id: ids.next(), to: .address("+15551230002"), text: text)
}

private func accepted(_ message: OutgoingMessage) -> ServerFrame {
    .accepted(
        AcceptedMessage(
            messageID: message.id,
            conversationID: conversation,
            serverTimestamp: Timestamp(milliseconds: 1)
        )
    )
}

extension [SessionMachine.Action] {
    fileprivate var sent: [ClientFrame] {
        flatMap { action -> [ClientFrame] in
            guard case .send(let frames) = action else { return [] }
            return frames
        }
    }

    fileprivate var changes: [DeviceSession.Change] {
        compactMap { action -> DeviceSession.Change? in
            guard case .emit(let change, _) = action else { return nil }
            return change
        }
    }

    fileprivate var delay: Duration? {
        for case .wait(let delay) in self {
            return delay
        }
        return nil
    }
}

@Suite struct SessionMachineTests {
    private func machine(
        position: InboxPosition? = nil,
        _ change: (inout DeviceSession.Configuration) -> Void = { _ in }
    ) -> SessionMachine {
        var configuration = DeviceSession.Configuration(
            credentials: Credentials(
                server: "http://127.0.0.1:1",
                accountID: account,
                deviceID: device,
                accessToken: "a",
                refreshToken: "r"
            ),
            position: position
        )
        change(&configuration)
        return SessionMachine(configuration)
    }

    /// Goes from the start, or from a wait, to an open session.
    private func open(_ machine: inout SessionMachine) -> [SessionMachine.Action] {
        _ = machine.start(now: start)
        _ = machine.waitEnded(now: start)
        #expect(machine.located(.success("ws://h:1/"), now: start) == [.open("ws://h:1/")])
        let hello = machine.opened(now: start).sent
        #expect(
            hello == [.hello(token: machine.credentials.accessToken, position: machine.handled)]
        )
        return machine.received(
            .welcome(account: account, device: device, position: machine.handled ?? at(10)),
            now: start
        )
    }

    @Test func theHelloCarriesWhatWasHandledAndNotWhatWasReceived() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        _ = machine.received(.event(at(6), ticks(1)), now: start)
        _ = machine.received(.event(at(9), ticks(2)), now: start)
        _ = machine.handled(at(6))
        _ = machine.closed(code: nil, now: start)
        _ = machine.waitEnded(now: start)
        _ = machine.located(.success("ws://h:1/"), now: start)
        #expect(machine.opened(now: start).sent == [.hello(token: "a", position: at(6))])
    }

    @Test func eventsAtOrBelowTheLastPositionAreResends() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        #expect(machine.received(.event(at(7), ticks(1)), now: start).changes.count == 1)
        #expect(machine.received(.event(at(7), ticks(1)), now: start).isEmpty)
        #expect(machine.received(.event(at(6), ticks(1)), now: start).isEmpty)
        #expect(machine.received(.event(at(8), ticks(2)), now: start).changes.count == 1)
        #expect(machine.statistics.resends == 2)
        #expect(machine.statistics.events == 2)
    }

    @Test func aGapMovesThePositionEvenBackOrIntoAnotherEpoch() {
        var machine = machine(position: at(500))
        _ = open(&machine)
        #expect(
            machine.received(.gap(at(3, epoch: 2)), now: start).changes == [.gap(at(3, epoch: 2))]
        )
        #expect(
            machine.received(.event(at(4, epoch: 2), ticks(1)), now: start).changes
                == [.event(ticks(1), at(4, epoch: 2))]
        )
    }

    @Test func aNewDeviceComesBackToWhereItWasWelcomed() {
        var machine = machine()
        let actions = open(&machine)
        #expect(actions.contains(.emit(.connected(at(10)), handling: at(10))))
        _ = machine.handled(at(10))
        _ = machine.closed(code: nil, now: start)
        _ = machine.waitEnded(now: start)
        _ = machine.located(.success("ws://h:1/"), now: start)
        #expect(machine.opened(now: start).sent == [.hello(token: "a", position: at(10))])
    }

    @Test func aNewDeviceWhoseOwnerHasHandledNothingComesBackToWhereItWasWelcomed() {
        var machine = machine()
        _ = open(&machine)
        _ = machine.received(.event(at(12), ticks(1)), now: start)
        _ = machine.closed(code: nil, now: start)
        _ = machine.waitEnded(now: start)
        _ = machine.located(.success("ws://h:1/"), now: start)
        #expect(machine.opened(now: start).sent == [.hello(token: "a", position: at(10))])
    }

    @Test func thePositionIsSavedBeforeItIsAcknowledged() {
        var machine = machine(position: at(5)) { $0.ackEventsMax = 2 }
        _ = open(&machine)
        let soon = [SessionMachine.Action.scheduleAck(.milliseconds(50), isLate: false)]
        #expect(machine.handled(at(6)) == soon)
        #expect(machine.handled(at(7)) == [.savePosition(at(7)), .send([.ack(at(7))])])
        #expect(machine.ackDue(isLate: false).isEmpty)
        _ = machine.received(.event(at(8), message(from: other)), now: start)
        #expect(machine.handled(at(8)) == soon)
        #expect(machine.ackDue(isLate: false) == [.savePosition(at(8)), .send([.ack(at(8))])])
    }

    @Test func whatNobodyWaitsForIsKeptAtOnceAndAcknowledgedLater() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        let events = [
            ticks(1), message(from: account),
            message(from: other, in: "channel"),
        ]
        let soon = [SessionMachine.Action.scheduleAck(.milliseconds(50), isLate: false)]
        for (number, event) in events.enumerated() {
            let position = at(Int64(6 + number))
            _ = machine.received(.event(position, event), now: start)
            #expect(machine.handled(position) == soon)
            let late = SessionMachine.Action.scheduleAck(.milliseconds(950), isLate: true)
            #expect(
                machine.ackDue(isLate: false)
                    == [.savePosition(position)] + (number == 0 ? [late] : [])
            )
        }
        // A message that somebody waits for takes the others along.
        _ = machine.received(.event(at(9), message(from: other)), now: start)
        #expect(machine.handled(at(9)) == soon)
        #expect(machine.ackDue(isLate: false) == [.savePosition(at(9)), .send([.ack(at(9))])])
        #expect(machine.ackDue(isLate: true).isEmpty)
        _ = machine.received(.event(at(10), ticks(2)), now: start)
        #expect(machine.handled(at(10)) == soon)
        #expect(machine.ackDue(isLate: false).count == 2)
        #expect(machine.ackDue(isLate: true) == [.send([.ack(at(10))])])
    }

    /// The owner is behind: what it has not handled is not acknowledged, and not forgotten.
    @Test func aMessageThatIsHandledLaterIsAcknowledgedThen() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        for offset in [6, 7] as [Int64] {
            _ = machine.received(.event(at(offset), message(from: other)), now: start)
        }
        _ = machine.handled(at(6))
        #expect(machine.ackDue(isLate: false).sent == [.ack(at(6))])
        _ = machine.handled(at(7))
        #expect(machine.ackDue(isLate: false).sent == [.ack(at(7))])
    }

    @Test func whatWasNotAnsweredIsSentAgainInOrderWithTheSameIDs() {
        var machine = machine(position: at(5))
        let messages = ["one", "two", "three"].map(outgoing)
        #expect(machine.submit(messages[0], now: start).sent.isEmpty)
        #expect(open(&machine).sent == [.submit(messages[0])])
        #expect(machine.submit(messages[1], now: start).sent == [.submit(messages[1])])
        #expect(machine.submit(messages[2], now: start).sent == [.submit(messages[2])])
        #expect(machine.received(accepted(messages[1]), now: start).changes.count == 1)
        _ = machine.closed(code: 1006, now: start)
        #expect(open(&machine).sent == [.submit(messages[0]), .submit(messages[2])])
        #expect(machine.received(accepted(messages[0]), now: start).changes.count == 1)
        #expect(machine.received(accepted(messages[0]), now: start).changes.isEmpty)
        #expect(machine.statistics.submissionsRepeated == 2)
    }

    @Test func aMessageRefusedForNowHoldsThoseBehindItBack() {
        var machine = machine(position: at(5)) { $0.submissionsInFlightMax = 1 }
        _ = open(&machine)
        let first = outgoing("one")
        let second = outgoing("two")
        #expect(machine.submit(first, now: start).sent == [.submit(first)])
        #expect(machine.submit(second, now: start).sent.isEmpty)
        let refusal = ServerFrame.rejected(id: first.id, code: "log_unavailable", detail: "")
        #expect(machine.received(refusal, now: start) == [.hold(.seconds(1))])
        #expect(machine.holdEnded(now: start).sent == [.submit(first)])
        #expect(machine.received(accepted(first), now: start).sent == [.submit(second)])
    }

    @Test func aRefusalForGoodIsToldOnce() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        let message = outgoing("one")
        _ = machine.submit(message, now: start)
        let refusal = ServerFrame.rejected(id: message.id, code: "too_old", detail: "d")
        #expect(
            machine.received(refusal, now: start).changes
                == [.submission(message.id, .rejected(code: "too_old", detail: "d"))]
        )
        #expect(machine.received(refusal, now: start).isEmpty)
    }

    @Test func anAnswerThatStaysAwayIsAskedForAgain() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        let message = outgoing("one")
        _ = machine.submit(message, now: start)
        let soon = start + .seconds(9)
        #expect(machine.tick(lastReceived: soon, now: soon).isEmpty)
        let late = start + .seconds(11)
        #expect(machine.tick(lastReceived: late, now: late).sent == [.submit(message)])
    }

    @Test func onesOwnMessageInTheInboxIsAnAnswer() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        let message = outgoing("one")
        _ = machine.submit(message, now: start)
        let event = MessageEvent(
            conversationID: conversation,
            seq: 1,
            messageCount: 1,
            messageID: message.id,
            sender: account,
            recipient: nil,
            serverTimestamp: Timestamp(milliseconds: 1),
            text: "one"
        )
        let changes = machine.received(.event(at(6), .message(event)), now: start).changes
        #expect(changes.count == 2)
        #expect(machine.received(accepted(message), now: start).isEmpty)
    }

    @Test(arguments: [
        (UInt16?.none, true), (1001, true), (4001, true), (4003, true), (4008, true), (4009, true),
        (4010, true), (4499, true), (4500, false), (4502, false), (4503, false), (4504, false),
    ])
    func closeCodesSayWhetherToComeBack(code: UInt16?, comesBack: Bool) {
        var machine = machine(position: at(5))
        _ = open(&machine)
        let actions = machine.closed(code: code, now: start)
        #expect((actions.delay != nil) == comesBack)
        #expect((machine.phase == .stopped) == !comesBack)
    }

    @Test func aMovedAccountIsLookedForAtOnceAndThenWithPatience() throws {
        var machine = machine(position: at(5))
        _ = open(&machine)
        #expect(machine.closed(code: 4003, now: start).delay == .zero)
        _ = open(&machine)
        #expect(try #require(machine.closed(code: 4003, now: start).delay) > .zero)
    }

    @Test func anUnacceptedTokenIsRenewedOnceAndOnlyOnce() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        guard case .refresh = machine.closed(code: 4501, now: start).first else {
            Issue.record("no refresh")
            return
        }
        var renewed = machine.credentials
        renewed.accessToken = "b"
        let actions = machine.refreshed(.success(renewed), now: start)
        #expect(actions.first == .saveCredentials(renewed))
        _ = machine.located(.success("ws://h:1/"), now: start)
        #expect(machine.opened(now: start).sent == [.hello(token: "b", position: at(5))])
        _ = machine.closed(code: 4501, now: start)
        #expect(machine.phase == .stopped)
    }

    @Test func whenTheGatewayIsAwayTheLastInstanceIsTried() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        _ = machine.closed(code: nil, now: start)
        _ = machine.waitEnded(now: start)
        #expect(
            machine.located(.failure(ClientError(.transport)), now: start) == [.open("ws://h:1/")]
        )
        #expect(machine.openFailed(ClientError(.transport), now: start).delay != nil)
        _ = machine.waitEnded(now: start)
        #expect(machine.located(.failure(ClientError(.transport)), now: start).delay != nil)
    }

    @Test func delaysGrowToTheirBoundAndStartAgainAfterASettledSession() throws {
        var machine = machine(position: at(5))
        var delays: [Duration] = []
        _ = machine.start(now: start)
        for _ in 0..<10 {
            let actions = machine.located(.failure(ClientError(.timeout)), now: start)
            delays.append(try #require(actions.delay))
            _ = machine.waitEnded(now: start)
        }
        #expect(delays[0] <= .milliseconds(100))
        #expect(delays[9] >= .milliseconds(2500) && delays[9] <= .seconds(5))
        _ = machine.located(.success("ws://h:1/"), now: start)
        _ = machine.opened(now: start)
        _ = machine.received(
            .welcome(account: account, device: device, position: at(5)),
            now: start
        )
        let later = start + .seconds(6)
        #expect(try #require(machine.closed(code: nil, now: later).delay) <= .milliseconds(100))
    }

    @Test func aSilentConnectionIsGivenUp() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        #expect(machine.tick(lastReceived: start, now: start + .seconds(59)).isEmpty)
        #expect(machine.tick(lastReceived: start, now: start + .seconds(61)) == [.abort])
    }

    @Test func readMarksGoUpOnlyAndAreRepeatedAfterAReconnect() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        #expect(machine.read(conversation, seq: 4).sent == [.read(conversation, seq: 4)])
        #expect(machine.read(conversation, seq: 3).isEmpty)
        _ = machine.closed(code: nil, now: start)
        #expect(machine.read(conversation, seq: 6).isEmpty)
        #expect(open(&machine).sent == [.read(conversation, seq: 6)])
    }

    @Test func aFullOutboxRefusesInsteadOfGrowing() {
        var machine = machine(position: at(5)) { $0.outboxCountMax = 1 }
        _ = machine.submit(outgoing("one"), now: start)
        let second = outgoing("two")
        #expect(
            machine.submit(second, now: start).changes
                == [.submission(second.id, .rejected(code: "outbox_full", detail: ""))]
        )
    }

    @Test func anUnknownEventIsHandedOnAndAcknowledgedAsAnyOther() {
        var machine = machine(position: at(5)) { $0.ackEventsMax = 1 }
        _ = open(&machine)
        let unknown = ServerEvent.unknown(kind: "levitated")
        #expect(
            machine.received(.event(at(6), unknown), now: start)
                == [.emit(.event(unknown, at(6)), handling: at(6))]
        )
        #expect(machine.handled(at(6)) == [.savePosition(at(6)), .send([.ack(at(6))])])
        // It comes again: the server does not know that it was handled.
        #expect(
            machine.received(.event(at(6), unknown), now: start)
                == [.scheduleAck(.seconds(1), isLate: true)]
        )
        #expect(machine.received(.event(at(6), unknown), now: start).isEmpty)
        #expect(machine.ackDue(isLate: true) == [.send([.ack(at(6))])])
    }

    /// Handled between the hello and the welcome: nothing can be sent then, and the server sends it again.
    @Test func whatIsHandledWhileGreetingIsAcknowledgedWhenItComesAgain() {
        var machine = machine(position: at(5)) { $0.ackEventsMax = 1 }
        _ = open(&machine)
        _ = machine.received(.event(at(6), message(from: other)), now: start)
        _ = machine.closed(code: nil, now: start)
        _ = machine.waitEnded(now: start)
        _ = machine.located(.success("ws://h:1/"), now: start)
        _ = machine.opened(now: start)
        #expect(machine.handled(at(6)) == [.savePosition(at(6))])
        _ = machine.received(
            .welcome(account: account, device: device, position: at(5)),
            now: start
        )
        _ = machine.received(.event(at(6), message(from: other)), now: start)
        #expect(machine.ackDue(isLate: true) == [.send([.ack(at(6))])])
    }

    @Test func aMessageToAGroupStaysInTheOutboxUntilItIsAnswered() {
        var machine = machine(position: at(5))
        _ = open(&machine)
        let message = OutgoingMessage(id: ids.next(), to: .conversation(conversation), text: "one")
        #expect(machine.submit(message, now: start).sent == [.submit(message)])
        _ = machine.closed(code: nil, now: start)
        #expect(open(&machine).sent == [.submit(message)])
        let event = MessageEvent(
            conversationID: conversation,
            conversationKind: "group",
            seq: 1,
            messageCount: 1,
            messageID: message.id,
            sender: account,
            recipient: nil,
            serverTimestamp: Timestamp(milliseconds: 1),
            content: .edited
        )
        #expect(machine.received(.event(at(6), .message(event)), now: start).changes.count == 2)
        _ = machine.closed(code: nil, now: start)
        #expect(open(&machine).sent.isEmpty)
    }
}
