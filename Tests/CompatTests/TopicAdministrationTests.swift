import TestKit
import Testing

extension Referees {
    @Suite struct TopicAdministrationTests {
        @Test(arguments: Library.allCases)
        func topicsAreMadeShownGrownAndDeletedAndMistakesAreToldApart(
            library: Library
        ) async throws {
            try await TestBroker.run { broker in
                var options = ClientOptions()
                options.topic = "orders"
                let program = try await library.run("topics", options, on: broker)
                #expect(
                    try program.all() == [
                        Told.Outcome(what: "create", code: 0),
                        Told.Outcome(what: "create again", code: 36),
                        Told.Outcome(what: "create badly named", code: 17),
                        Told.Outcome(what: "create empty", code: 37),
                        Told.Outcome(what: "create misconfigured", code: 40),
                        Told.Outcome(what: "grow", code: 0),
                        Told.Outcome(what: "shrink", code: 37),
                        Told.Outcome(what: "delete", code: 0),
                        Told.Outcome(what: "delete again", code: 3),
                    ]
                )
                let listed = try program.all(Told.Listed.self)
                #expect(listed.map { $0.topics.contains("orders") } == [true, true, false])
                #expect(listed.allSatisfy { !$0.topics.contains { $0.hasPrefix("orders-") } })
                let described = try program.all(Told.Described.self)
                #expect(described.map(\.partitions) == [[0, 1, 2], [0, 1, 2, 3, 4]])
                #expect(try program.only(Told.Config.self).value == "123456789")
            }
        }
    }
}
