import Events
import NIOCore
import Testing

@testable import MartletClient

private let account = AccountID(high: 1, low: 1)
private let ada = AccountID(high: 1, low: 2)
private let bob = AccountID(high: 1, low: 3)
private let device = DeviceID(high: 2, low: 2)
private let conversation = ConversationID(high: 3, low: 3)
private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
private let position = InboxPosition(epoch: 1, offset: Offset(10))
private let removed = ClientError(.deviceRemoved)

@Suite struct SignalMachineTests {
    private func machine() -> SessionMachine {
        SessionMachine(
            DeviceSession.Configuration(
                credentials: Credentials(
                    server: "http://127.0.0.1:1",
                    accountID: account,
                    deviceID: device,
                    accessToken: "a",
                    refreshToken: "r"
                )
            )
        )
    }

    /// Goes from the start, or from a wait, to an open session; what was sent after the welcome.
    @discardableResult
    private func open(_ machine: inout SessionMachine) -> [ClientFrame] {
        _ = machine.start(now: start)
        _ = machine.waitEnded(now: start)
        _ = machine.located(.success("ws://h:1/"), now: start)
        _ = machine.opened(now: start)
        return frames(
            machine.received(
                .welcome(account: account, device: device, position: position),
                now: start
            )
        )
    }

    private func frames(_ actions: [SessionMachine.Action]) -> [ClientFrame] {
        actions.flatMap { action -> [ClientFrame] in
            if case .send(let frames) = action { frames } else { [] }
        }
    }

    @Test func whomOneWatchesIsSaidAtOnceAndAgainAfterEachReconnect() {
        var machine = machine()
        #expect(machine.watch([ada]).isEmpty)
        #expect(open(&machine) == [.watch([ada])])
        #expect(frames(machine.watch([bob, ada])) == [.watch([bob, ada])])
        #expect(machine.watch([bob, ada]).isEmpty)
        _ = machine.closed(code: 4001, now: start)
        #expect(open(&machine) == [.watch([bob, ada])])
        #expect(frames(machine.watch([])) == [.watch([])])
        _ = machine.closed(code: nil, now: start)
        #expect(open(&machine).isEmpty)
    }

    @Test func noMoreAreWatchedThanTheServerTakes() {
        var machine = machine()
        open(&machine)
        let many = (0..<1000).map { AccountID(high: 9, low: $0) }
        #expect(
            frames(machine.watch(many))
                == [.watch(Array(many.prefix(Limits.watchedAccountsMax)))]
        )
    }

    @Test func whatOneDoesIsSaidNowOrNever() {
        var machine = machine()
        #expect(machine.doing(.typing, in: conversation).isEmpty)
        #expect(open(&machine).isEmpty)
        #expect(
            frames(machine.doing(.recording, in: conversation))
                == [.typing(conversation, .recording)]
        )
        _ = machine.closed(code: nil, now: start)
        #expect(machine.doing(.idle, in: conversation).isEmpty)
        #expect(open(&machine).isEmpty)
    }

    @Test func aSignalHasNoPositionAndIsNoEvent() {
        var machine = machine()
        let signal = Signal.presence(ada, .online)
        #expect(machine.received(.signal(signal), now: start).isEmpty)
        open(&machine)
        #expect(
            machine.received(.signal(signal), now: start)
                == [.emit(.signal(signal), handling: nil)]
        )
        #expect(machine.statistics.events == 0)
        _ = machine.stop(now: start)
        #expect(machine.received(.signal(signal), now: start).isEmpty)
    }

    // MARK: The end

    /// Nothing that happens afterwards makes a session that is over do anything.
    private func expectNothingMore(_ machine: inout SessionMachine) {
        #expect(machine.phase == .stopped)
        #expect(machine.start(now: start).isEmpty)
        #expect(machine.waitEnded(now: start).isEmpty)
        #expect(machine.located(.success("ws://h:1/"), now: start).isEmpty)
        #expect(machine.closed(code: 4001, now: start).isEmpty)
        #expect(machine.tick(lastReceived: .distantPast, now: start).isEmpty)
        #expect(machine.watch([ada]).isEmpty)
        #expect(machine.doing(.typing, in: conversation).isEmpty)
    }

    @Test func aRemovedDeviceStopsByItsCloseCode() {
        var machine = machine()
        open(&machine)
        #expect(
            machine.closed(code: 4502, now: start) == [.emit(.stopped(removed), handling: nil)]
        )
        expectNothingMore(&machine)
        #expect(CloseReaction(code: 4502) == .removed)
        #expect(CloseReaction(code: 4503) == .stop)
    }

    @Test func aRemovedDeviceStopsInTheGreetingToo() {
        var machine = machine()
        _ = machine.start(now: start)
        _ = machine.located(.success("ws://h:1/"), now: start)
        _ = machine.opened(now: start)
        #expect(
            machine.closed(code: 4502, now: start) == [.emit(.stopped(removed), handling: nil)]
        )
    }

    @Test func aRemovedDeviceAsksForNoNewTokens() {
        var machine = machine()
        _ = machine.start(now: start)
        let refusal = ClientError(.deviceRemoved, status: 401)
        #expect(
            machine.located(.failure(refusal), now: start)
                == [.emit(.stopped(removed), handling: nil)]
        )
        expectNothingMore(&machine)
    }

    @Test func aDeviceThatLearnsOfItsRemovalByRefreshingStops() {
        var machine = machine()
        _ = machine.start(now: start)
        let expired = ClientError(.unauthenticated, status: 401)
        #expect(
            machine.located(.failure(expired), now: start) == [.refresh(machine.credentials)]
        )
        let refusal = ClientError(.deviceRemoved, status: 401)
        #expect(
            machine.refreshed(.failure(refusal), now: start)
                == [.emit(.stopped(removed), handling: nil)]
        )
        expectNothingMore(&machine)
    }

    // MARK: The reader

    @Test func aReaderThatIsBehindLosesSignalsAndNoEvent() async {
        let buffer = ChangeBuffer(eventsMax: 100, reportEvery: 64) { _, _ in }
        let tick = ServerEvent.unknown(kind: "x")
        for number in 1...100_000 {
            buffer.put(.signal(.presence(ada, .online)), handling: nil)
            if number % 1000 == 0 {
                let there = InboxPosition(epoch: 1, offset: Offset(Int64(number)))
                #expect(buffer.hasRoom)
                buffer.put(.event(tick, there), handling: there)
            }
        }
        buffer.put(.stopped(nil), handling: nil)
        var events = 0
        var signals = 0
        for await change in SessionChanges(buffer: buffer) {
            switch change {
            case .event: events += 1
            case .signal: signals += 1
            default: break
            }
        }
        #expect(events == 100)
        #expect(signals == 256)
    }

    @Test func aReaderThatHasCaughtUpGetsSignalsAgain() async {
        let buffer = ChangeBuffer(eventsMax: 100, reportEvery: 64) { _, _ in }
        var changes = SessionChanges(buffer: buffer).makeAsyncIterator()
        for _ in 0..<3 {
            for _ in 0..<300 { buffer.put(.signal(.presence(ada, .online)), handling: nil) }
            for _ in 0..<256 { #expect(await changes.next() != nil) }
        }
        buffer.put(.signal(.presence(bob, .online)), handling: nil)
        #expect(await changes.next() == .signal(.presence(bob, .online)))
    }

    // MARK: Frames

    static let texts: [(ClientFrame, String)] = [
        (
            .typing(conversation, .typing),
            #"{"type":"typing","conversation_id":"\#(conversation)","on":true}"#
        ),
        (
            .typing(conversation, .recording),
            #"{"type":"typing","conversation_id":"\#(conversation)","on":true,"activity":"recording"}"#
        ),
        (
            .typing(conversation, .idle),
            #"{"type":"typing","conversation_id":"\#(conversation)","on":false}"#
        ), (.watch([]), #"{"type":"watch","accounts":[]}"#),
        (.watch([ada, bob]), #"{"type":"watch","accounts":["\#(ada)","\#(bob)"]}"#),
    ]

    @Test(arguments: texts)
    func framesAreAsTheProtocolHasThem(frame: ClientFrame, text: String) {
        var buffer = ByteBuffer()
        frame.write(to: &buffer)
        #expect(String(buffer: buffer) == text)
    }
}
