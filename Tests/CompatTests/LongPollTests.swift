import TestKit
import Testing

extension Referees {
    @Suite struct LongPollTests {
        @Test func aLongPollEndsWhenSomethingComesAndNotBefore() async throws {
            try await TestBroker.run { broker in
                try await broker.create(["busy": 1, "quiet": 1])
                var options = ClientOptions()
                (options.busy, options.quiet) = ("busy", "quiet")
                options.count = 30
                options.waitMs = 5000
                let program = try await Library.confluent.run("long_polls", options, on: broker)
                #expect(try program.all(Told.Came.self).map(\.index) == Array(0..<30))
                // Each record came by a poll of its own, while the polls of the quiet topic ran out far less often: had a
                // record waited for the end of a poll, both numbers were the same.
                let fetches = try program.only(Told.Fetches.self)
                #expect(fetches.busy >= 30, "\(fetches)")
                #expect(fetches.quiet < 30 / 2, "\(fetches)")
            }
        }
    }
}
