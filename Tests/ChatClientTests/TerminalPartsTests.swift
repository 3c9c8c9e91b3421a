import Events
import Foundation
import Testing

@testable import ChatClient
@testable import MartletClient

private let me = AccountID(high: 1, low: 1)
private let other = AccountID(high: 1, low: 2)
private let conversation = ConversationID(directBetween: me, and: other)

private func incoming(
    _ seq: UInt64,
    _ text: String,
    from sender: AccountID = other,
    id: SubmissionID? = nil,
    in place: ConversationID = conversation
) -> MessageEvent {
    MessageEvent(
        conversationID: place,
        seq: seq,
        messageCount: seq,
        messageID: id ?? ids.next(SubmissionID.self),
        sender: sender,
        recipient: sender == me ? other : me,
        serverTimestamp: Timestamp(milliseconds: 1_700_000_000_000),
        text: text
    )
}

private func event(_ message: MessageEvent) -> DeviceSession.Change {
    .event(.message(message), InboxPosition(epoch: 1, offset: Offset(Int64(message.seq))))
}

private func ticks(_ delivered: UInt64, _ read: UInt64) -> DeviceSession.Change {
    .event(
        .ticks(
            TicksEvent(conversationID: conversation, deliveredSeq: delivered, readSeq: read)
        ),
        InboxPosition(epoch: 1, offset: Offset(1))
    )
}

private func accepted(_ id: SubmissionID) -> DeviceSession.Change {
    .submission(
        id,
        .accepted(
            AcceptedMessage(
                messageID: id,
                conversationID: conversation,
                serverTimestamp: Timestamp(milliseconds: 1_700_000_000_000)
            )
        )
    )
}

private func chat(_ peer: String, conversation: ConversationID?) -> ChatModel {
    ChatModel(
        me: me,
        target: ChatTarget(.address(peer)),
        addresses: conversation.map { [peer: $0] } ?? [:]
    )
}

/// Without colours and commands.
func plain(_ row: String) -> String {
    row.replacing(#/\u{1B}\[[0-9;?]*[A-Za-z]/#, with: "")
}

@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("👩‍👩‍👧", 2), ("🇫🇷", 2), ("❤️", 2), ("ｱ", 1),
        ("\u{200B}", 0),
    ])
    func charactersTakeTheColumnsThatTerminalsGiveThem(text: String, columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
    }

    @Test func wrappedRowsFitAndLoseNothingButSpacesAtTheirEnds() {
        let text = "the quick brown 漢字漢字漢字 fox " + String(repeating: "x", count: 30)
        for columns in 2...40 {
            let rows = DisplayWidth.wrap(text, columns: columns)
            #expect(rows.allSatisfy { DisplayWidth.of($0) <= columns })
            #expect(rows.joined().replacing(" ", with: "") == text.replacing(" ", with: ""))
        }
        #expect(DisplayWidth.wrap("a\n\nb", columns: 9) == ["a", "", "b"])
    }

    @Test func aTextCannotCommandTheTerminal() {
        let text = DisplayWidth.sanitized("a\u{1B}[2J\u{9B}31m\u{202E}b\tc\r\nd\u{7}")
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(!text.unicodeScalars.contains { (0x7F..<0xA0).contains($0.value) })
        #expect(!text.contains("\u{202E}"))
        #expect(text.hasSuffix("b c\nd\u{FFFD}"))
    }
}

@Suite struct KeyTests {
    @Test func keysCutIntoSingleBytesAreTheSameKeys() {
        let input =
            "aé漢👍\u{1B}[A\u{1B}[5~\u{1B}[3~\u{1B}OH\r\u{7F}\u{3}\u{1B}[200~x\r\ny\u{1B}[201~z"
        var whole = KeyDecoder()
        let expected: [Key] = [
            .text("a"), .text("é"), .text("漢"), .text("👍"), .up, .pageUp, .delete, .home, .enter,
            .backspace, .control("c"), .paste("x\ny"), .text("z"),
        ]
        #expect(whole.decode(Array(input.utf8)) == expected)
        var bytewise = KeyDecoder()
        #expect(input.utf8.flatMap { bytewise.decode([$0]) } == expected)
    }

    @Test func bytesThatAreNoKeysAreSkipped() {
        var decoder = KeyDecoder()
        #expect(decoder.decode([0xFF, 0x80, 0xE2, 0x28, 0xA1, 0x61]) == [.text("("), .text("a")])
        #expect(decoder.decode(Array("\u{1B}[99;99X\u{1B}qb".utf8)) == [.text("b")])
    }

    @Test func theEditorEditsWholeCharacters() {
        var editor = LineEditor()
        for key: Key in [.text("a"), .text("e"), .text("\u{301}"), .text("漢"), .left, .backspace] {
            #expect(editor.press(key) == nil)
        }
        #expect(String(editor.text) == "a漢")
        #expect(editor.cursor == 1)
        for key: Key in [.home, .text("x"), .end, .text(" two  "), .control("w"), .text("3")] {
            _ = editor.press(key)
        }
        #expect(editor.press(.enter) == "xa漢 3")
        #expect(editor.text.isEmpty)
        _ = editor.press(.text("draft"))
        _ = editor.press(.up)
        #expect(String(editor.text) == "xa漢 3")
        _ = editor.press(.down)
        #expect(String(editor.text) == "draft")
        _ = editor.press(.control("u"))
        #expect(editor.press(.enter) == "")
    }
}

@Suite struct ChatModelTests {
    private func screen(_ model: ChatModel, scroll: Int = 0) -> [String] {
        let renderer = ChatRenderer(timeZone: .gmt)
        return renderer.render(
            model,
            editor: LineEditor(),
            notice: nil,
            viewport: Viewport(scroll: scroll),
            rows: 10,
            columns: 44
        ).rows.map(plain)
    }

    @Test(arguments: [5, 8, 30])
    func aPanelStandsAboveTheStatusAndTakesNoMoreRowsThanThereAre(rows: Int) {
        let panel = (1...8).map { "/command\($0)" }
        let screen = ChatRenderer(timeZone: .gmt).render(
            chat("+15551230002", conversation: nil),
            editor: LineEditor(),
            notice: nil,
            panel: .rows(panel),
            rows: rows,
            columns: 44
        ).rows.map(plain)
        #expect(screen.count == rows)
        let room = min(panel.count, rows - 4)
        let hidden = panel.count - room + 1
        let expected =
            room == panel.count
            ? panel : panel.prefix(room - 1) + ["… and \(hidden) more"]
        let shown = screen.dropLast(2).suffix(room)
        #expect(shown.map { $0.trimmingCharacters(in: .whitespaces) } == expected)
    }

    @Test func ticksTurnFromSendingToBlue() throws {
        var model = chat("+15551230002", conversation: nil)
        let message = OutgoingMessage(id: ids.next(), to: .account(other), text: "hello")
        model.submitted(message, at: Timestamp(milliseconds: 0))
        #expect(screen(model).contains("00:00 you  hello ⋯"))
        #expect(
            model.apply(accepted(message.id)) == [
                .learned(conversation, address: "+15551230002"), .load(.newest),
            ]
        )
        #expect(screen(model).contains("00:00 you  hello ✓"))
        _ = model.apply(event(incoming(1, "hello", from: me, id: message.id)))
        #expect(screen(model).contains("22:13 you  hello ✓"))
        _ = model.apply(ticks(1, 0))
        #expect(screen(model).contains("22:13 you  hello ✓✓"))
        let line = try #require(model.lines.first)
        #expect(model.state(of: line) == .delivered)
        _ = model.apply(ticks(0, 1))
        #expect(model.state(of: line) == .read)
        _ = model.apply(ticks(1, 0))
        #expect(model.state(of: line) == .read)
        #expect(model.unanswered == 0)
    }

    @Test func aFailedMessageIsCrossedAndCanBeSentAgain() {
        var model = chat("+1", conversation: conversation)
        let message = OutgoingMessage(id: ids.next(), to: .account(other), text: "hello")
        model.submitted(message, at: Timestamp(milliseconds: 0))
        _ = model.apply(.submission(message.id, .rejected(code: "too_old", detail: "")))
        #expect(screen(model).contains("           ✗ /retry: it is too old now; writ"))
        #expect(model.retry().map(\.id) == [message.id])
        #expect(screen(model).contains("00:00 you  hello ⋯"))
        #expect(model.retry().isEmpty)
    }

    @Test func whatIsShownIsReadAndWhatIsNotIsOnlyCounted() {
        var model = chat("+1", conversation: conversation)
        #expect(model.apply(event(incoming(4, "hi"))) == [.read(conversation, 4)])
        let elsewhere = ConversationID(high: 9, low: 9)
        let stranger = AccountID(high: 5, low: 5)
        #expect(model.apply(event(incoming(1, "psst", from: stranger, in: elsewhere))).isEmpty)
        #expect(model.elsewhere[elsewhere]?.count == 1)
        #expect(!screen(model).joined().contains("psst"))
        #expect(screen(model).joined().contains("1 new elsewhere"))
    }

    @Test func historyAndNewMessagesStandInTheirOrderOnceEach() {
        var model = chat("+1", conversation: conversation)
        let messages = (1...40).map { incoming(UInt64($0), "m\($0)") }
        let pending = OutgoingMessage(id: ids.next(), to: .account(other), text: "mine")
        model.submitted(pending, at: Timestamp(milliseconds: 0))
        _ = model.apply(event(messages[39]))
        let page = EventPage(
            events: messages[20..<40].reversed().map { .message($0) },
            nextBeforeSeq: 21
        )
        #expect(model.add(page, isOlder: false) == [.read(conversation, 40)])
        #expect(model.history.oldestSeq == 21)
        #expect(!model.history.hasBeginning)
        let older = messages[..<20].map { ServerEvent.message($0) }
        _ = model.add(EventPage(events: older, nextBeforeSeq: 1), isOlder: true)
        #expect(!model.history.hasBeginning)
        #expect(model.lines.compactMap(\.seq) == (1...40).map { UInt64($0) })
        #expect(model.lines.last?.text == "mine")
        _ = model.apply(event(incoming(41, "mine", from: me, id: pending.id)))
        #expect(model.lines.compactMap(\.seq) == (1...41).map { UInt64($0) })
        _ = model.add(EventPage(events: []), isOlder: true)
        #expect(model.history.hasBeginning)
    }

    @Test func aWrongGuessAtTheConversationIsPutRight() {
        var model = chat("+1", conversation: nil)
        let stranger = ConversationID(high: 9, low: 9)
        _ = model.apply(event(incoming(1, "who am I", in: stranger)))
        #expect(screen(model)[0].contains("perhaps"))
        let message = OutgoingMessage(id: ids.next(), to: .account(other), text: "hello")
        model.submitted(message, at: Timestamp(milliseconds: 0))
        #expect(
            model.apply(accepted(message.id)) == [
                .learned(conversation, address: "+1"), .load(.newest),
            ]
        )
        #expect(model.lines.map(\.text) == ["hello"])
        #expect(!screen(model)[0].contains("perhaps"))
    }

    @Test func aLongConversationScrollsToItsBeginning() {
        var model = chat("+1", conversation: conversation)
        for number in 1...50 {
            _ = model.apply(event(incoming(UInt64(number), "m\(number)")))
        }
        #expect(screen(model).contains("22:13 +1  m50"))
        #expect(screen(model, scroll: 20).contains("22:13 +1  m30"))
        let top = ChatRenderer(timeZone: .gmt).render(
            model,
            editor: LineEditor(),
            notice: nil,
            viewport: Viewport(scroll: 1000),
            rows: 10,
            columns: 44
        )
        #expect(top.viewport.scroll < 60)
        #expect(top.rows.map(plain).contains("22:13 +1  m1"))
        #expect(top.rows.count == 10)
    }

    @Test func everyRowFitsWhateverTheSizeOfTheScreen() {
        var model = chat("a-rather-long-name-of-a-person@example.org", conversation: conversation)
        _ = model.apply(event(incoming(1, "漢字 and a long long text that has to be wrapped 👩‍👩‍👧")))
        var editor = LineEditor()
        _ = editor.press(
            .paste(
                "something 漢字 long to be written here\nand on\n"
                    + String(repeating: "y", count: 300)
            )
        )
        for columns in 20...60 {
            for rows in [5, 8, 24] {
                let screen = ChatRenderer(timeZone: .gmt).render(
                    model,
                    editor: editor,
                    notice: nil,
                    rows: max(rows, 8),
                    columns: columns
                )
                #expect(screen.rows.allSatisfy { DisplayWidth.of(plain($0)) <= columns })
                #expect(screen.rows.count == max(rows, 8))
                #expect(screen.cursorRow < screen.rows.count && screen.cursorColumn < columns)
            }
        }
    }
}

@Suite struct PipeTrackerTests {
    @Test func statesAreToldOneByOneAndTheRunEndsAtItsGoal() {
        var tracker = PipeTracker(
            me: me,
            goal: .read,
            listens: false,
            receiveMax: nil,
            marksRead: true
        )
        let id = ids.next(SubmissionID.self)
        var lines: [String] = []
        func note(_ effects: [PipeTracker.Effect]) {
            for case .write(let line) in effects {
                lines.append(line.split(separator: "\"")[3].description)
            }
        }
        note(tracker.submitted(id))
        tracker.inputEnded()
        note(tracker.apply(accepted(id)))
        note(tracker.apply(event(incoming(5, "x", from: me, id: id))))
        #expect(!tracker.isDone)
        note(tracker.apply(ticks(5, 5)))
        #expect(lines == ["sending", "accepted", "sequenced", "delivered", "read"])
        #expect(tracker.isDone)
        #expect(tracker.exitCode == 0)
    }

    @Test func ticksThatComeBeforeTheNumberCountAllTheSame() {
        var tracker = PipeTracker(
            me: me,
            goal: .delivered,
            listens: false,
            receiveMax: nil,
            marksRead: true
        )
        let id = ids.next(SubmissionID.self)
        _ = tracker.submitted(id)
        tracker.inputEnded()
        _ = tracker.apply(ticks(9, 0))
        _ = tracker.apply(accepted(id))
        _ = tracker.apply(event(incoming(5, "x", from: me, id: id)))
        #expect(tracker.isDone)
    }

    @Test func aRefusedMessageMakesTheExitCodeOne() {
        var tracker = PipeTracker(
            me: me,
            goal: .accepted,
            listens: false,
            receiveMax: nil,
            marksRead: true
        )
        let id = ids.next(SubmissionID.self)
        _ = tracker.submitted(id)
        let effects = tracker.apply(
            .submission(id, .rejected(code: "message_too_long", detail: "at most 4096"))
        )
        #expect(
            effects == [
                .write(
                    "{\"state\":\"failed\",\"message_id\":\"\(id)\",\"code\":\"message_too_long\","
                        + "\"detail\":\"at most 4096\"}"
                )
            ]
        )
        tracker.inputEnded()
        #expect(tracker.isDone && tracker.exitCode == 1)
    }

    @Test func aListenerTakesAsManyAsItShould() {
        var tracker = PipeTracker(
            me: me,
            goal: .accepted,
            listens: true,
            receiveMax: 2,
            marksRead: true
        )
        tracker.inputEnded()
        let effects = tracker.apply(event(incoming(1, "a \"b\"\n\u{1B}[2J")))
        #expect(effects.last == .read(conversation, 1))
        guard case .write(let line) = effects[0] else { return }
        #expect(line.contains(#""text":"a \"b\"\n\u001b[2J""#))
        #expect(!tracker.isDone)
        _ = tracker.apply(event(incoming(2, "b")))
        #expect(tracker.isDone)
        #expect(tracker.apply(event(incoming(3, "c"))).isEmpty)
    }
}
