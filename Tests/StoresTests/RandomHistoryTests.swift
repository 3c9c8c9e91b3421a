import Conversations
import Events
import Stores
import Testing

/// Random histories: the fold is a function of the log, and what each account reads is what a naive model says.
@Suite(.onEveryStore)
struct RandomHistoryTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func store(_ name: String) throws -> any HotStore {
        try folder.store(name)
    }

    @Test(arguments: UInt64(1)...20)
    func howBatchesWereCutAndRepeatedDoesNotShow(seed: UInt64) throws {
        var random = SeededRandom(state: seed)
        var room = try Room(randomly: seed, &random)
        let whole = room.take()
        #expect(whole.events.count > 40, "seed \(seed)")
        let one = try store("one.sqlite")
        try one.apply(whole)
        let other = try store("other.sqlite")
        var events = whole.events[...]
        var receipts = whole.receipts[...]
        while !events.isEmpty || !receipts.isEmpty {
            var batch = StoreBatch()
            batch.events = Array(events.prefix(Int.random(in: 0...30, using: &random)))
            batch.receipts = Array(receipts.prefix(Int.random(in: 0...5, using: &random)))
            events = events.dropFirst(batch.events.count)
            receipts = receipts.dropFirst(batch.receipts.count)
            if random.next() % 2 == 0 { batch.sort() }
            try other.apply(batch)
            // As if a crash had taken the position back.
            guard random.next() % 4 == 0 else { continue }
            #expect(try other.apply(batch).eventsInConflict == batch.events.count)
        }
        #expect(try one.firstDifference(with: other) == nil, "seed \(seed)")
        #expect(try one.digests() == other.digests(), "seed \(seed)")
        _ = try other.dropDisappeared(by: room.time)
        #expect(try one.digests() == other.digests(), "seed \(seed)")
    }

    /// Where two pages differ, and how, in few words.
    private func firstDifference(_ found: [PageEvent], _ expected: [PageEvent]) -> String? {
        for (one, other) in zip(found, expected) where one != other {
            return "\(one.event.seq) \(one.event.body) \(String(describing: one.state)), not "
                + "\(other.event.seq) \(other.event.body) \(String(describing: other.state))"
        }
        return found.count == expected.count ? nil : "\(found.count), not \(expected.count) events"
    }

    @Test(arguments: UInt64(1)...20)
    func everyAccountReadsWhatTheModelSays(seed: UInt64) throws {
        var random = SeededRandom(state: seed &+ 100)
        var room = try Room(randomly: seed, &random)
        let marks = room.take().receipts
        // `take` has taken all: the store gets the same in two batches.
        let store = try store("store.sqlite")
        let half = room.events.count / 2
        for part in [room.events[..<half], room.events[half...]] {
            var batch = StoreBatch()
            batch.events = Array(part)
            try store.apply(batch)
        }
        var batch = StoreBatch()
        batch.receipts = marks
        try store.apply(batch)
        let asked = try RoomStore(store, &room)
        for account in everybody {
            let now = room.time + .seconds(Int64.random(in: -60...20, using: &random))
            let viewer = Viewer(account, at: now)
            let model = RoomModel(room, viewer)
            let limit = Int.random(in: 1...40, using: &random)
            let page = try asked.page(viewer, limit: limit)
            if let place = firstDifference(page ?? [], model.shown) {
                Issue.record("seed \(seed), \(account), at \(place)")
            }
            #expect((page == nil) == model.visible.isEmpty, "seed \(seed)")
            let summary = try store.conversations(for: viewer, after: nil, limit: 9).first
            guard !model.visible.isEmpty else {
                #expect(summary == nil, "seed \(seed)")
                continue
            }
            let isLast = summary?.lastEvent == model.shown.last
            #expect(isLast, "seed \(seed)")
            let readSeq = summary?.readSeq ?? 0
            #expect(summary?.unreadCount == model.unread(readSeq: readSeq), "seed \(seed)")
            let role = room.state.kind == .direct ? nil : room.state.members.role(of: account)
            #expect(summary?.role == role, "seed \(seed)")
            let detail = try store.conversation(room.id, for: viewer)
            let pins = detail?.pins.map(\.event.seq)
            #expect(pins == model.pins.map(\.event.seq), "seed \(seed)")
            #expect(firstDifference(detail?.pins ?? [], model.pins) == nil, "seed \(seed)")
            if role != nil {
                #expect(summary?.memberCount == Int64(room.state.members.count), "seed \(seed)")
                #expect(detail?.settings == room.state.settings, "seed \(seed)")
            }
        }
    }
}
