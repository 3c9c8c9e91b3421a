import ArgumentParser
import ClientTestSupport
import Events
import Foundation
import Testing

@testable import ChatClient
@testable import MartletClient

@Suite(.timeLimit(.minutes(2))) struct HistoryRunTests {
    /// Two accounts, and a conversation of so many messages of the first.
    private func withConversation(
        _ count: Int,
        _ body: (FakeMartlet, MartletHTTP, Credentials, Credentials) async throws -> Void
    ) async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            for number in 1...count {
                try await post("old \(number)", http, from: ada, to: .account(bob.accountID))
            }
            try await body(server, http, ada, bob)
        }
    }

    @discardableResult
    private func post(
        _ text: String,
        _ http: MartletHTTP,
        from account: Credentials,
        to recipient: OutgoingMessage.Recipient
    ) async throws -> AcceptedMessage {
        try await http.post(
            OutgoingMessage(id: ids.next(), to: recipient, text: text),
            token: account.accessToken
        )
    }

    private func pages(_ server: FakeMartlet) async throws -> [String] {
        try await server.on { $0.pages }
    }

    @Test func scrollingUpLoadsPageAfterPageUpToTheBeginning() async throws {
        try await withConversation(70) { server, http, ada, bob in
            let seat = Seat(bob, with: ChatTarget(.account(ada.accountID)), http)
            try await server.on { $0.script.holdsPages = true }
            async let running = seat.run()
            try await seat.hasOnScreen("loading messages…")
            try await server.on { $0.releasePages() }
            try await seat.hasOnScreen("old 70")
            try await server.on { $0.script.holdsPages = true }
            try await eventually("at the top") {
                seat.pressesPageUp()
                return await seat.screen.contains("loading older messages…")
            }
            // Keys that are pressed meanwhile ask for nothing more.
            for _ in 0..<5 { seat.pressesPageUp() }
            seat.types("all keys are pressed")
            try await seat.hasOnScreen("> all keys are pressed")
            try await seat.hasOnScreen("old 41")
            let before = await seat.screen
            try await server.on { $0.releasePages() }
            try await seat.hasOnScreen("old 40")
            #expect(await !seat.screen.contains("loading"))
            #expect(try await pages(server) == ["", "before_seq=41"])
            // What was on the screen is where it was.
            let rows = before.split(separator: "\n", omittingEmptySubsequences: false)
            let place = rows.firstIndex { $0.hasSuffix("old 43") }
            let now = await seat.screen.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(place == now.firstIndex { $0.hasSuffix("old 43") })
            try await eventually("at the beginning") {
                seat.pressesPageUp()
                return await seat.screen.contains("the beginning of the conversation")
            }
            #expect(
                try await pages(server) == ["", "before_seq=41", "before_seq=11"]
            )
            #expect(seat.terminal.shows("old 1"))
            seat.types("\u{15}/quit\r")
            #expect(await running == nil)
        }
    }

    @Test func aPageThatFailsIsTriedAgainByAKeyAndWhatCannotBeReadIsSaid() async throws {
        try await withConversation(50) { server, http, ada, bob in
            let seat = Seat(bob, with: ChatTarget(.account(ada.accountID)), http)
            async let running = seat.run()
            try await seat.hasOnScreen("old 50")
            try await server.on {
                $0.script.pageRefusals = Array(repeating: "store_unavailable", count: 1000)
                $0.script.missing = (1...5, "archive_corrupt")
            }
            try await eventually("failed") {
                seat.pressesPageUp()
                return await seat.screen.contains("no older messages: history can't be read")
            }
            try await seat.hasOnScreen("PageUp tries again")
            try await server.on { $0.script.pageRefusals = [] }
            try await eventually("here") {
                seat.pressesPageUp()
                return await seat.screen.contains("messages 1 to 5 can't be read")
            }
            try await seat.hasOnScreen("(archive damaged)")
            #expect(await seat.screen.contains("old 6"))
            seat.types("/quit\r")
            #expect(await running == nil)
        }
    }

    @Test func whatIsEditedWhileAPageIsUnderWayIsShownEdited() async throws {
        try await withConversation(40) { server, http, ada, bob in
            let seat = Seat(bob, with: ChatTarget(.account(ada.accountID)), http)
            async let running = seat.run()
            try await seat.hasOnScreen("old 40")
            try await seat.hasOnScreen("connected")
            let direct = ConversationID(directBetween: ada.accountID, and: bob.accountID)
            let page = try await http.events(
                of: direct,
                history: http.server,
                token: ada.accessToken,
                beforeSeq: 6,
                limit: 5
            )
            try await server.on { $0.script.holdsPages = true }
            try await eventually("loading") {
                seat.pressesPageUp()
                return await seat.screen.contains("loading older messages…")
            }
            // The page was read before this happens, and comes after it.
            let messages = page.messages
            let edit = ConversationRequest.edit(direct, messages[0].messageID, text: "changed 5")
            _ = try await http.act(edit, id: ids.next(), token: ada.accessToken)
            let deletion = ConversationRequest.delete(direct, messages[1].messageID)
            _ = try await http.act(deletion, id: ids.next(), token: ada.accessToken)
            try await post("it is done", http, from: ada, to: .account(bob.accountID))
            seat.types("/newest\r")
            try await seat.hasOnScreen("it is done")
            try await server.on { $0.releasePages() }
            try await eventually("shown") {
                seat.pressesPageUp()
                return await seat.screen.contains("changed 5 (edited)")
            }
            #expect(await seat.screen.contains("this message was deleted"))
            #expect(await !seat.screen.contains("old 4\n"))
            seat.types("/quit\r")
            #expect(await running == nil)
        }
    }

    @Test func aSearchLeadsToAHitAndFromThereUpAndDownToTheNewest() async throws {
        try await withConversation(60) { server, http, ada, bob in
            let adas = OutgoingMessage.Recipient.account(bob.accountID)
            try await post("a rare swift 漢字", http, from: ada, to: adas)
            for number in 62...130 {
                try await post("new \(number)", http, from: ada, to: adas)
            }
            let (_, carol) = try await signIn(server, "+15551230003")
            try await post("swift again", http, from: carol, to: adas)
            try await post("swift once more", http, from: carol, to: adas)
            let seat = Seat(bob, with: ChatTarget(.account(carol.accountID)), http)
            async let running = seat.run()
            try await seat.hasOnScreen("swift once more")
            try await server.on { $0.script.searchIsIncomplete = true }
            seat.types("/search swift\r")
            try await seat.hasOnScreen("“swift”: ")
            // So small a terminal shows two hits at a time.
            try await seat.hasOnScreen("swift again")
            #expect(await seat.screen.contains("not everything could be searched yet"))
            seat.pressesPageDown()
            try await seat.hasOnScreen("a rare swift 漢字")
            // The list stays while the number of a hit is typed.
            seat.types("/open ")
            try await seat.hasOnScreen("> /open ")
            #expect(await seat.screen.contains("a rare swift 漢字"))
            try await server.on { $0.script.holdsPages = true }
            seat.types("3\r")
            try await seat.hasOnScreen("loading messages…")
            try await server.on { $0.releasePages() }
            try await seat.hasOnScreen("old 60")
            try await seat.hasOnScreen("new 62")
            #expect(await !seat.screen.contains("loading"))
            try await eventually("up") {
                seat.pressesPageUp()
                return await seat.screen.contains("old 20")
            }
            try await eventually("down to the newest") {
                seat.pressesPageDown()
                return await seat.screen.contains("new 130")
            }
            try await post("the very newest", http, from: ada, to: adas)
            try await seat.hasOnScreen("the very newest")
            seat.types("/search \"rare\r")
            try await seat.hasOnScreen("q: a quotation mark is not closed")
            seat.types("/search --here swift\r")
            try await seat.hasOnScreen("“swift” here: 1 found")
            seat.types("/quit\r")
            #expect(await running == nil)
            let asked = try await server.on { $0.counts["/v1/search"] }
            #expect(asked == 4)
        }
    }

    @Test func everythingIsWrittenToAFileWholeOrNotAtAll() async throws {
        try await withTemporaryFolder { folder in
            try await withConversation(1) { server, http, ada, bob in
                let seat = Seat(bob, with: ChatTarget(.account(ada.accountID)), http)
                async let running = seat.run()
                try await seat.hasOnScreen("old 1")
                let filler = String(repeating: "z", count: 3 << 20)
                try await server.on { $0.script.exportFiller = filler }
                seat.types("/export \(folder)/all.zip\r")
                try await seat.shows("your data is in ")
                let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/all.zip")
                #expect(size[.size] as? Int == (3 << 20) + 22)
                #expect(size[.posixPermissions] as? Int == 0o600)
                seat.types("/export \(folder)/all.zip\r")
                try await seat.hasOnScreen("nothing was written: there is such a file already")
                seat.types("/export \(folder)/no/all.zip\r")
                try await seat.hasOnScreen("nothing was written: the file cannot be written there")
                try await server.on { $0.script.exportFiller = nil }
                seat.types("/export \(folder)/half.zip\r")
                try await seat.hasOnScreen("nothing was written: the archive is not whole")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["all.zip"])
                seat.types("/quit\r")
                #expect(await running == nil)
            }
        }
    }

    @Test(arguments: [false, true])
    func whoLeavesWaitsForTheExportUnlessHeInsists(insists: Bool) async throws {
        try await withTemporaryFolder { folder in
            try await withConversation(1) { server, http, ada, bob in
                let seat = Seat(bob, with: ChatTarget(.account(ada.accountID)), http)
                async let running = seat.run()
                try await seat.hasOnScreen("old 1")
                try await server.on { $0.script.holdsPages = true }
                seat.types("/export \(folder)/all.zip\r")
                try await seat.hasOnScreen("exporting, 0 bytes")
                try await eventually("asked for") {
                    try await server.on { $0.counts["/v1/export"] == 1 }
                }
                seat.types("\u{3}")
                try await seat.hasOnScreen("finishing the export")
                if insists {
                    seat.types("\u{3}")
                } else {
                    try await server.on { $0.releasePages() }
                }
                #expect(await running == nil)
                let files = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(files == (insists ? [] : ["all.zip"]))
            }
        }
    }

    // MARK: Between pipes

    private func questions(
        _ http: MartletHTTP,
        _ account: Credentials,
        _ output: Collector<String>
    ) -> PipeQuestions {
        let session = DeviceSession(http: http, configuration: .init(credentials: account))
        return PipeQuestions(
            services: ChatServices(http: http, session: session),
            write: { line in
                output.add(line)
                return true
            }
        )
    }

    @Test func whatIsFoundIsALineEachAndAtLastWhetherThatIsAll() async throws {
        try await withConversation(250) { server, http, _, bob in
            let output = Collector<String>()
            let pipe = questions(http, bob, output)
            try await pipe.search("old", in: nil, countMax: nil)
            #expect(output.all.count == 251)
            #expect(output.all[0].hasPrefix("{\"state\":\"found\",\"message_id\":\""))
            #expect(output.all[0].hasSuffix("\"text\":\"old 250\"}"))
            #expect(output.all[250] == "{\"state\":\"searched\",\"found\":250,\"complete\":true}")
            let few = Collector<String>()
            try await server.on { $0.script.searchIsIncomplete = true }
            try await questions(http, bob, few).search("old", in: nil, countMax: 3)
            #expect(few.all.count == 4)
            #expect(few.all[3] == "{\"state\":\"searched\",\"found\":3,\"complete\":false}")
            await #expect(throws: ClientError(.init("invalid_parameter"))) {
                try await pipe.search("\"old", in: nil, countMax: nil)
            }
        }
    }

    @Test func anExportBetweenPipesSaysWhereItIs() async throws {
        try await withTemporaryFolder { folder in
            try await withConversation(1) { _, http, _, bob in
                let output = Collector<String>()
                try await questions(http, bob, output).export(to: "\(folder)/a.zip")
                #expect(
                    output.all == [
                        "{\"state\":\"exported\",\"path\":\"\(folder)/a.zip\",\"bytes\":22}"
                    ]
                )
            }
        }
    }

    @Test(arguments: [
        (["--as", "+15551230001", "--search", "swift"], true),
        (["--as", "+15551230001", "--search", "swift", "--to", "+15551230002"], true),
        (["--as", "+15551230001", "--export", "a.zip"], true),
        (["--as", "+15551230001", "--export", "a.zip", "--search", "swift"], false),
        (["--as", "+15551230001", "--listen", "--search", "swift"], false),
    ])
    func oneThingIsAskedForAtATime(arguments: [String], isUnderstood: Bool) {
        #expect(((try? ChatCommand.parse(arguments)) != nil) == isUnderstood)
    }
}

@Suite(.timeLimit(.minutes(2))) struct HistoryRequestTests {
    @Test func aSearchIsAskedForWithItsWordsWhole() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            let words = ["a & b=c?", "漢字 #1 + 2%", "\"two words\" three*"]
            for text in ["a & b=c?", "漢字 #1 + 2%"] {
                _ = try await http.post(
                    OutgoingMessage(id: ids.next(), to: .account(bob.accountID), text: text),
                    token: ada.accessToken
                )
            }
            for (place, text) in words.enumerated() {
                let page = try await http.search(
                    text,
                    history: http.server,
                    token: bob.accessToken,
                    limit: 1
                )
                #expect(page.messages.count == (place < 2 ? 1 : 0))
                #expect(page.isComplete)
            }
        }
    }

    @Test func aPageSaysWhatIsMissingFromIt() {
        let text =
            #"{"events":[],"next_before_seq":9,"missing":[{"from_seq":1,"to_seq":40,"#
            + #""reason":"archive_corrupt"},{"from_seq":7,"to_seq":3,"reason":"x"},{"reason":1},"#
            + #"{"from_seq":50,"to_seq":50,"reason":"archive_unavailable","more":{}}]}"#
        var text8 = text
        let page = text8.withUTF8 { bytes -> EventPage? in
            var reader = JSONReader(UnsafeRawBufferPointer(bytes))
            return try? EventPage(reading: &reader)
        }
        #expect(page?.nextBeforeSeq == 9)
        #expect(
            page?.missing == [
                MissingRange(fromSeq: 1, toSeq: 40, reason: .archiveCorrupt),
                MissingRange(fromSeq: 50, toSeq: 50, reason: .archiveUnavailable),
            ]
        )
    }

    @Test func aSearchSaysWhatItFoundAndCannotRead() {
        var text =
            #"{"events":[{"kind":"new"}],"next_before":null,"complete":false,"missing":[{"#
            + #""conversation_id":"\#(GroupScene.group)","seq":7,"reason":"archive_corrupt"},7,{}]}"#
        let page = text.withUTF8 { bytes -> SearchPage? in
            var reader = JSONReader(UnsafeRawBufferPointer(bytes))
            return try? SearchPage(reading: &reader)
        }
        let missing = SearchPage.Missing(
            conversationID: GroupScene.group,
            seq: 7,
            reason: .archiveCorrupt
        )
        #expect(page == SearchPage(messages: [], isComplete: false, missing: [missing]))
    }

    @Test func aSyncPageHasConversationsWithWhatCame() {
        var text =
            #"{"conversations":[{"conversation_id":"\#(GroupScene.group)","#
            + #""conversation_kind":"group","name":"Swifts","last_seq":9,"last_event":null,"#
            + #""events":[{"kind":"new"},7],"more":true,"missing":[{"from_seq":3,"to_seq":4,"#
            + #""reason":"archive_unavailable"}]},{"events":[]}],"next":"1~a","since":null}"#
        let page = text.withUTF8 { bytes -> SyncPage? in
            var reader = JSONReader(UnsafeRawBufferPointer(bytes))
            return try? SyncPage(reading: &reader)
        }
        #expect(page?.items.map(\.summary.conversationID) == [GroupScene.group])
        #expect(page?.items.first?.summary.name == "Swifts")
        #expect(page?.items.first?.events == [.unknown(kind: "new"), .unknown(kind: "")])
        #expect(page?.items.first?.hasMore == true)
        #expect(
            page?.items.first?.missing == [
                MissingRange(fromSeq: 3, toSeq: 4, reason: .archiveUnavailable)
            ]
        )
        #expect(page?.next == "1~a" && page?.since == nil)
    }

    @Test func anExportThatBreaksOffLeavesNothingAndAnOldPartIsNoObstacle() async throws {
        try await withTemporaryFolder { folder in
            try await withServer { server in
                let (http, ada) = try await signIn(server, "+15551230001")
                let path = "\(folder)/a.zip"
                try Data("old".utf8).write(to: URL(filePath: "\(path).part"))
                try await server.on { $0.script.exportFiller = nil }
                await #expect(throws: ClientError(.badResponse)) {
                    try await http.export(
                        history: http.server,
                        token: ada.accessToken,
                        to: path
                    )
                }
                await #expect(throws: ClientError(.unauthenticated)) {
                    try await http.export(history: http.server, token: "x", to: path)
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
                try await server.on { $0.script.exportFiller = "entries" }
                let told = Collector<Int64>()
                let count = try await http.export(
                    history: http.server,
                    token: ada.accessToken,
                    to: path
                ) { told.add($0) }
                #expect(count == 29)
                #expect(try Data(contentsOf: URL(filePath: path)).count == 29)
            }
        }
    }
}
