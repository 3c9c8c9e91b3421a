import Accounts
import Conversations
import Events
import Foundation
import ServerSupport
import Stores
import Testing

/// What an export says of the messages that the account has starred.
@Suite(.onEveryEngine)
struct ExportStarTests {
    /// The ids in an export's account file, in its order.
    private func stars(_ world: HistoryWorld) async throws -> [String] {
        let answer = try await world.get("/v1/export", as: .ada)
        #expect(answer.status == 200)
        let path = world.folder + "/export.zip"
        try answer.body.write(to: URL(fileURLWithPath: path))
        let script = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1]) as archive:
                print(archive.read("account.json").decode("utf-8"))
            """
        let text = try await TestServer.run("/usr/bin/env", ["python3", "-c", script, path])
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let stars = json?["starred"] as? [[String: String]] ?? []
        return stars.compactMap { $0["message_id"] }
    }

    @Test func theyAreListedWhetherTheyCanBeReadOrNot() async throws {
        let library = ColdLibrary()
        var made: Group?
        var starred: [String] = []
        try await HistoryWorld.run(cold: library) { story in
            story.register(.ada, name: "Ada")
            var group = try Group(.group, of: .ada, with: [.bob], in: &story)
            starred = []
            for number in 1...250 {
                let message = try group.post("message \(number)", by: .bob, in: &story).submission
                story.set(.star(group.id, message, isStarred: true), by: .ada)
                starred.append(message.description)
            }
            made = group
        } _: { world in
            let group = try #require(made).id
            #expect(try await stars(world) == starred.reversed())
            try world.archive([group], in: library, by: 50)
            library.damage("archives/\(group)/50", .corrupt)
            library.damage("archives/\(group)/100", .unavailable)
            let found = try await stars(world)
            #expect(found.count == starred.count)
            #expect(Set(found) == Set(starred))
        }
    }
}
