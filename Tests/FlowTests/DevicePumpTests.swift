import Events
import Testing

@testable import Flow

@Suite struct DevicePumpTests {
    private let conversation = ConversationID(high: 1, low: 2)

    private func mark(_ seq: UInt64) -> DevicePump.Mark {
        DevicePump.Mark(conversation: conversation, seq: seq)
    }

    /// A pump that has been told that there is nothing after its position.
    private func livePump(at position: Int64 = 0, window: Int = 256) -> DevicePump {
        var options = DevicePump.Options()
        options.windowEvents = window
        var pump = DevicePump(position: Offset(position), now: .zero, options: options)
        _ = pump.nextRead()
        pump.finishRead(reached: Offset(position), isEnd: true)
        return pump
    }

    @Test func aNewPumpReadsFromItsPositionAndIsLiveAtTheEnd() {
        var pump = DevicePump(position: Offset(7), now: .zero)
        #expect(!pump.isLive)
        let read = pump.nextRead()
        #expect(read == DevicePump.Read(from: Offset(7), below: nil, limit: 256))
        #expect(pump.nextRead() == nil, "one read at a time")
        #expect(pump.accept(Offset(9), nil, now: .zero) == true)
        pump.finishRead(reached: Offset(12), isEnd: true)
        #expect(pump.isLive)
        #expect(pump.cursor == Offset(12))
        #expect(pump.offer(Offset(11), nil, now: .zero) == false, "an old entry is not sent again")
        #expect(pump.isLive, "and does not put the pump behind")
        #expect(pump.offer(Offset(12), nil, now: .zero) == true)
    }

    @Test func aPositionAheadOfTheEndWaitsForTheLogToGetThere() {
        var pump = DevicePump(position: Offset(100), now: .zero)
        _ = pump.nextRead()
        pump.finishRead(reached: Offset(100), isEnd: true)
        #expect(pump.offer(Offset(98), nil, now: .zero) == false)
        #expect(pump.offer(Offset(99), nil, now: .zero) == false)
        #expect(pump.offer(Offset(100), nil, now: .zero) == true)
    }

    @Test func aFullWindowPutsThePumpBehindUntilAnAcknowledgement() {
        var pump = livePump(window: 2)
        #expect(pump.offer(Offset(0), mark(1), now: .zero) == true)
        #expect(pump.offer(Offset(1), mark(2), now: .zero) == true)
        #expect(pump.offer(Offset(2), mark(3), now: .zero) == false)
        #expect(!pump.isLive)
        #expect(pump.nextRead() == nil, "there is no room to read into")
        var marks: [DevicePump.Mark] = []
        let progress = pump.acknowledge(Offset(1), now: .seconds(1)) { marks.append($0) }
        #expect(progress == DevicePump.Progress(events: 1, waited: .seconds(1)))
        #expect(marks == [mark(1)])
        #expect(pump.nextRead() == DevicePump.Read(from: Offset(2), below: nil, limit: 1))
    }

    @Test func acknowledgementsNeverGoBackNorBeyondWhatWasSent() {
        var pump = livePump()
        #expect(pump.offer(Offset(0), mark(1), now: .zero) == true)
        #expect(pump.offer(Offset(1), nil, now: .zero) == true)
        var marks: [DevicePump.Mark] = []
        #expect(pump.acknowledge(Offset(99), now: .zero) { marks.append($0) }?.events == 2)
        #expect(pump.acknowledged == Offset(2))
        #expect(marks == [mark(1)])
        #expect(pump.acknowledge(Offset(1), now: .zero) { marks.append($0) } == nil)
        #expect(pump.acknowledge(Offset(2), now: .zero) { marks.append($0) } == nil)
        #expect(marks == [mark(1)])
    }

    @Test func withoutProgressWhatIsNotAcknowledgedIsSentAgainThreeTimesAndThenTheDeviceIsGivenUp()
    {
        var pump = livePump()
        for offset in 0..<3 {
            #expect(pump.offer(Offset(Int64(offset)), nil, now: .seconds(1)) == true)
        }
        #expect(pump.deadline == .seconds(11))
        #expect(pump.tick(now: .seconds(10)) == nil)
        for round in 1...3 {
            let now = Duration.seconds(1 + 10 * round)
            #expect(pump.tick(now: now) == .resend(events: 3))
            #expect(!pump.isLive)
            let read = pump.nextRead()
            #expect(read?.isRepetition == true)
            #expect(read?.from == Offset(0))
            for offset in 0..<3 {
                #expect(pump.accept(Offset(Int64(offset)), nil, now: now) == true)
            }
            pump.finishRead(reached: Offset(3), isEnd: false)
            #expect(pump.nextRead() == DevicePump.Read(from: Offset(3), below: nil, limit: 253))
            pump.finishRead(reached: Offset(3), isEnd: true)
            #expect(pump.inFlightCount == 3, "a repetition takes no room in the window")
        }
        #expect(pump.tick(now: .seconds(40)) == nil)
        #expect(pump.tick(now: .seconds(41)) == .giveUp)
    }

    @Test func anyProgressStartsTheCountOfRepetitionsAnew() {
        var pump = livePump()
        _ = pump.offer(Offset(0), nil, now: .zero)
        _ = pump.offer(Offset(1), nil, now: .zero)
        #expect(pump.tick(now: .seconds(10)) == .resend(events: 2))
        #expect(pump.acknowledge(Offset(1), now: .seconds(12)) { _ in } != nil)
        #expect(pump.deadline == .seconds(22))
        #expect(pump.tick(now: .seconds(22)) == .resend(events: 1))
        let read = pump.nextRead()
        #expect(read?.from == Offset(1))
    }

    @Test func whatIsAcknowledgedDuringARepetitionIsNotRepeated() {
        var pump = livePump()
        for offset in 0..<3 { _ = pump.offer(Offset(Int64(offset)), nil, now: .zero) }
        _ = pump.tick(now: .seconds(10))
        _ = pump.nextRead()
        _ = pump.acknowledge(Offset(2), now: .seconds(10)) { _ in }
        #expect(pump.accept(Offset(0), nil, now: .seconds(10)) == false)
        #expect(pump.accept(Offset(1), nil, now: .seconds(10)) == false)
        #expect(pump.accept(Offset(2), nil, now: .seconds(10)) == true)
        pump.finishRead(reached: Offset(3), isEnd: false)
        #expect(pump.nextRead()?.isRepetition == false)
    }

    @Test func anInterruptedPumpReadsWhatItMissed() {
        var pump = livePump()
        pump.interrupt()
        #expect(pump.offer(Offset(0), nil, now: .zero) == false)
        #expect(pump.nextRead() == DevicePump.Read(from: Offset(0), below: nil, limit: 256))
    }

    @Test(arguments: 1...60)
    func anAcknowledgingDeviceGetsEverythingInOrderAndOnce(seed: UInt64) {
        var simulation = Simulation(seed: seed, clientAcknowledges: true)
        simulation.run(steps: 2000)
        simulation.settle()
        #expect(simulation.received == simulation.logged, "seed \(seed)")
        #expect(simulation.violations == [], "seed \(seed)")
    }

    @Test(arguments: 1...20)
    func aDeviceThatNeverAcknowledgesIsGivenUp(seed: UInt64) {
        var simulation = Simulation(seed: seed, clientAcknowledges: false)
        simulation.run(steps: 3000)
        #expect(simulation.wasGivenUp, "seed \(seed)")
        #expect(simulation.violations == [], "seed \(seed)")
        #expect(simulation.mostInFlight <= 8, "seed \(seed)")
    }
}

/// A log, a pump and a client, driven by chance; the client keeps its own account of what it got.
private struct Simulation {
    private var random: SplitMix
    private let clientAcknowledges: Bool
    private var pump: DevicePump
    private var now = Duration.zero
    /// The offsets of the entries for this device, and the end of the log.
    private(set) var logged: [Int64] = []
    private var end: Int64 = 0
    private var openRead: DevicePump.Read?
    private var sentOnce: Set<Int64> = []
    private var unread: [Int64] = []
    private(set) var received: [Int64] = []
    private(set) var violations: [String] = []
    private(set) var wasGivenUp = false
    private(set) var mostInFlight = 0

    init(seed: UInt64, clientAcknowledges: Bool) {
        random = SplitMix(seed: seed)
        self.clientAcknowledges = clientAcknowledges
        var options = DevicePump.Options()
        options.windowEvents = 8
        pump = DevicePump(position: Offset(0), now: .zero, options: options)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where !wasGivenUp {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2: append()
            case 3...4: read()
            case 5...6: receive()
            case 7: acknowledge()
            case 8: if Bool.random(using: &random) { pump.interrupt() }
            default: pass(.milliseconds(Int64.random(in: 0..<3000, using: &random)))
            }
            mostInFlight = max(mostInFlight, pump.inFlightCount)
        }
    }

    /// Nothing new comes, and everybody does what is left to do.
    mutating func settle() {
        for _ in 0..<1000 where received.count < logged.count || openRead != nil || !pump.isLive {
            read()
            while !unread.isEmpty { receive() }
            acknowledge()
        }
    }

    private mutating func append() {
        let isOurs = Bool.random(using: &random)
        let offset = end
        end += Int64.random(in: 1...3, using: &random)
        guard isOurs else { return }
        logged.append(offset)
        if pump.offer(Offset(offset), nil, now: now) { send(offset, isRepetition: false) }
    }

    /// Begins a read, or ends one that was begun, so that entries and acknowledgements may come in between.
    private mutating func read() {
        guard let read = openRead else {
            openRead = pump.nextRead()
            return
        }
        openRead = nil
        var reached = min(read.below?.number ?? end, end)
        var isEnd = true
        var count = 0
        for offset in logged where offset >= read.from.number && offset < reached {
            guard count < read.limit, Int.random(in: 0..<20, using: &random) > 0 else {
                reached = offset
                isEnd = false
                break
            }
            count += 1
            if pump.accept(Offset(offset), nil, now: now) {
                send(offset, isRepetition: read.isRepetition)
            }
        }
        pump.finishRead(reached: Offset(max(reached, read.from.number)), isEnd: isEnd)
    }

    private mutating func send(_ offset: Int64, isRepetition: Bool) {
        if sentOnce.insert(offset).inserted == isRepetition {
            violations.append("offset \(offset), repetition \(isRepetition)")
        }
        unread.append(offset)
    }

    private mutating func receive() {
        guard !unread.isEmpty else { return }
        let offset = unread.removeFirst()
        guard offset > received.last ?? -1 else { return }
        received.append(offset)
    }

    private mutating func acknowledge() {
        guard clientAcknowledges, let last = received.last else { return }
        _ = pump.acknowledge(Offset(last + 1), now: now) { _ in }
    }

    private mutating func pass(_ time: Duration) {
        now += time
        switch pump.tick(now: now) {
        case .giveUp: wasGivenUp = true
        case .resend(let events):
            if events == 0 { violations.append("nothing to send again") }
        case nil: break
        }
    }
}
