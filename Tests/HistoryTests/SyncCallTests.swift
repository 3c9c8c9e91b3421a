import Accounts
import Conversations
import Events
import Foundation
import Stores
import TestKit
import Testing

/// The answers of `GET /v1/sync`.
@Suite(.onEveryEngine)
struct SyncCallTests {
    /// What a client does with the answers: it goes through all pages, and keeps what it was told.
    private struct Client {
        var seqs: [String: Set<Int64>] = [:]
        var summaries: [String: [String: Any]] = [:]
        var since: String?
        var requests = 0

        /// One pass; `meanwhile` happens after each page.
        mutating func pass(
            _ world: HistoryWorld,
            as speaker: Speaker,
            limit: Int = 30,
            meanwhile: () throws -> Void = {}
        ) async throws {
            var place = since
            repeat {
                let start = place.map { "&since=\($0)" } ?? ""
                let answer = try await world.get("/v1/sync?limit=\(limit)\(start)", as: speaker)
                try #require(answer.status == 200, "\(answer.text)")
                requests += 1
                let items = answer.list("conversations")
                #expect(items.count <= limit)
                for item in items {
                    let id = item["conversation_id"] as? String ?? ""
                    summaries[id] = item
                    let events = item["events"] as? [[String: Any]] ?? []
                    #expect(events.count <= 30)
                    let found = events.compactMap { ($0["seq"] as? NSNumber)?.int64Value }
                    #expect(found == found.sorted(by: >))
                    seqs[id, default: []].formUnion(found)
                    if item["more"] as? Bool == true {
                        try await fill(world, id, below: found.last ?? 0, as: speaker)
                    }
                }
                place = answer.object["next"] as? String
                since = answer.object["since"] as? String
                #expect((place == nil) != (since == nil), "the next page, or the next time")
                try meanwhile()
            } while place != nil
        }

        /// Pages backwards to what it has.
        private mutating func fill(
            _ world: HistoryWorld,
            _ id: String,
            below seq: Int64,
            as speaker: Speaker
        ) async throws {
            var place: Int64? = seq
            while let start = place {
                let path = "/v1/conversations/\(id)/events?limit=100&before_seq=\(start)"
                let page = try await world.get(path, as: speaker)
                let new = Set(page.seqs).subtracting(seqs[id] ?? [])
                seqs[id, default: []].formUnion(new)
                place = new.isEmpty ? nil : page.integer("next_before_seq")
            }
        }
    }

    @Test func aClientThatWasAwayHasEverythingAfterOnePass() async throws {
        var story = Story()
        var groups: [Group] = []
        for _ in 1...7 {
            groups.append(try Group(.group, of: .ada, with: [.bob, .cleo], in: &story))
        }
        try await HistoryWorld.run(nil as ((inout Story) throws -> Void)?) { world in
            try world.write { try $0.apply(story.take()) }
            try await world.settle()
            var client = Client()
            try await client.pass(world, as: .bob, limit: 2)
            #expect(client.seqs.count == 7)
            #expect(client.requests == 4)
            for number in 1...45 { try groups[1].post("\(number)", by: .ada, in: &story) }
            try groups[4].post("one", by: .cleo, in: &story)
            story.post("direct", from: .dan, to: .bob)
            try world.write { try $0.apply(story.take()) }
            let position = try #require(client.since)
            let answer = try await world.get("/v1/sync?limit=100&since=\(position)", as: .bob)
            let new = answer.list("conversations").filter {
                ($0["events"] as? [Any])?.isEmpty == false
            }
            #expect(new.count == 3, "events of those alone in which something happened")
            #expect(answer.list("conversations").count == 8, "every conversation as it is now")
            try await client.pass(world, as: .bob, limit: 3)
            #expect(client.seqs["\(groups[1].id)"] == Set(1...46))
            #expect(client.seqs["\(groups[4].id)"] == [1, 2])
            #expect(client.seqs["\(Speaker.bob.conversation(with: .dan))"] == [1])
            #expect(client.summaries["\(groups[1].id)"]?["unread_count"] as? Int == 45)
            // Nothing has happened since.
            let last = try #require(client.since)
            let quiet = try await world.get("/v1/sync?limit=100&since=\(last)", as: .bob)
            #expect(
                quiet.list("conversations").allSatisfy { ($0["events"] as? [Any])?.isEmpty == true }
            )
            #expect(quiet.object["since"] as? String == last)
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func nothingIsMissedThatHappensBetweenPages(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        var story = Story()
        var groups: [Group] = []
        for _ in 1...9 {
            groups.append(try Group(.group, of: .ada, with: [.bob, .cleo], in: &story))
        }
        try await HistoryWorld.run(nil as ((inout Story) throws -> Void)?) { world in
            try world.write { try $0.apply(story.take()) }
            try await world.settle()
            var client = Client()
            for _ in 1...4 {
                try await client.pass(world, as: .bob, limit: Int.random(in: 1...4, using: &random))
                {
                    for _ in 1...3 {
                        let place = Int.random(in: 0..<groups.count, using: &random)
                        try groups[place].post("x", by: .bob, in: &story)
                    }
                    if Int.random(in: 0..<4, using: &random) == 0 {
                        groups.append(try Group(.group, of: .cleo, with: [.bob], in: &story))
                    }
                    try world.write { try $0.apply(story.take()) }
                }
            }
            // One more pass, in which nothing happens.
            try await client.pass(world, as: .bob)
            for group in groups {
                let seqs = Set(1...Int64(group.state.lastSeq))
                #expect(client.seqs["\(group.id)"] == seqs, "seed \(seed)")
            }
        }
    }

    /// Partitions are read at their own pace: what one of them says late is not missed because another is ahead.
    @Test func whatComesLateFromAnotherPartitionIsNotMissed() async throws {
        let event = Story.event(from: Partition(1), offset: 1, at: HistoryWorld.start)
        try await HistoryWorld.run { story in
            story.time = story.time + .seconds(3600)
            story.post("ahead", from: .ada, to: .bob)
        } _: { world in
            var client = Client()
            try await client.pass(world, as: .bob)
            var batch = StoreBatch()
            batch.events = [event]
            batch.positions[TopicPartition(.timeline, Partition(1))] = Offset(1)
            var filter = OriginFilter()
            _ = filter.admit(event.origin)
            batch.filters[TopicPartition(.timeline, Partition(1))] = filter
            try world.write { try $0.apply(batch) }
            try await client.pass(world, as: .bob)
            #expect(client.seqs["\(event.conversation)"] == [1])
        }
    }

    @Test func whatElseIsToldOfAConversationIsAsItIsNow() async throws {
        var story = Story()
        var group = try Group(.group, of: .ada, with: [.bob], in: &story)
        let post = try group.post("x", by: .ada, in: &story)
        try await HistoryWorld.run(nil as ((inout Story) throws -> Void)?) { world in
            try world.write { try $0.apply(story.take()) }
            try await world.settle()
            var client = Client()
            try await client.pass(world, as: .ada)
            story.mark(.read, post, by: .bob)
            story.set(.preferences(group.id, PreferencesChange(isArchived: true)), by: .ada)
            try world.write { try $0.apply(story.take()) }
            try await client.pass(world, as: .ada)
            let summary = try #require(client.summaries["\(group.id)"])
            #expect((summary["ticks"] as? [String: Any])?["read_seq"] as? UInt64 == post.seq)
            #expect(summary["archived"] as? Bool == true)
        }
    }

    @Test func aCursorThatIsNoneIsRefused() async throws {
        try await HistoryWorld.run { story in
            story.post("x", from: .ada, to: .bob)
        } _: { world in
            let bad = [
                "", "x", "0", "1", "2~", "1~x", "1~1.0.1", "1~1.0.1.0~", "1~~~", "1~~~x",
                "1~1.-1.1.0", "1~1.0.zzzzzzzzzzzzzzzzzzzz.0", "1~1.0.1.0_", "abc.12",
                "1~" + Array(repeating: "1.0.1.0", count: 201).joined(separator: "_"),
            ]
            for cursor in bad {
                let answer = try await world.get("/v1/sync?since=\(cursor)", as: .ada)
                #expect(
                    answer.status == 422 && answer.problem == "invalid_parameter",
                    "\(cursor.prefix(40))"
                )
            }
            for limit in ["0", "101", "10000", "x"] {
                #expect(try await world.get("/v1/sync?limit=\(limit)", as: .ada).status == 422)
            }
            // A cursor names no account: somebody else's shows one's own, and no more.
            let ada = try await world.get("/v1/sync", as: .ada).object["since"] as? String ?? ""
            let cleo = try await world.get("/v1/sync?since=\(ada)", as: .cleo)
            #expect(cleo.status == 200 && cleo.list("conversations").isEmpty)
        }
    }
}
