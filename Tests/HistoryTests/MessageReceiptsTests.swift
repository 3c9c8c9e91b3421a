import Conversations
import Events
import Foundation
import Stores
import Testing

/// The answers of `GET /v1/messages/{id}/receipts`.
@Suite struct MessageReceiptsTests {
    private func path(_ id: SubmissionID) -> String { "/v1/messages/\(id)/receipts" }

    private func only(_ answer: HistoryWorld.Answer) throws -> [String: Any] {
        let receipts = answer.list("receipts")
        try #require(receipts.count == 1)
        return receipts[0]
    }

    private func time(_ receipt: [String: Any], _ name: String) -> Int64? {
        (receipt[name] as? NSNumber)?.int64Value
    }

    @Test func theyFollowAMessageFromItsPostToItsReading() async throws {
        try await HistoryWorld.run { _ in
        } _: { world in
            var story = Story()
            let store = try SQLiteHotStore(path: world.storePath)
            story.post("before", from: .ada, to: .bob)
            let event = story.post("hello", from: .ada, to: .bob)
            try store.apply(story.take())
            let posted = try await world.get(path(event.submission), as: .ada)
            #expect(posted.status == 200)
            #expect(posted.object["message_id"] as? String == event.submission.description)
            #expect(posted.object["conversation_id"] as? String == event.conversation.description)
            #expect(posted.integer("seq") == 2)
            #expect(posted.object["sender"] as? String == Speaker.ada.account.description)
            #expect(try only(posted)["account_id"] as? String == Speaker.bob.account.description)
            #expect(try only(posted)["delivered_timestamp"] is NSNull)
            #expect(try only(posted)["read_timestamp"] is NSNull)
            // A mark below it is not about it.
            story.mark(.read, 1, by: .bob, with: .ada)
            let delivered = story.time
            story.mark(.delivered, 2, by: .bob, with: .ada)
            try store.apply(story.take())
            let arrived = try only(try await world.get(path(event.submission), as: .ada))
            #expect(time(arrived, "delivered_timestamp") == delivered.milliseconds)
            #expect(arrived["read_timestamp"] is NSNull)
            let read = story.time
            story.mark(.read, 5, by: .bob, with: .ada)
            story.mark(.read, 9, by: .bob, with: .ada)
            try store.apply(story.take())
            let answer = try await world.get(path(event.submission), as: .ada)
            let receipt = try only(answer)
            #expect(time(receipt, "delivered_timestamp") == delivered.milliseconds)
            #expect(time(receipt, "read_timestamp") == read.milliseconds)
            #expect(answer.object["next_cursor"] is NSNull)
            // They are the author's.
            let refused = try await world.get(path(event.submission), as: .bob)
            #expect(refused.status == 403)
            #expect(refused.problem == "not_allowed")
        }
    }

    @Test func whatWasReadHasArrivedWhicheverMarkCameFirst() async throws {
        try await HistoryWorld.run { story in
            story.post("hello", from: .ada, to: .bob)
            story.mark(.read, 1, by: .bob, with: .ada)
        } _: { world in
            let id = SubmissionID(high: 0x7000, low: 1)
            let receipt = try only(try await world.get(path(id), as: .ada))
            let read = time(receipt, "read_timestamp")
            #expect(read != nil)
            #expect(time(receipt, "delivered_timestamp") == read)
        }
    }

    @Test func aMessageOfOthersIsOneThatDoesNotExist() async throws {
        try await HistoryWorld.run {
            $0.post("x", from: .ada, to: .bob)
        } _: { world in
            let id = SubmissionID(high: 0x7000, low: 1)
            let foreign = try await world.get(path(id), as: .cleo)
            #expect(foreign.status == 404)
            #expect(foreign.problem == "not_found")
            let unknown = try await world.get(path(SubmissionID(high: 9, low: 9)), as: .ada)
            #expect(unknown.body == foreign.body)
            for text in ["x", "%00", String(repeating: "z", count: 2000)] {
                let answer = try await world.get("/v1/messages/\(text)/receipts", as: .ada)
                #expect(answer.status == 404, "\(text.prefix(20))")
                #expect(answer.body == foreign.body, "\(text.prefix(20))")
            }
        }
    }
}
