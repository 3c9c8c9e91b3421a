import Events
import Foundation
import Stores
import Testing

/// The pages of `GET /v1/conversations/{id}/events`.
@Suite struct EventPageTests {
    private static let conversation = Speaker.ada.conversation(with: .bob)
    private let path = "/v1/conversations/\(conversation)/events"

    private static func tell(_ count: Int) -> (inout Story) throws -> Void {
        { story in
            for number in 1...count {
                let (sender, recipient): (Speaker, Speaker) =
                    number.isMultiple(of: 3) ? (.bob, .ada) : (.ada, .bob)
                story.post("message \(number)", from: sender, to: recipient)
            }
        }
    }

    @Test func aPageHasTheThirtyNewestEventsNewestFirst() async throws {
        try await HistoryWorld.run(Self.tell(75)) { world in
            let first = try await world.get(path, as: .ada)
            #expect(first.status == 200)
            #expect(first.header("Content-Type") == "application/json")
            #expect(first.seqs == (46...75).reversed())
            #expect(first.integer("next_before_seq") == 46)
            #expect(first.integer("next_after_seq") == nil)
            let second = try await world.get("\(path)?before_seq=46", as: .ada)
            #expect(second.seqs == (16...45).reversed())
            let last = try await world.get("\(path)?before_seq=16", as: .ada)
            #expect(last.seqs == (1...15).reversed())
            #expect(last.object["next_before_seq"] is NSNull)
            #expect(last.object["next_after_seq"] is NSNull)
        }
    }

    @Test func withAfterSeqThePagesGoForwards() async throws {
        try await HistoryWorld.run(Self.tell(75)) { world in
            let first = try await world.get("\(path)?after_seq=0", as: .bob)
            #expect(first.seqs == Array(1...30))
            #expect(first.integer("next_after_seq") == 30)
            #expect(first.object["next_before_seq"] is NSNull)
            let last = try await world.get("\(path)?after_seq=60&limit=15", as: .bob)
            #expect(last.seqs == Array(61...75))
            #expect(last.object["next_after_seq"] is NSNull)
            let none = try await world.get("\(path)?after_seq=75", as: .bob)
            #expect(none.status == 200)
            #expect(none.seqs.isEmpty)
        }
    }

    @Test(arguments: [1, 2, 7, 30, 74, 75, 76, 100])
    func everyEventIsOnExactlyOnePageInBothDirections(limit: Int) async throws {
        try await HistoryWorld.run(Self.tell(75)) { world in
            for (name, expected) in [
                ("before_seq", Array((1...75).reversed())), ("after_seq", Array(1...75)),
            ] as [(String, [Int64])] {
                var found: [Int64] = []
                var place: Int64? = name == "after_seq" ? 0 : nil
                repeat {
                    let start = place.map { "&\(name)=\($0)" } ?? ""
                    let page = try await world.get("\(path)?limit=\(limit)\(start)", as: .ada)
                    #expect((1...limit).contains(page.seqs.count))
                    found += page.seqs
                    place = page.integer("next_\(name)")
                } while place != nil && found.count <= 75
                #expect(found == expected, "\(name)")
            }
        }
    }

    @Test func pagesBackwardsAreNotDisturbedByWhatComesMeanwhile() async throws {
        try await HistoryWorld.run { _ in
        } _: { world in
            var story = Story()
            try Self.tell(40)(&story)
            let store = try SQLiteHotStore(path: world.storePath)
            try store.apply(story.take())
            let first = try await world.get("\(path)?limit=20", as: .ada)
            for number in 41...60 { story.post("\(number)", from: .bob, to: .ada) }
            try store.apply(story.take())
            let next = try #require(first.integer("next_before_seq"))
            let second = try await world.get("\(path)?limit=20&before_seq=\(next)", as: .ada)
            #expect(first.seqs + second.seqs == (1...40).reversed())
            let fresh = try await world.get("\(path)?after_seq=40", as: .ada)
            #expect(fresh.seqs == Array(41...60))
        }
    }

    @Test func aLimitIsANumberFromOneToAHundred() async throws {
        try await HistoryWorld.run(Self.tell(101)) { world in
            let bad = [
                "0", "101", "10000", "-1", "", "x", "1.5", "1e2", "0x10", "null", "%20", "1%00",
                "9223372036854775808", "%EF%BC%91", "%FF",
            ]
            for limit in bad {
                for place in [path, "/v1/conversations"] {
                    let answer = try await world.get("\(place)?limit=\(limit)", as: .ada)
                    #expect(answer.status == 422, "\(place) \(limit)")
                    #expect(answer.problem == "invalid_parameter", "\(place) \(limit)")
                }
            }
            #expect(try await world.get("\(path)?limit=100", as: .ada).seqs.count == 100)
            #expect(try await world.get("\(path)?limit=1", as: .ada).seqs == [101])
        }
    }

    @Test func aSeqIsAWholeNumberThatIsNotNegative() async throws {
        try await HistoryWorld.run(Self.tell(3)) { world in
            for name in ["before_seq", "after_seq"] {
                for seq in ["-1", "", "x", "1.0", "9223372036854775808", "%00", "1,2"] {
                    let answer = try await world.get("\(path)?\(name)=\(seq)", as: .ada)
                    #expect(answer.problem == "invalid_parameter", "\(name) \(seq)")
                    #expect(answer.status == 422, "\(name) \(seq)")
                }
            }
            let cases: [(String, [Int64])] = [
                ("before_seq=0", []), ("before_seq=1", []), ("before_seq=2", [1]),
                ("before_seq=9223372036854775807", [3, 2, 1]), ("after_seq=0", [1, 2, 3]),
                ("after_seq=3", []), ("after_seq=9223372036854775807", []),
            ]
            for (query, seqs) in cases {
                let answer = try await world.get("\(path)?\(query)", as: .ada)
                #expect(answer.status == 200, "\(query)")
                #expect(answer.seqs == seqs, "\(query)")
            }
            let both = try await world.get("\(path)?before_seq=3&after_seq=1", as: .ada)
            #expect(both.problem == "invalid_parameter")
        }
    }

    @Test func anEventSaysEverythingAboutItself() async throws {
        let text = "a \"quote\", a \\, a line\nbreak, \u{0} and 🪶"
        let sent = Timestamp(milliseconds: 1_767_225_599_000)
        try await HistoryWorld.run { story in
            story.post(text, from: .ada, to: .bob, clientTime: sent)
            story.post(bytes: [0xFF, 0xFF], from: .bob, to: .ada)
        } _: { world in
            let events = try await world.get("\(path)?after_seq=0", as: .bob).list("events")
            try #require(events.count == 2)
            let first = NSDictionary(dictionary: events[0])
            let expected: [String: Any] = [
                "kind": "message", "conversation_id": Self.conversation.description,
                "conversation_kind": "direct", "seq": 1, "message_count": 1,
                "message_id": SubmissionID(high: 0x7000, low: 1).description,
                "sender": Speaker.ada.account.description,
                "recipient": Speaker.bob.account.description,
                "server_timestamp": 1_767_225_600_000, "client_timestamp": 1_767_225_599_000,
                "content": ["type": "text", "text": text],
            ]
            #expect(first == NSDictionary(dictionary: expected))
            #expect(events[1]["client_timestamp"] is NSNull)
            #expect(events[1]["content"] as? [String: String] == ["type": "unknown"])
        }
    }

    @Test func ticksSayHowFarWhatIsOnesOwnHasCome() async throws {
        try await HistoryWorld.run { story in
            try Self.tell(10)(&story)
            story.mark(.delivered, 9, by: .bob, with: .ada)
            story.mark(.read, 7, by: .bob, with: .ada)
        } _: { world in
            let ada = try await world.get(path, as: .ada).object["ticks"] as? [String: Any]
            #expect(ada?["kind"] as? String == "ticks")
            #expect(ada?["conversation_id"] as? String == Self.conversation.description)
            #expect((ada?["delivered_seq"] as? NSNumber)?.intValue == 9)
            #expect((ada?["read_seq"] as? NSNumber)?.intValue == 7)
            let bob = try await world.get(path, as: .bob).object["ticks"] as? [String: Any]
            #expect((bob?["delivered_seq"] as? NSNumber)?.intValue == 0)
        }
    }

    @Test func aConversationOfOthersIsOneThatDoesNotExist() async throws {
        try await HistoryWorld.run(Self.tell(3)) { world in
            let foreign = try await world.get(path, as: .cleo)
            #expect(foreign.status == 404)
            #expect(foreign.problem == "not_found")
            let ids = [
                ConversationID(high: 0, low: 1).description, "x", "%00", "..%2F..",
                Speaker.ada.account.description, String(repeating: "z", count: 2000),
            ]
            for id in ids {
                let answer = try await world.get("/v1/conversations/\(id)/events", as: .ada)
                #expect(answer.status == 404, "\(id.prefix(30))")
                #expect(answer.body == foreign.body, "who asks learns nothing: \(id.prefix(30))")
            }
        }
    }
}
