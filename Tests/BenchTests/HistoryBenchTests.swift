import Events
import Foundation
import NIOCore
import Testing

@testable import Bench

private func answer(_ status: Int, _ body: String) -> RequestConnection.Answer {
    RequestConnection.Answer(
        status: status,
        body: ByteBuffer(string: body),
        bytes: body.utf8.count
    )
}

private func question(_ expectation: HistoryQuestion.Expectation) -> HistoryQuestion {
    HistoryQuestion(kind: .page, uri: "/", person: 0, expectation: expectation)
}

private func page(_ seqs: [Int], _ more: String = "") -> String {
    let events = seqs.map {
        #"{"kind":"reaction","seq":\#($0),"message_seq":7,"content":{"text":"\"seq\":9"}}"#
    }
    return #"{"events":[\#(events.joined(separator: ","))],"ticks":{"delivered_seq":4}\#(more)}"#
}

@Suite struct HistoryCheckTests {
    @Test(arguments: [
        (page([9, 8, 7]), HistoryCheck.Verdict.right),
        (page([9, 8, 7], #","missing":[]"#), .right),
        (page([9, 8, 7], #","missing":[{"from_seq":1}]"#), .wrong("missing")),
        (page([9, 8]), .wrong("count")),
        (page([9, 8, 6]), .wrong("seqs")),
        (page([7, 8, 9]), .wrong("seqs")),
        ("", .wrong("count")),
        (#"{"seq":"#, .wrong("count")),
    ])
    func aPageHoldsTheEventsBeforeASeq(body: String, verdict: HistoryCheck.Verdict) {
        let asked = question(.events(before: 10, count: 3))
        #expect(HistoryCheck.verdict(on: answer(200, body), to: asked) == verdict)
    }

    @Test func anAnswerThatIsNoneIsWrong() {
        let asked = question(.events(before: 10, count: 3))
        let verdict = HistoryCheck.verdict(on: answer(503, page([9, 8, 7])), to: asked)
        #expect(verdict == .wrong("http_503"))
    }

    @Test func aListHoldsTheConversationsLastSpokenInFirst() {
        func list(_ times: [Int]) -> HistoryCheck.Verdict {
            let body = times.map {
                #"{"last_server_timestamp":\#($0),"last_event":{"server_timestamp":1}}"#
            }
            let text = #"{"conversations":[\#(body.joined(separator: ","))]}"#
            return HistoryCheck.verdict(on: answer(200, text), to: question(.conversations(3)))
        }
        #expect(list([9, 9, 1]) == .right)
        #expect(list([9, 8]) == .wrong("count"))
        #expect(list([9, 1, 8]) == .wrong("order"))
    }

    @Test(arguments: [
        (["bako dune lima"], false, 1, HistoryCheck.Verdict.right),
        (["Dune; bako!"], false, 1, .right),
        ([], false, 0, .right),
        ([], false, 1, .wrong("count")),
        (["bakoo dune"], false, 1, .wrong("words")),
        (["bakoo dunes"], true, 1, .right),
        (["bako dune", "bako"], false, 1, .wrong("words")),
    ])
    func everyHitHoldsTheWords(
        texts: [String],
        arePrefixes: Bool,
        atLeast: Int,
        verdict: HistoryCheck.Verdict
    ) {
        let asked = question(
            .hits(words: ["bako", "dune"], arePrefixes: arePrefixes, atLeast: atLeast)
        )
        let events = texts.map { #"{"content":{"type":"text","text":"\#($0)"}}"# }
        func body(_ isComplete: Bool) -> String {
            #"{"events":[\#(events.joined(separator: ","))],"complete":\#(isComplete)}"#
        }
        let lowered = body(true).replacingOccurrences(of: "Dune", with: "dune")
        #expect(HistoryCheck.verdict(on: answer(200, lowered), to: asked) == verdict)
        if verdict == .right {
            let late = HistoryCheck.verdict(
                on: answer(200, lowered.replacingOccurrences(of: "true", with: "false")),
                to: asked
            )
            #expect(late == .incomplete)
        }
    }

    @Test func whateverBytesComeAreLookedAtWithoutHarm() {
        var random = SeededRandom(seed: 11)
        let whole = Array(page([9, 8, 7]).utf8)
        for _ in 0..<2000 {
            var bytes = Array(whole.prefix(random.below(whole.count + 1)))
            for _ in 0..<random.below(4) where !bytes.isEmpty {
                bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            let made = RequestConnection.Answer(
                status: 200,
                body: ByteBuffer(bytes: bytes),
                bytes: bytes.count
            )
            for expectation: HistoryQuestion.Expectation in [
                .events(before: 10, count: 3), .conversations(3),
                .hits(words: ["seq"], arePrefixes: true, atLeast: 0),
            ] {
                _ = HistoryCheck.verdict(on: made, to: question(expectation))
            }
        }
    }
}

/// A summary of three conversations of 10, 100 and 1000 events on four days.
private let summary = FillSummary(
    seed: 1,
    messages: 1110,
    accounts: 2,
    conversations: 3,
    groups: 0,
    firstDay: 100,
    people: [
        .init(account: .init(high: 1, low: 1), device: .init(high: 1, low: 1), conversations: 2),
        .init(account: .init(high: 2, low: 2), device: .init(high: 2, low: 2), conversations: 40),
    ],
    chats: [
        (10, [10, 10, 10, 10], []), (100, [0, 50, 100, 100], ["bako", "dune"]),
        (1000, [250, 500, 750, 1000], ["lima"]),
    ].enumerated().map { place, chat in
        FillSummary.Chat(
            conversation: ConversationID(high: 7, low: UInt64(place)),
            person: place % 2,
            lastSeq: chat.0,
            daySeqs: chat.1,
            words: chat.2
        )
    },
    words: .init(common: ["kalo", "mena"], rare: ["zutupiva"])
)

@Suite struct HistoryQuestionsTests {
    private func questions(
        _ kind: HistoryQuestion.Kind,
        until day: Int? = nil
    ) throws -> [HistoryQuestion] {
        var questions = try HistoryQuestions(
            summary,
            kinds: [(kind, 1)],
            archivedUntil: day,
            seed: 3
        )
        return (0..<2000).map { _ in questions.next() }
    }

    private func befores(_ questions: [HistoryQuestion], of chat: UInt64) -> [UInt64] {
        let id = ConversationID(high: 7, low: chat)
        return questions.compactMap { question in
            guard case .events(let before, 30) = question.expectation,
                question.uri
                    == "/v1/conversations/\(id)/events?before_seq=\(before)&limit=30"
            else { return nil }
            return before
        }
    }

    @Test func pagesAreWholeAndAnywhere() throws {
        let asked = try questions(.page)
        let small = befores(asked, of: 1)
        let large = befores(asked, of: 2)
        #expect(small.count + large.count == 2000)
        #expect((50...250).contains(small.count))
        #expect(small.min() ?? 0 >= 31 && small.max() ?? 0 <= 101)
        #expect((31...60).contains(large.min() ?? 0))
        #expect((950...1001).contains(large.max() ?? 0))
    }

    @Test func archivedPagesAreAsOldAsAskedForAndNeverTheNewest() throws {
        let asked = try questions(.archived, until: 102)
        #expect(befores(asked, of: 1).max() ?? 0 <= 71)
        #expect(befores(asked, of: 2).max() ?? 0 <= 751)
        #expect(try befores(questions(.archived, until: 100), of: 1).isEmpty)
        #expect(throws: BenchFailure.self) { try questions(.archived, until: 99) }
    }

    @Test func aListIsExpectedToHoldAPageAtMost() throws {
        let asked = try questions(.list)
        #expect(
            Set(asked.map(\.person)) == [0, 1]
                && asked.allSatisfy {
                    $0.expectation == .conversations($0.person == 0 ? 2 : 30)
                        && $0.uri == "/v1/conversations?limit=30"
                }
        )
    }

    @Test func searchesAskForWordsPrefixesAndTwoWordsOfOneMessage() throws {
        let rare = try questions(.searchRare)[0]
        #expect(rare.uri == "/v1/search?q=zutupiva&limit=30")
        let prefix = try questions(.searchPrefix)[0]
        #expect(prefix.uri == "/v1/search?q=zutu%2A&limit=30")
        #expect(prefix.expectation == .hits(words: ["zutu"], arePrefixes: true, atLeast: 0))
        for two in try questions(.searchTwo) {
            #expect(two.uri == "/v1/search?q=bako%20dune&limit=30")
            #expect(two.person == 1)
            #expect(
                two.expectation == .hits(words: ["bako", "dune"], arePrefixes: false, atLeast: 1)
            )
        }
        let inside = try questions(.searchInside)
        #expect(inside.allSatisfy { $0.uri.contains("&conversation_id=") })
    }
}

@Suite(.timeLimit(.minutes(2))) struct HistoryBenchTests {
    private struct Today: WallClock {
        func now() -> Timestamp { Timestamp(milliseconds: 103 * 86_400_000) }
    }

    private func run(
        _ load: HistoryPlan.Load = .page,
        perSecond: Double = 300,
        _ answer: @escaping FakeHistory.Answer
    ) async throws -> HistoryReport {
        let server = try await FakeHistory.start(answer)
        let plan = HistoryPlan(
            load: load,
            perSecond: perSecond,
            seconds: 1,
            warmup: 0.2,
            connections: 4,
            olderThanDays: 1,
            seed: 9,
            drainSeconds: 0.3
        )
        let bench = HistoryBench(
            plan: plan,
            server: server.server,
            summary: summary,
            tokens: ["first", "second"],
            processes: MeasuredProcesses(pids: [("history", getpid())]),
            clock: Today(),
            note: { _ in }
        )
        let report = try await bench.run()
        try await server.stop()
        return report
    }

    private static func before(_ head: String) -> Int? {
        head.split(separator: "before_seq=").dropFirst().first
            .flatMap { Int($0.prefix { $0.isNumber }) }
    }

    private static func good(_ head: String) -> (Int, String)? {
        guard let before = before(head) else { return (404, "") }
        return (200, page((1...30).map { before - $0 }))
    }

    @Test func whatIsDueIsAskedAndEveryAnswerChecked() async throws {
        let report = try await run { head in
            let token = head.contains("Authorization: Bearer first\r\n") ? "first" : "second"
            return head.contains(token) ? Self.good(head) : (401, "")
        }
        #expect(report.requests.started == 360)
        #expect(report.requests.answered == 360)
        #expect(report.measured == 300)
        #expect(report.isExact)
        #expect(report.latencyMilliseconds["page"]?.count == 300)
        #expect(report.latencyMilliseconds["all"]?.count == 300)
        #expect(report.costs.servers["history"] != nil)
        #expect(report.bytesPerAnswer > 500)
        #expect(report.table().contains("300 measured"))
        let json = String(decoding: try report.json(), as: UTF8.self)
        #expect(json.contains("\"latency_milliseconds\""))
    }

    @Test func aWrongAnswerIsCountedByWhatIsWrong() async throws {
        let report = try await run { head in
            guard let before = Self.before(head), before % 3 != 0 else { return (500, "{}") }
            return before % 3 == 1 ? Self.good(head) : (200, page([1]))
        }
        #expect(!report.isExact)
        #expect(report.requests.faults["page http_500"] ?? 0 > 50)
        #expect(report.requests.faults["page count"] ?? 0 > 50)
        #expect(report.requests.answered == 360)
        #expect(report.table().contains("page http_500"))
    }

    @Test func aConnectionThatClosesIsOpenedAgainAndItsRequestIsMissing() async throws {
        let report = try await run { head in
            guard let before = Self.before(head), before % 20 != 0 else { return nil }
            return Self.good(head)
        }
        #expect(!report.isExact)
        #expect(report.requests.disconnects > 3)
        #expect(report.requests.faults["disconnected"] == report.requests.disconnects)
        #expect(report.requests.unanswered == 0)
        #expect(report.requests.answered > 200)
    }

    @Test func mixedQuestionsAreToldApart() async throws {
        let report = try await run(.mixed, perSecond: 1000) { head in
            if head.contains("/v1/search") { return (200, #"{"events":[],"complete":false}"#) }
            if head.contains("/events?") { return Self.good(head) }
            let count = head.contains("Bearer first") ? 2 : 30
            let one = #"{"last_server_timestamp":5}"#
            let all = [String](repeating: one, count: count).joined(separator: ",")
            return (200, #"{"conversations":[\#(all)]}"#)
        }
        #expect(report.isExact)
        #expect(report.requests.incomplete > 20)
        #expect(report.latencyMilliseconds["searchRare"]?.count ?? 0 > 0)
        #expect(report.latencyMilliseconds["list"]?.count ?? 0 > 50)
        #expect(report.latencyMilliseconds["archived"] == nil)
    }
}
