import Events
import Foundation
import Testing

@testable import ChatClient
@testable import MartletClient

private let group = GroupScene.group
private let now = GroupScene.now

@Suite struct HistoryRenderingTests {
    private let renderer = ChatRenderer(timeZone: .gmt)

    private func render(
        _ model: ChatModel,
        _ viewport: Viewport,
        rows: Int = 14,
        columns: Int = 60,
        panel: ChatPanel? = nil
    ) -> ChatRenderer.Screen {
        renderer.render(
            model,
            editor: LineEditor(),
            notice: nil,
            panel: panel,
            viewport: viewport,
            rows: rows,
            columns: columns
        )
    }

    private func page(_ seqs: ClosedRange<UInt64>, of last: UInt64) -> EventPage {
        EventPage(
            events: seqs.reversed().map { .message(message($0)) },
            nextBeforeSeq: seqs.lowerBound > 1 ? seqs.lowerBound : nil,
            nextAfterSeq: seqs.upperBound < last ? seqs.upperBound : nil
        )
    }

    /// Every day has seven messages; every third takes two rows.
    private func message(_ seq: UInt64) -> MessageEvent {
        let text = seq.isMultiple(of: 3) ? "m\(seq)\nand more" : "m\(seq)"
        var message = GroupScene.message(seq, .text(text))
        message.serverTimestamp = now + .seconds(Int64(seq / 7) * 86_400)
        return message
    }

    /// The rows of the conversation on a screen.
    private func body(_ screen: ChatRenderer.Screen) -> [String] {
        screen.rows.dropFirst().dropLast(2).map(plain)
    }

    private func place(_ text: String, _ screen: ChatRenderer.Screen) -> Int? {
        body(screen).firstIndex { $0.hasSuffix(text) }
    }

    private func model() -> ChatModel {
        var model = GroupScene.model()
        _ = model.add(page(71...100, of: 100), isOlder: false)
        return model
    }

    @Test func theSameLineStaysInItsPlaceWhenOlderAndNewerOnesCome() throws {
        var model = model()
        var viewport = Viewport()
        viewport.move(up: 1000)
        var screen = render(model, viewport)
        #expect(screen.marks.map(\.text) == ["… older messages: PageUp"])
        let row = try #require(place("m72", screen))
        _ = model.fetch(towards: screen.marks, goingUp: true)
        screen = render(model, screen.viewport)
        #expect(screen.marks.map(\.text) == ["loading older messages…"])
        #expect(place("m72", screen) == row)
        _ = model.add(page(41...70, of: 100), for: .before(71))
        screen = render(model, screen.viewport)
        #expect(place("m72", screen) == row)
        #expect(place("m70", screen) == row - 2)
        #expect(screen.marks.isEmpty)
        for seq: UInt64 in 101...104 {
            _ = model.apply(GroupScene.change(message(seq)))
            screen = render(model, screen.viewport)
            #expect(place("m72", screen) == row)
        }
        _ = model.say("mine", id: ids.next(), now: now)
        screen = render(model, screen.viewport)
        #expect(place("m72", screen) == row)
    }

    @Test func theLineStaysWhenLinesAtTheOtherEndAreForgotten() throws {
        var model = GroupScene.model()
        model.linesMax = 300
        let last = UInt64(model.linesMax + 60)
        _ = model.add(page(61...last - 10, of: last), isOlder: false)
        var viewport = Viewport()
        viewport.move(up: 100_000)
        var screen = render(model, viewport)
        let row = try #require(place("m62", screen))
        _ = model.fetch(.before(61))
        _ = model.add(page(31...60, of: last), for: .before(61))
        #expect(model.history.end == .open)
        screen = render(model, screen.viewport)
        #expect(place("m62", screen) == row)
    }

    @Test func aGapThatIsFilledFromAboveIsReadFromThereOn() throws {
        var model = model()
        let hit = message(40)
        _ = model.fetch(.around(40))
        _ = model.add(page(35...50, of: 100), for: .around(40))
        var viewport = Viewport(goal: hit.messageID)
        viewport.goal = model.lines.first { $0.seq == 50 }?.id
        var screen = render(model, viewport)
        #expect(screen.marks.map(\.text) == ["… more messages: PageUp or PageDown"])
        let row = try #require(place("m50", screen))
        #expect(place("m71", screen) != nil)
        _ = model.fetch(towards: screen.marks, goingUp: false)
        screen = render(model, screen.viewport)
        #expect(place("m50", screen) == row)
        let newer = EventPage(
            events: (51...70).map { .message(message($0)) },
            nextAfterSeq: 70
        )
        _ = model.add(newer, for: .after(50))
        screen = render(model, screen.viewport)
        #expect(place("m50", screen) == row)
        #expect(place("m52", screen) != nil)
        #expect(screen.marks.isEmpty)
    }

    @Test func atTheEndOfWhatIsHereNothingMovesWhenMoreComes() throws {
        var model = GroupScene.model()
        model.history.leaveEnd()
        _ = model.fetch(.around(40))
        _ = model.add(page(31...50, of: 100), for: .around(40))
        var screen = render(model, Viewport())
        let row = try #require(place("m50", screen))
        #expect(screen.marks.map(\.text) == ["… newer messages: PageDown"])
        _ = model.fetch(towards: screen.marks, goingUp: false)
        let newer = EventPage(
            events: (51...100).map { .message(message($0)) }
        )
        _ = model.add(newer, for: .after(50))
        screen = render(model, screen.viewport)
        #expect(place("m50", screen) == row)
        #expect(screen.viewport.scroll > 0)
        var down = screen.viewport
        down.move(up: -1000)
        screen = render(model, down)
        #expect(screen.viewport == Viewport())
        #expect(place("m100", screen) != nil)
    }

    @Test func aLineThatOneGoesToIsInTheMiddleAndMarked() throws {
        var model = model()
        let hit = try #require(model.lines.first { $0.seq == 80 })
        model.goal = MessagePlace(hit.id, seq: 80)
        let screen = render(model, Viewport(goal: hit.id))
        let row = try #require(place("m80", screen))
        #expect((4...7).contains(row))
        let stamp = TextStyle.reverse("22:13")
        #expect(screen.rows.filter { $0.hasPrefix(stamp) }.count == 1)
        #expect(render(model, screen.viewport).rows == screen.rows)
        // What is not there is not waited for.
        let nowhere = render(model, Viewport(goal: ids.next()))
        #expect(place("m100", nowhere) != nil)
    }

    @Test func theEndOfTheConversationIsFollowed() {
        var model = model()
        var screen = render(model, Viewport())
        _ = model.apply(GroupScene.change(message(101)))
        screen = render(model, screen.viewport)
        #expect(place("m101", screen) == 10)
    }

    // MARK: Widths

    /// Marks of all kinds between lines, and hits of all kinds.
    private func busyModel() -> ChatModel {
        var model = model()
        _ = model.fetch(.around(40))
        var page = page(35...50, of: 100)
        page.missing = [
            MissingRange(fromSeq: 36, toSeq: 39, reason: .archiveCorrupt),
            MissingRange(fromSeq: 45, toSeq: 45, reason: .archiveUnavailable),
            MissingRange(fromSeq: 47, toSeq: 48, reason: .init(rawValue: "漢字\u{1B}[2J")),
        ]
        _ = model.add(page, for: .around(40))
        _ = model.fetch(.before(35))
        _ = model.notFetched(.before(35), "the server cannot take anything at the moment")
        _ = model.fetch(.after(50))
        _ = model.run("/search swift \u{1B}[2J", id: ids.next(), now: now)
        let long = String(repeating: "漢字 and more ", count: 20) + "a swift\n\u{1B}[31mred"
        let hits = [long, "swift", "a", ""].enumerated().map {
            GroupScene.message(UInt64($0.offset), .text($0.element))
        }
        guard let request = model.search?.request else { return model }
        _ = model.found(
            SearchPage(
                messages: hits,
                nextBefore: "x",
                isComplete: false,
                missing: [.init(conversationID: group, seq: 7, reason: .archiveCorrupt)]
            ),
            for: request
        )
        return model
    }

    @Test(arguments: [false, true])
    func everyRowFitsWhateverTheSizeOfTheScreen(isSearching: Bool) {
        let model = busyModel()
        for columns in Array(20...34) + [40, 50, 60, 71, 72, 73, 74, 90, 120] {
            for rows in [5, 6, 8, 12, 24, 80] {
                let screen = render(
                    model,
                    Viewport(),
                    rows: rows,
                    columns: columns,
                    panel: isSearching ? .search : nil
                )
                #expect(screen.rows.count == rows)
                let plain = screen.rows.map(plain)
                #expect(plain.allSatisfy { DisplayWidth.of($0) <= columns })
                #expect(!plain.joined().unicodeScalars.contains { $0.value < 0x20 })
            }
        }
    }

    @Test func hitsAreListedWithTimeAndPlaceAndWhatWasFoundIsMarked() {
        let model = busyModel()
        let wide = render(model, Viewport(), rows: 24, columns: 100, panel: .search).rows
        let head = "1 2023-11-14 22:13 Swifts of Lisbon · ada: "
        let first = wide.first { plain($0).contains(head) } ?? ""
        #expect(first.contains("a \(TextStyle.reverse("swift")) "))
        #expect(plain(first).contains("\(head)…"))
        #expect(wide.map(plain).contains { $0.contains("not everything could be searched yet") })
        let missing = " 1 more found that can't be read at the moment (archive damaged)"
        #expect(wide.map(plain).contains(missing))
        #expect(wide.map(plain).contains { $0.contains("/open N goes there, PageDown") })
        let narrow = render(model, Viewport(), rows: 24, columns: 50, panel: .search).rows
        let place = narrow.firstIndex { plain($0).contains("2 2023-11-14 22:13 Swifts") }
        #expect(place.map { narrow[$0 + 1] } == "   \(TextStyle.reverse("swift"))")
    }

    @Test func hitsOfOneConversationDoNotNameItAndNoneIsSaid() {
        var model = model()
        _ = model.run("/search --here m99", id: ids.next(), now: now)
        #expect(
            render(model, Viewport(), panel: .search).rows.map(plain)
                .contains(" searching for “m99” here…")
        )
        guard let request = model.search?.request else { return }
        _ = model.found(SearchPage(messages: []), for: request)
        #expect(
            render(model, Viewport(), panel: .search).rows.map(plain)
                .contains(" “m99” here: nothing was found")
        )
    }
}
