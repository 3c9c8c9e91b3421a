import ArgumentParser
import EventLog
import Events
import Foundation
import LogTail
import SwiftProtobuf
import Testing

@testable import Operator

/// Letters about records of an account and of a conversation.
private struct Post {
    static let now = Timestamp(milliseconds: 1_770_000_000_000)
    static let account = AccountID(high: 1, low: 2)

    static func submission(
        _ text: String = "nobody is to see this",
        age: Duration = .seconds(60)
    ) throws -> [UInt8] {
        let time = UInt64((now - age).milliseconds)
        let id = SubmissionID(high: time << 16 | 0x7000, low: 0x8000_0000_0000_0001)
        return try PBSubmission.with {
            $0.submissionID = .init(id.bytes)
            $0.conversationID = .init(account.bytes)
            $0.postMessage.content.text.text = text
        }.serializedBytes()
    }

    static func name(_ name: String, at milliseconds: Int64 = 1) throws -> [UInt8] {
        try PBAccountRecord.with {
            $0.accountID = .init(account.bytes)
            $0.serverTimeMs = milliseconds
            $0.registered.name = name
        }.serializedBytes()
    }

    static func letter(
        _ offset: Int64 = 4,
        about topic: Topic? = .submissions,
        at origin: Int64 = 7,
        value: [UInt8],
        code: String = "undecodable",
        consumer: String = "router",
        detail: String = ""
    ) throws -> FiledLetter {
        let letter = PBDeadLetter.with {
            if let topic {
                $0.origin =
                    Origin(
                        topicNumber: topic.number,
                        partition: Partition(3),
                        offset: Offset(origin)
                    ).message
            }
            $0.consumer = consumer
            $0.code = code
            $0.detail = detail
            $0.originalKey = Data(account.bytes)
            $0.originalValue = Data(value)
        }
        let record = LogRecord(
            topicPartition: TopicPartition(.deadLetters, Partition(0)),
            offset: Offset(offset),
            timestamp: now - .seconds(30),
            key: account.bytes,
            value: try letter.serializedBytes()
        )
        return FiledLetter(record: record, letter: letter)
    }

    static func record(
        _ topic: Topic = .submissions,
        _ partition: Int32 = 3,
        at offset: Int64,
        key: [UInt8] = account.bytes,
        value: [UInt8]
    ) -> LogRecord {
        LogRecord(
            topicPartition: TopicPartition(topic, Partition(partition)),
            offset: Offset(offset),
            timestamp: now,
            key: key,
            value: value
        )
    }

    static func later(_ letters: [FiledLetter], _ records: [LogRecord] = []) -> LaterRecords {
        var sought = LettersSought()
        for letter in letters { sought.add(letter) }
        var later = LaterRecords(sought)
        for record in records { later.take(record) }
        return later
    }

    /// What a plan decides about letters, one after the other.
    static func verdicts(
        _ letters: [FiledLetter],
        _ records: [LogRecord] = [],
        isForced: Bool = false
    ) -> [RedrivePlan.Verdict] {
        var plan = RedrivePlan(later: later(letters, records), now: now, isForced: isForced)
        return letters.map { plan.judge($0) }
    }
}

extension RedrivePlan.Verdict {
    fileprivate var sent: OutgoingRecord? {
        if case .send(let record) = self { record } else { nil }
    }
    fileprivate var needlessness: String? {
        if case .needless(let reason) = self { reason } else { nil }
    }
    fileprivate var refusal: String? {
        if case .refused(let reason) = self { reason } else { nil }
    }
}

@Suite struct DeadLetterRedriveTests {
    @Test func anInputGoesBackToWhereItCameFrom() throws {
        let value = try Post.submission()
        let letter = try Post.letter(value: value)
        let verdicts = Post.verdicts([letter])
        let record = try #require(verdicts[0].sent)
        #expect(record.topic == .submissions)
        #expect(record.partition == Partition(3))
        #expect(record.key == Post.account.bytes)
        #expect(record.value == value)
    }

    @Test(arguments: [Topic.timeline, .inbox, .memberships, .routes])
    func aDerivedRecordDoesNot(topic: Topic) throws {
        let letter = try Post.letter(about: topic, value: [1])
        let verdicts = Post.verdicts([letter], isForced: true)
        #expect(try #require(verdicts[0].refusal).contains("derived"))
    }

    @Test func whatIsNotWholeIsNeverSent() throws {
        let value = try Post.submission()
        for letter in [
            try Post.letter(about: nil, value: value), try Post.letter(value: []),
            try Post.letter(value: value, detail: "value cut from 900000 bytes; x"),
        ] {
            let verdicts = Post.verdicts([letter], isForced: true)
            #expect(verdicts[0].refusal != nil)
        }
    }

    @Test func whatWasSentBeforeIsNotSentTwice() throws {
        let value = try Post.submission()
        let letter = try Post.letter(value: value)
        let copy = Post.record(at: 20, value: value)
        let verdicts = Post.verdicts([letter], [copy])
        #expect(try #require(verdicts[0].needlessness).contains("submissions/3@20"))
        let forced = Post.verdicts([letter], [copy], isForced: true)
        #expect(forced[0].sent != nil)
    }

    @Test func onlyTheSameBytesBehindItAreACopy() throws {
        let value = try Post.submission()
        let letter = try Post.letter(value: value)
        let verdicts = Post.verdicts(
            [letter],
            [
                Post.record(at: 7, value: value), Post.record(at: 6, value: value),
                Post.record(at: 8, key: [9], value: value),
                Post.record(at: 9, value: try Post.submission("another")),
                Post.record(.submissions, 2, at: 10, value: value),
                Post.record(.receipts, at: 11, value: value),
            ]
        )
        #expect(verdicts[0].sent != nil)
    }

    @Test func ofARecordThatFailedAgainOnlyTheLastLetterIsSent() throws {
        let value = try Post.submission()
        let first = try Post.letter(4, at: 7, value: value)
        let second = try Post.letter(5, at: 20, value: value)
        let verdicts = Post.verdicts([first, second], [Post.record(at: 20, value: value)])
        #expect(verdicts[0].needlessness != nil)
        #expect(verdicts[1].sent != nil)
    }

    @Test func twoConsumersLettersSendOneRecord() throws {
        let value = try Post.name("Ada")
        let letters = [
            try Post.letter(4, about: .accounts, value: value, consumer: "persistence"),
            try Post.letter(5, about: .accounts, value: value, consumer: "push"),
        ]
        for isForced in [false, true] {
            let verdicts = Post.verdicts(letters, isForced: isForced)
            #expect(verdicts[0].sent != nil)
            #expect(verdicts[1].needlessness != nil)
        }
    }

    @Test func anOvertakenChangeOfAnAccountIsNotBroughtBack() throws {
        let letter = try Post.letter(about: .accounts, value: try Post.name("Ada"))
        let newer = Post.record(.accounts, at: 9, value: try Post.name("Ada L.", at: 2))
        let verdicts = Post.verdicts([letter], [newer])
        #expect(try #require(verdicts[0].refusal).contains("accounts/3@9"))
    }

    @Test func whatSaysSomethingElseOvertakesNothing() throws {
        let letter = try Post.letter(about: .accounts, value: try Post.name("Ada"))
        let privacy: [UInt8] = try PBAccountRecord.with {
            $0.accountID = .init(Post.account.bytes)
            $0.setPrivacy.readReceipts = false
        }.serializedBytes()
        let verdicts = Post.verdicts([letter], [Post.record(.accounts, at: 9, value: privacy)])
        #expect(verdicts[0].sent != nil)
    }

    @Test func whatCannotBeDecodedWouldOnlyComeBack() throws {
        let letter = try Post.letter(value: [0xFF])
        let verdicts = Post.verdicts([letter])
        #expect(try #require(verdicts[0].refusal).contains("come back"))
        let forced = Post.verdicts([letter], isForced: true)
        #expect(forced[0].sent != nil)
    }

    @Test func anIdOlderThanTheRouterRemembersIsRefused() throws {
        let days14 = Duration.seconds(14 * 86_400)
        for (age, isRefused) in [(days14 - .seconds(1), false), (days14 + .seconds(1), true)] {
            let letter = try Post.letter(value: try Post.submission(age: age))
            let verdicts = Post.verdicts([letter])
            #expect((verdicts[0].refusal != nil) == isRefused)
        }
    }

    @Test func aSearchBeginsBehindTheOldestRecordOfEachPartition() throws {
        var sought = LettersSought()
        let value = try Post.submission()
        sought.add(try Post.letter(4, at: 20, value: value))
        sought.add(try Post.letter(5, at: 7, value: value))
        sought.add(try Post.letter(6, about: .timeline, at: 1, value: value))
        let partition = TopicPartition(.submissions, Partition(3))
        #expect(Array(sought.searches.keys) == [partition])
        #expect(sought.searches[partition]?.offset == Offset(8))
    }
}

@Suite struct DeadLetterChoiceTests {
    @Test func lettersAreChosenByWhatTheyAreAbout() throws {
        let letter = try Post.letter(value: [1])
        #expect(LetterFilter().admits(letter))
        #expect(LetterFilter(topic: .submissions, consumer: "router").admits(letter))
        #expect(LetterFilter(offsets: [Offset(4)], code: "undecodable").admits(letter))
        #expect(!LetterFilter(offsets: [Offset(5)]).admits(letter))
        #expect(!LetterFilter(topic: .accounts).admits(letter))
        #expect(!LetterFilter(consumer: "push").admits(letter))
        #expect(!LetterFilter(code: "no_origin").admits(letter))
        #expect(!LetterFilter(topic: .submissions).admits(try Post.letter(about: nil, value: [1])))
    }

    @Test(arguments: [
        ["--topic", "submission"], ["--since", "yesterday"],
    ])
    func whatNamesNothingIsRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try LetterFilterOptions.parse(arguments) }
    }

    @Test(arguments: [
        ([], false), (["4"], true), (["--all"], true), (["--code", "x"], true),
        (["--since", "-1d"], true), (["4", "--all"], false), (["4", "--code", "x"], false),
        (["--dry-run"], false), (["--all", "--dry-run"], true),
    ])
    func redriveMustBeToldWhich(arguments: [String], isFine: Bool) {
        let command = try? DeadLettersRedriveCommand.parse(arguments)
        #expect((command != nil) == isFine)
    }

    @Test func lettersAreCountedByCauseTheMostFrequentFirst() throws {
        var counts = LetterCounts()
        for offset in 0..<3 { counts.add(try Post.letter(Int64(offset), value: [1])) }
        counts.add(
            try Post.letter(9, about: .accounts, value: [1], code: "no_origin", consumer: "push")
        )
        let lines = counts.lines(Palette(isColoured: false))
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("       3  undecodable"))
        #expect(lines[2].contains("no_origin") && lines[2].contains("accounts"))
        #expect(
            counts.objects.first?.text
                == #"{"code":"undecodable","consumer":"router","topic":"submissions","letters":3}"#
        )
    }

    @Test func madeUpCodesDoNotFillTheMemory() throws {
        var counts = LetterCounts()
        for number in 0..<(LetterCounts.kindsMax + 50) {
            counts.add(try Post.letter(Int64(number), value: [1], code: "code-\(number)"))
        }
        #expect(counts.counts.count == LetterCounts.kindsMax)
        #expect(counts.total == LetterCounts.kindsMax + 50)
    }
}

@Suite struct DeadLetterReportTests {
    private func report(_ letter: FiledLetter, showsContent: Bool) -> LetterReport {
        LetterReport(
            letter: letter,
            later: Post.later(
                [letter],
                [Post.record(at: 20, value: Array(letter.letter.originalValue))]
            ),
            comebacks: [Offset(11)],
            showsContent: showsContent,
            palette: Palette(isColoured: false)
        )
    }

    @Test func causeOriginAndWhatCameAfterAreTold() throws {
        let letter = try Post.letter(value: try Post.submission(), detail: "a field is missing")
        let text = report(letter, showsContent: false).lines.joined(separator: "\n")
        #expect(text.contains("undecodable: a field is missing"))
        #expect(text.contains("submissions/3@7"))
        #expect(text.contains("sent again: submissions/3@20"))
        #expect(text.contains("failed again: dead letter 11"))
        #expect(text.contains("post_message"))
        #expect(text.contains(Post.account.description))
    }

    @Test func whatPeopleWroteIsShownOnlyIfAskedFor() throws {
        let letter = try Post.letter(value: try Post.submission("a secret"))
        for isAsked in [true, false] {
            let report = report(letter, showsContent: isAsked)
            for text in [report.lines.joined(separator: "\n"), report.object.text] {
                #expect(text.contains("a secret") == isAsked)
                #expect(text.contains(HexDump.text(Array(letter.letter.originalValue))) == isAsked)
            }
        }
    }

    @Test func bytesAreShownInGroups() {
        #expect(HexDump.text([0, 1, 2, 3, 255]) == "00010203 ff")
        #expect(HexDump.text([UInt8](repeating: 0, count: 5000)).hasSuffix(" …"))
    }
}
