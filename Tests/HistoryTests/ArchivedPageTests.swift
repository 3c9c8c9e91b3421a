import Accounts
import Conversations
import Events
import Foundation
import Stores
import TestKit
import Testing

@testable import History

/// What of the store's events lies in archives.
@Suite(.onEveryEngine)
struct ArchivedPageTests {
    private let library = ColdLibrary()
    private let path = "/v1/conversations"

    private func missing(_ object: [String: Any]) -> [String] {
        (object["missing"] as? [[String: Any]] ?? []).map { gap in
            "\(gap["from_seq"] ?? "-")-\(gap["to_seq"] ?? "-") \(gap["reason"] ?? "-")"
        }
    }

    /// All pages, as they come, from the newest event to the oldest and from the oldest to the newest.
    private func pages(
        _ world: HistoryWorld,
        _ group: ConversationID,
        as speaker: Speaker
    ) async throws -> [NSArray] {
        var pages: [NSArray] = []
        for name in ["before_seq", "after_seq"] {
            var place: Int64? = name == "after_seq" ? 0 : nil
            repeat {
                let start = place.map { "&\(name)=\($0)" } ?? ""
                let page = try await world.get(
                    "\(path)/\(group)/events?limit=7\(start)",
                    as: speaker
                )
                #expect(page.status == 200)
                #expect(missing(page.object).isEmpty)
                pages.append(page.list("events") as NSArray)
                place = page.integer("next_\(name)")
            } while place != nil && pages.count < 60
        }
        return pages
    }

    private func tell(_ story: inout Story) throws -> Group {
        var group = try Group(.group, of: .ada, with: [.bob, .cleo], in: &story)
        for number in 1...30 {
            let post = try group.post("message \(number)", by: .ada, in: &story)
            if number.isMultiple(of: 5) {
                try group.act(.bob, .react(post.submission, emoji: "🐦"), in: &story)
            }
            if number == 12 { try group.act(.cleo, .leave, in: &story) }
            if number == 20 {
                let content = MessageContent.encodedText("edited".utf8)
                try group.act(.ada, .editMessage(post.submission, content: content), in: &story)
            }
        }
        return group
    }

    @Test(arguments: [1, 4, 11, 100])
    func pagesAreTheSameWhereverTheirEventsLie(size: Int) async throws {
        var made: Group?
        try await HistoryWorld.run(cold: library) {
            made = try tell(&$0)
        } _: { world in
            let group = try #require(made).id
            var before: [[NSArray]] = []
            for speaker in [Speaker.ada, .bob, .cleo] {
                before.append(try await pages(world, group, as: speaker))
            }
            let list = try await world.get(path, as: .cleo)
            try world.archive([group], in: library, by: size)
            for (place, speaker) in [Speaker.ada, .bob, .cleo].enumerated() {
                #expect(try await pages(world, group, as: speaker) == before[place])
            }
            #expect(!library.fetches.isEmpty)
            #expect(try await world.get(path, as: .cleo).body == list.body)
        }
    }

    @Test func aPageSaysWhatCantBeRead() async throws {
        var made: Group?
        try await HistoryWorld.run(cold: library) {
            made = try tell(&$0)
        } _: { world in
            let group = try #require(made).id
            let events = "\(path)/\(group)/events?limit=100"
            let all = try await world.get(events, as: .ada).seqs
            try world.archive([group], in: library, by: 10)
            library.damage(library.archives[0], .corrupt)
            let damaged = try await world.get(events, as: .ada)
            #expect(damaged.status == 200)
            #expect(damaged.seqs == all.filter { $0 > 10 })
            #expect(missing(damaged.object) == ["1-10 archive_corrupt"])
            // Who was not there is told of nothing that is missing elsewhere.
            library.damage(library.archives[0], nil)
            library.damage("archives/\(group)/20", .unavailable)
            let cleo = try await world.get(events, as: .cleo)
            #expect(missing(cleo.object).isEmpty)
            let ada = try await world.get(events, as: .ada)
            #expect(missing(ada.object) == ["21-30 archive_unavailable"])
            // It is asked for again each time: it may be there again.
            library.damage("archives/\(group)/20", nil)
            let whole = try await world.get(events, as: .ada)
            #expect(whole.seqs == all)
            #expect(missing(whole.object).isEmpty)
        }
    }

    @Test func withoutAnythingToReadThemFromArchivesAreUnavailable() async throws {
        var made: Group?
        try await HistoryWorld.run {
            made = try tell(&$0)
        } _: { world in
            let group = try #require(made).id
            let events = "\(path)/\(group)/events"
            let empty = try await world.get(events, as: .ada)
            #expect(empty.object["missing"] as? [[String: Any]] != nil, "always there")
            let before = try #require(
                try await world.get(path, as: .cleo).list("conversations").first
            )
            try world.archive([group], in: library, by: 10)
            let page = try await world.get("\(events)?limit=100", as: .ada)
            #expect(page.status == 200)
            #expect(page.seqs.count == 2)
            #expect(missing(page.object).first == "1-10 archive_unavailable")
            // Of who has left the last event is there, too; all else is known without it.
            let after = try #require(
                try await world.get(path, as: .cleo).list("conversations").first
            )
            #expect(before["last_event"] is [String: Any] && after["last_event"] is NSNull)
            for (name, value) in before where name != "last_event" {
                #expect(value as? NSObject == after[name] as? NSObject, "\(name)")
            }
            #expect(try await world.get("\(path)/\(group)", as: .cleo).status == 200)
        }
    }

    @Test func aListNeedsOneRoundForAllOfItsConversations() async throws {
        var groups: [ConversationID] = []
        try await HistoryWorld.run(cold: library) { story in
            for _ in 1...20 {
                var group = try Group(.group, of: .ada, with: [.bob], in: &story)
                try group.act(.bob, .leave, in: &story)
                for number in 1...5 { try group.post("\(number)", by: .ada, in: &story) }
                groups.append(group.id)
            }
        } _: { world in
            let before = try await world.get("\(path)?limit=100", as: .bob)
            #expect(before.list("conversations").count == 20)
            try world.archive(groups, in: library, by: 10)
            let after = try await world.get("\(path)?limit=100", as: .bob)
            #expect(after.body == before.body)
            #expect(library.fetches.map(\.count) == [20])
        }
    }

    @Test func aStarOnAnArchivedMessageStays() async throws {
        var made: Group?
        var posts: [TimelineEvent] = []
        try await HistoryWorld.run(cold: library) { story in
            var group = try Group(.group, of: .ada, with: [.bob], in: &story)
            for number in 1...40 {
                posts.append(try group.post("\(number)", by: .ada, in: &story))
            }
            for post in posts {
                story.set(.star(post.conversation, post.submission, isStarred: true), by: .bob)
            }
            made = group
        } _: { world in
            let group = try #require(made).id
            let before = try await world.get("/v1/starred?limit=100", as: .bob)
            #expect(before.list("events").count == 40)
            try world.archive([group], in: library, by: 20)
            let after = try await world.get("/v1/starred?limit=100", as: .bob)
            #expect(after.body == before.body)
            #expect(library.fetches.count <= 2, "all stars together")
            for archive in library.archives { library.damage(archive, .corrupt) }
            let damaged = try await world.get("/v1/starred?limit=100", as: .bob)
            #expect(damaged.status == 200)
            #expect(damaged.list("events").count == 2)
            let missing = damaged.list("missing")
            #expect(missing.count == 38)
            #expect(missing.allSatisfy { $0["reason"] as? String == "archive_corrupt" })
            #expect(missing.last?["message_id"] as? String == "\(posts[0].submission)")
        }
    }

    @Test func aSearchShowsWhatIsInArchivesAndNamesWhatCantBeRead() async throws {
        var made: Group?
        try await HistoryWorld.run(cold: library) {
            made = try tell(&$0)
        } _: { world in
            let group = try #require(made).id
            try world.write { while try $0.indexTexts(limit: 1000) > 0 {} }
            let before = try await world.get("/v1/search?q=message&limit=100", as: .ada)
            #expect(before.list("events").count == 29)
            try world.archive([group], in: library, by: 10)
            let after = try await world.get("/v1/search?q=message&limit=100", as: .ada)
            #expect(after.body == before.body)
            library.damage(library.archives[0], .corrupt)
            let damaged = try await world.get("/v1/search?q=message&limit=100", as: .ada)
            let lost = before.seqs.filter { $0 <= 10 }
            #expect(damaged.seqs == before.seqs.filter { $0 > 10 })
            let missing = damaged.list("missing")
            #expect(missing.map { $0["seq"] as? Int64 } == lost)
            #expect(missing.allSatisfy { $0["reason"] as? String == "archive_corrupt" })
            #expect(missing.allSatisfy { $0["conversation_id"] as? String == "\(group)" })
        }
    }
}
