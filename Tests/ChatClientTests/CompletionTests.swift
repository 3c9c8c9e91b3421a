import Testing

@testable import ChatClient

@Suite struct CompletionTests {
    private let choices = Completion.Choices(
        accounts: ["ada", "Adam Ant", "+15551230009", "bob"],
        destinations: ["ada", "Swifts of Lisbon", "Swallows", "bob"],
        devices: ["0abc", "0bcd"]
    )

    private func complete(_ line: String) -> String? {
        Completion.complete(line, choices)?.text
    }

    @Test func aCommandIsCompletedAsFarAsItIsCertain() {
        #expect(complete("/gr") == "/group ")
        #expect(complete("/unz") == nil)
        #expect(complete("/una") == "/unarchive ")
        #expect(complete("/un") == "/un")
        #expect(
            Completion.complete("/un", choices)?.candidates == [
                "/unarchive", "/unban", "/unblock", "/uncontact", "/unpin", "/unstar",
            ]
        )
        #expect(complete("/ow") == "/owner ")
        #expect(complete("hello") == nil)
        #expect(complete("//te") == nil)
    }

    @Test func namesAreCompletedWhereACommandTakesThem() {
        #expect(complete("/add b") == "/add bob ")
        #expect(complete("/add bob +1") == "/add bob +15551230009 ")
        #expect(complete("/add a") == "/add ada")
        #expect(complete("/add adam") == "/add \"Adam Ant\" ")
        #expect(complete("/add \"adam a") == "/add \"Adam Ant\" ")
        #expect(complete("/group Swifts adam") == "/group Swifts \"Adam Ant\" ")
        #expect(complete("/group b") == nil)
        #expect(complete("/role bob mo") == "/role bob moderator ")
        #expect(complete("/to swi") == "/to \"Swifts of Lisbon\" ")
        #expect(complete("/to swifts of") == "/to \"Swifts of Lisbon\" ")
        #expect(complete("/to sw") == "/to sw")
        #expect(complete("/disappear o") == "/disappear off ")
        #expect(complete("/invite n") == "/invite needs-approval ")
        #expect(complete("/mute 7") == "/mute 7d ")
        #expect(complete("/delete 1 m") == "/delete 1 me ")
        #expect(complete("/privacy r") == "/privacy receipts ")
        #expect(complete("/privacy receipts of") == "/privacy receipts off ")
        #expect(complete("/privacy receipts off p") == "/privacy receipts off presence ")
        #expect(complete("/uncontact ada") == "/uncontact ada")
        #expect(complete("/remove-device 0a") == "/remove-device 0abc ")
        #expect(complete("/sea") == "/search ")
        #expect(complete("/search -") == "/search --here ")
        #expect(complete("/search --here sw") == nil)
        #expect(complete("/leave x") == nil)
        #expect(complete("/fly x") == nil)
    }

    @Test func whatWasCompletedIsUnderstood() throws {
        let line = try #require(complete("/to swi"))
        #expect(try CommandTable.parse(line) == .screen(.turn("Swifts of Lisbon")))
        let add = try #require(complete("/add bob adam"))
        #expect(
            try CommandTable.parse(add) == .conversation(.add(["bob", "Adam Ant"]))
        )
    }

    @Test func quotationMarksHoldWordsTogether() {
        #expect(CommandWords(#" a "b c" d"e f"g "#).words == ["a", "b c", "de fg"])
        #expect(CommandWords("  ").words.isEmpty)
        #expect(CommandWords(#"a "b c"#).fragment == #""b c"#)
        #expect(CommandWords("a ").fragment.isEmpty)
        #expect(CommandWords("“b c” d").words == ["b c", "d"])
    }
}

@Suite struct PanelTests {
    @Test(arguments: [(80, 24), (120, 60), (80, 50), (60, 24), (40, 24), (20, 10), (20, 5)])
    func theHelpFitsAndItsPagesHaveEveryCommand(columns: Int, rows: Int) {
        let model = GroupScene.model()
        var seen = ""
        for page in 1...CommandTable.all.count {
            let panel = ChatPanel.help(page: page)
            let lines = panel.lines(columns: columns - 1, rows: rows - 4)
            #expect(lines.count <= max(0, rows - 4))
            #expect(lines.allSatisfy { DisplayWidth.of($0) <= max(columns - 1, 27) })
            seen += lines.joined(separator: "\n") + "\n"
            let screen = GroupScene.screen(model, rows: rows, columns: columns, panel: panel)
            #expect(screen.count == rows)
        }
        for spec in CommandTable.all {
            #expect(seen.contains(spec.synopsis), "\(spec.name) at \(columns) × \(rows)")
        }
    }

    @Test func onAnOrdinaryTerminalTheHelpIsOnePage() {
        let lines = ChatPanel.help(page: 1).lines(columns: 79, rows: 20)
        #expect(lines.count <= 20)
        for spec in CommandTable.all {
            #expect(lines.contains { $0.contains(spec.synopsis) })
        }
        #expect(!lines.joined().contains("goes on"))
        let tall = ChatPanel.help(page: 1).lines(columns: 100, rows: 60)
        #expect(tall.count == CommandTable.all.count)
        #expect(tall.allSatisfy { $0.contains("  ") })
    }

    @Test func choicesStandSideBySideAndTooManyAreCounted() {
        let names = (0..<30).map { "name\($0)" }
        #expect(ChatPanel.choices(["a", "b"]).lines(columns: 20, rows: 3) == ["a  b"])
        let lines = ChatPanel.choices(names).lines(columns: 20, rows: 3)
        #expect(lines.count == 3)
        #expect(lines[2] == "… and 13 more")
    }
}
