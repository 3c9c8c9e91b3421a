import Events
import Foundation
import Testing

@testable import ChatClient
@testable import MartletClient

@Suite struct GroupRenderingTests {
    /// Everything that can be shown, with long and wide names and texts.
    private func model() -> ChatModel {
        var model = GroupScene.model()
        let long =
            "漢字 and a long long text that has to be wrapped 👩‍👩‍👧 " + String(repeating: "x", count: 50)
        var updates = MessageUpdates()
        updates.editedAt = GroupScene.now
        updates.reactions = ["👍", "❤️", "🎉", "👩‍👩‍👧"].map {
            MessageUpdates.Reaction(emoji: $0, count: 1234)
        }
        let first = GroupScene.message(1, .text(long), from: GroupScene.bob, updates: updates)
        let poll = Poll(question: long, options: [long, "short", "\u{1B}[2J"])
        _ = model.apply(GroupScene.change(first))
        _ = model.apply(
            GroupScene.change(
                GroupScene.message(2, .poll(poll), from: GroupScene.me, replyTo: first.messageID)
            )
        )
        _ = model.apply(
            GroupScene.change(GroupScene.message(3, .text("a"), replyTo: ids.next()))
        )
        let invite = ConversationInvite(token: GroupScene.token, needsApproval: true)
        _ = model.apply(GroupScene.change(GroupScene.event(4, .inviteCreated(invite))))
        let name = ConversationProfile(name: long + "\u{1B}[31m\n")
        _ = model.apply(GroupScene.change(GroupScene.event(5, .profileChanged(name))))
        let failed = ids.next(SubmissionID.self)
        _ = model.say("it fails", id: failed, now: GroupScene.now)
        _ = model.fail(failed, "not_a_member", "")
        let asked = ids.next(SubmissionID.self)
        _ = model.run("/add \(GroupScene.carol)", id: asked, now: GroupScene.now)
        _ = model.fail(asked, "conversation_full", "")
        return model
    }

    @Test(arguments: [false, true])
    func everyRowFitsWhateverTheSizeOfTheScreen(showsNumbers: Bool) {
        var model = model()
        model.showsNumbers = showsNumbers
        for columns in 20...70 {
            for rows in [5, 8, 24, 60] {
                let screen = GroupScene.screen(model, rows: rows, columns: columns)
                #expect(screen.count == rows)
                #expect(
                    screen.allSatisfy { DisplayWidth.of($0) <= columns },
                    "\(columns) × \(rows)"
                )
            }
        }
    }

    @Test func nothingOfOtherPeoplesCommandsTheTerminal() {
        let rows = ChatRenderer(timeZone: .gmt).render(
            model(),
            editor: LineEditor(),
            notice: nil,
            rows: 60,
            columns: 60
        ).rows.map(plain)
        #expect(!rows.joined().unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
    }

    @Test func aReplyHasWhatItAnswersAboveItInOneRow() {
        var model = GroupScene.model()
        let first = GroupScene.message(1, .text("shall we\nsleep?"), from: GroupScene.bob)
        _ = model.apply(GroupScene.change(first))
        _ = model.apply(
            GroupScene.change(GroupScene.message(2, .text("yes"), replyTo: first.messageID))
        )
        let screen = GroupScene.screen(model)
        let place = screen.firstIndex(of: "22:13 ada  │ Bob Byrd: shall we sleep?")
        #expect(place.map { screen[$0 + 1] } == "           yes")
        _ = model.apply(
            GroupScene.change(GroupScene.message(3, .text("what?"), replyTo: ids.next()))
        )
        #expect(GroupScene.screen(model).contains("22:13 ada  │ an earlier message"))
        _ = model.apply(
            GroupScene.change(
                GroupScene.event(4, .deleted(MessagePlace(first.messageID, seq: 1)))
            )
        )
        #expect(
            GroupScene.screen(model)
                .contains("22:13 ada  │ Bob Byrd: this message was deleted")
        )
    }

    @Test func numbersCountMessagesFromTheNewest() {
        var model = GroupScene.model()
        for seq in 1...12 {
            _ = model.apply(
                GroupScene.change(GroupScene.message(UInt64(2 * seq), .text("m\(seq)")))
            )
            let left = GroupScene.event(UInt64(2 * seq + 1), .memberLeft, from: GroupScene.carol)
            _ = model.apply(GroupScene.change(left))
        }
        model.showsNumbers = true
        let screen = GroupScene.screen(model, rows: 40)
        #expect(screen.contains("1 22:13 ada  m12"))
        #expect(screen.contains("12 22:13 ada  m1"))
    }
}
