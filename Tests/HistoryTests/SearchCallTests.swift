import Conversations
import Events
import Foundation
import Stores
import Testing

/// The answers of `GET /v1/search`.
@Suite(.onEveryEngine)
struct SearchCallTests {
    private func path(_ query: String, _ rest: String = "") throws -> String {
        let text = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
        return "/v1/search?q=\(try #require(text))\(rest)"
    }

    private func run(
        _ tell: @escaping (inout Story) throws -> Void,
        _ body: (HistoryWorld) async throws -> Void
    ) async throws {
        try await HistoryWorld.run(nil as ((inout Story) throws -> Void)?) { world in
            var story = Story()
            try tell(&story)
            try world.write { store in
                try store.apply(story.take())
                while try store.indexTexts(limit: 1000) > 0 {}
            }
            try await body(world)
        }
    }

    @Test func wordsBeginningsAndPhrasesAreFoundTheNewestFirst() async throws {
        try await run { story in
            story.post("the swift flies", from: .ada, to: .bob)
            story.post("swiftly said", from: .bob, to: .ada)
            story.post("flies the swift", from: .ada, to: .cleo)
            story.post("nothing", from: .ada, to: .cleo)
        } _: { world in
            let cases: [(String, [String])] = [
                ("swift", ["flies the swift", "the swift flies"]),
                ("SWIFT*", ["flies the swift", "swiftly said", "the swift flies"]),
                ("\"the swift\"", ["flies the swift", "the swift flies"]),
                ("\"swift flies\"", ["the swift flies"]),
                ("swift nothing", []),
            ]
            try await world.settle()
            for (query, expected) in cases {
                let answer = try await world.get(try path(query), as: .ada)
                #expect(answer.status == 200, "\(query)")
                let texts = answer.list("events").map {
                    ($0["content"] as? [String: Any])?["text"] as? String
                }
                #expect(texts == expected, "\(query)")
                #expect(answer.object["complete"] as? Bool == true)
                #expect(answer.object["next_before"] is NSNull)
                #expect((answer.object["missing"] as? [Any])?.isEmpty == true)
            }
            let conversation = Speaker.ada.conversation(with: .bob)
            let one = try await world.get(
                try path("swift", "&conversation_id=\(conversation)"),
                as: .ada
            )
            #expect(
                one.list("events").map { $0["conversation_id"] as? String } == ["\(conversation)"]
            )
            #expect(try await world.get(try path("swift"), as: .dan).list("events").isEmpty)
            let foreign = try await world.get(
                try path("swift", "&conversation_id=\(conversation)"),
                as: .dan
            )
            #expect(foreign.status == 404 && foreign.problem == "not_found")
        }
    }

    @Test func everyMessageFoundIsOnExactlyOnePage() async throws {
        try await run { story in
            for number in 1...25 { story.post("word \(number)", from: .ada, to: .bob) }
        } _: { world in
            try await world.settle()
            for limit in [1, 7, 24, 25, 26] {
                var seqs: [Int64] = []
                var next: String?
                repeat {
                    let rest = next.map { "&before=\($0)" } ?? ""
                    let page = try await world.get(
                        try path("word", "&limit=\(limit)\(rest)"),
                        as: .bob
                    )
                    seqs += page.seqs
                    next = page.object["next_before"] as? String
                } while next != nil && seqs.count < 100
                #expect(seqs == (1...25).reversed(), "\(limit)")
            }
        }
    }

    @Test func aSearchThatCantBeUnderstoodSaysWhy() async throws {
        try await run { story in
            story.post("needle", from: .ada, to: .bob)
        } _: { world in
            try await world.settle()
            let queries = [
                "", " ", "\"", "\"open", "*", "a*", "!!", String(repeating: "x", count: 201),
                (1...11).map { "w\($0)" }.joined(separator: " "),
            ]
            var details: Set<String> = []
            for query in queries {
                let answer = try await world.get(try path(query), as: .ada)
                #expect(answer.status == 422 && answer.problem == "invalid_parameter", "\(query)")
                details.insert(answer.object["detail"] as? String ?? "")
            }
            #expect(details.count == 5)
            let rests = [
                "&limit=0", "&limit=10000", "&before=x", "&before=-1", "&before=0",
                "&conversation_id=x", "&conversation_id=",
            ]
            for rest in rests {
                let answer = try await world.get(try path("word", rest), as: .ada)
                #expect(answer.status == 422 && answer.problem == "invalid_parameter", "\(rest)")
            }
            #expect(try await world.get("/v1/search", as: .ada).status == 422)
            #expect(!world.capture.text.contains("open"))
        }
    }

    @Test func whatIsNotIndexedYetIsSaid() async throws {
        try await HistoryWorld.run { story in
            story.post("word", from: .ada, to: .bob)
        } _: { world in
            let early = try await world.get(try path("word"), as: .ada)
            #expect(early.object["complete"] as? Bool == false)
            try world.write { while try $0.indexTexts(limit: 1000) > 0 {} }
            let late = try await world.get(try path("word"), as: .ada)
            #expect(late.object["complete"] as? Bool == true)
            #expect(late.seqs == [1])
        }
    }
}
