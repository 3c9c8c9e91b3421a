import Events
import Foundation
import Testing

@testable import Push

/// Groups at random against what a naive model says: everybody who is away is notified of everything that he may see, and of nothing
/// else, whatever is killed.
struct RandomGroupPushTests {
    private struct Model {
        let away = (0..<6).map { AccountID(high: 0xA, low: $0) }
        let here = (0..<3).map { AccountID(high: 0xB, low: $0) }
        let groups = (0..<3).map { ConversationID(high: 0xC, low: $0) }
        var muted: Set<[UInt64]> = []
        var expected: Set<Telling> = []
        /// Whether some checkpoint was lost, and with it the knowledge of what was notified.
        var isLossy = false

        func isMuted(_ account: AccountID, _ group: ConversationID) -> Bool {
            muted.contains([account.high, account.low, group.low])
        }
    }

    @Test(arguments: 1...16 as ClosedRange<UInt64>)
    func killsAtRandomMomentsLoseNoNotificationOfAGroup(seed: UInt64) throws {
        let world = try PushWorld(partitionCount: 2)
        world.options.notificationsPerCall = 2
        try world.start()
        var random = SeededRandom(seed: seed)
        var model = Model()
        for account in model.here { try world.session(.connected, account) }
        for group in model.groups {
            let members = (model.away + model.here).filter { _ in Bool.random(using: &random) }
            note(try world.create(group, by: ada, with: members), in: group, &model)
            try acknowledge(world, model)
        }
        for _ in 0..<300 { try step(world, &model, &random) }
        for _ in 0..<20 { try world.settle() }
        #expect(model.expected.subtracting(world.told).isEmpty, "seed \(seed)")
        #expect(world.told.subtracting(model.expected).isEmpty, "seed \(seed)")
        if !model.isLossy { #expect(world.tellings.count == world.told.count, "seed \(seed)") }
        let repeats = Dictionary(grouping: world.provider.notifications) {
            [$0.messageID.low, $0.account.high, $0.account.low]
        }
        #expect(repeats.values.allSatisfy { Set($0.map(\.collapseID)).count == 1 })
    }

    private func step(
        _ world: PushWorld,
        _ model: inout Model,
        _ random: inout SeededRandom
    ) throws {
        let group = try #require(model.groups.randomElement(using: &random))
        let members = world.groups[group]?.members ?? []
        let everybody = model.away + model.here
        let somebody = try #require(everybody.randomElement(using: &random))
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<5:
            let sender = members.sorted().randomElement(using: &random) ?? ada
            let times = Int.random(in: 1...2, using: &random)
            note(try world.say(in: group, by: sender, times: times), in: group, &model)
            try acknowledge(world, model)
        case 5..<7:
            guard !members.contains(somebody) else { break }
            note(try world.add([somebody], to: group, by: ada), in: group, &model)
            try acknowledge(world, model)
        case 7:
            guard members.contains(somebody) else { break }
            try world.happen(in: group, by: somebody, leaving: [somebody]) {
                $0.action.leave = .init()
            }
        case 8:
            // What waits would be muted, or not, by what is known when it is decided; and decided again if that were lost.
            try world.start()
            for _ in 0..<10 { try world.settle() }
            try toggleMute(of: somebody, group, world, &model)
        case 9..<14:
            let topics: [Topic] = [.inbox, .inbox, .sessions, .accounts]
            let topic = try #require(topics.randomElement(using: &random))
            let partition = Int32.random(in: 0...1, using: &random)
            try world.readOn(topic, partition, count: Int.random(in: 1...20, using: &random))
        case 14..<17:
            world.clock.advance(.milliseconds(Int.random(in: 1...1500, using: &random)))
        case 17..<19: try world.idle()
        default:
            let isLossy = Int.random(in: 0..<3, using: &random) == 0
            model.isLossy = model.isLossy || isLossy
            try world.start(checkpointInterval: isLossy ? .seconds(3600) : .zero)
        }
    }

    private func note(
        _ happening: PushWorld.Happening,
        in group: ConversationID,
        _ model: inout Model
    ) {
        model.expected.formUnion(
            happening.told.filter { [model] telling in
                !model.here.contains(telling.account) && !model.isMuted(telling.account, group)
            }
        )
    }

    private func toggleMute(
        of account: AccountID,
        _ group: ConversationID,
        _ world: PushWorld,
        _ model: inout Model
    ) throws {
        let key = [account.high, account.low, group.low]
        guard model.away.contains(account) else { return }
        if model.muted.remove(key) == nil { model.muted.insert(key) }
        let isMuted = model.muted.contains(key)
        try world.mute(group, of: account, until: Timestamp(milliseconds: isMuted ? .max : 0))
    }

    /// Those who are here have everything at once.
    private func acknowledge(_ world: PushWorld, _ model: Model) throws {
        for account in model.here {
            let place = TopicPartition(.inbox, Partition(world.partition(of: account)))
            let end = Offset(Int64(world.logs[place]?.count ?? 0))
            try world.session(.progressed, account, acknowledged: end)
        }
    }
}
