import Events
import TestKit
import Testing

@testable import Gateway

/// Random calls against a table that is kept the plainest way.
@Suite struct RegistrationModelTests {
    private struct Entry {
        let registration: Registration
        var attemptsLeft = 5
        var isConfirming = false
        var isGone = false
    }

    private struct World {
        var table = RegistrationTable()
        var entries: [Entry] = []
        var now = Timestamp(milliseconds: 1_767_225_600_000)

        func isCurrent(_ entry: Entry) -> Bool { entry.registration.expires > now }
    }

    @Test func theTableAgreesWithAPlainList() throws {
        let seed = Samples.seed
        var random = SeededRandom(seed: seed)
        var world = World()
        for step in 0..<5000 {
            let note: Comment = "seed \(seed), step \(step)"
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3:
                try begin(&world, &random, note)
                #expect(world.table.count == world.entries.count(where: world.isCurrent), note)
            case 3..<8: judge(&world, &random, note)
            default:
                world.now = world.now + .seconds(Int64.random(in: 0..<60, using: &random))
            }
        }
    }

    private func begin(
        _ world: inout World,
        _ random: inout SeededRandom,
        _ note: Comment
    ) throws {
        let number = Int.random(in: 0..<6, using: &random)
        let address = try #require(AccountAddress(phone: "+1555123000\(number)"))
        let registration = Registration(
            id: RegistrationID(high: 1, low: UInt64(world.entries.count)),
            request: RegistrationRequest(address: address),
            code: "\(Int.random(in: 100_000...100_003, using: &random))",
            device: DeviceID(high: 2, low: 2),
            expires: world.now + RegistrationTable.lifetime
        )
        let earlier = world.entries.filter {
            world.isCurrent($0) && $0.registration.request.address == address
        }
        do {
            try world.table.begin(registration, at: world.now)
            #expect(earlier.count < 5, note)
            world.entries.append(Entry(registration: registration))
        } catch {
            #expect(earlier.count == 5, note)
            let first = earlier.map(\.registration.expires).min()
            #expect(first.map { $0 - world.now } == error.after, note)
        }
    }

    private func judge(_ world: inout World, _ random: inout SeededRandom, _ note: Comment) {
        guard !world.entries.isEmpty else { return }
        // The newer, the likelier.
        let count = world.entries.count
        let place = max(0, count - Int.random(in: 1...12, using: &random))
        var entry = world.entries[place]
        defer { world.entries[place] = entry }
        let id = entry.registration.id
        let code = "\(Int.random(in: 100_000...100_003, using: &random))"
        let verdict = world.table.judge(id, code: code, at: world.now)
        if entry.isGone || !world.isCurrent(entry) {
            #expect(verdict == .unknown, note)
        } else if entry.isConfirming {
            #expect(verdict == .busy, note)
            entry.isConfirming = false
            if Bool.random(using: &random) {
                entry.isGone = true
                world.table.finish(id)
            } else {
                world.table.release(id)
            }
        } else if code == entry.registration.code {
            #expect(verdict == .right(entry.registration), note)
            entry.isConfirming = true
        } else {
            entry.attemptsLeft -= 1
            entry.isGone = entry.attemptsLeft == 0
            let expected: RegistrationTable.Verdict =
                entry.isGone ? .exhausted : .wrong(attemptsLeft: entry.attemptsLeft)
            #expect(verdict == expected, note)
        }
    }
}
