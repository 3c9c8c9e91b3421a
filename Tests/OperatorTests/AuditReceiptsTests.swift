import Conversations
import EventLog
import Events
import SwiftProtobuf
import Testing

@testable import Operator

/// A conversation that is audited pass by pass; what is read counts as done with at once, unless it is said otherwise.
private struct Room {
    static let timeline = TopicPartition(.timeline, Partition(0))
    static let receipts = TopicPartition(.receipts, Partition(0))
    let ada = AccountID(high: 1, low: 1)
    let bob = AccountID(high: 2, low: 2)
    let cleo = AccountID(high: 3, low: 3)
    let id = ConversationID(high: 9, low: 9)
    let kind: ConversationKind
    private var audit = ReceiptsAudit(partitions: 1)
    private var seq: UInt64 = 0
    private var marks: Int64 = 0
    private var endsBefore: [TopicPartition: Offset] = [:]
    /// Whether receipts is done with what there is.
    var isAbreast = true
    private var committed: [TopicPartition: Offset] = [:]

    init(_ kind: ConversationKind) {
        self.kind = kind
    }

    mutating func post(_ sender: AccountID, to recipient: AccountID? = nil, withheld: Bool = false)
    {
        let post = MessagePost(recipient: recipient, text: "hello".utf8)
        add(sender, .messagePosted(post), isWithheld: withheld)
    }

    mutating func change(_ account: AccountID, _ role: Role?) {
        add(account, .acted(.leave), [TimelineEvent.MemberChange(account, role)])
    }

    private mutating func add(
        _ sender: AccountID,
        _ body: TimelineEvent.Body,
        _ changes: [TimelineEvent.MemberChange] = [],
        isWithheld: Bool = false
    ) {
        seq += 1
        audit.take(
            TimelineEvent(
                origin: Origin(topicNumber: 1, partition: Partition(0), offset: Offset(0)),
                conversation: id,
                kind: kind,
                seq: seq,
                messageCount: seq,
                serverTime: Timestamp(milliseconds: 1),
                clientTime: Timestamp(milliseconds: 1),
                sender: sender,
                device: DeviceID(high: 1, low: 1),
                submission: SubmissionID(high: 1, low: seq),
                body: body,
                memberChanges: changes,
                isWithheld: isWithheld
            )
        )
    }

    mutating func mark(
        _ account: AccountID,
        delivered: UInt64 = 0,
        read: UInt64 = 0,
        isPrivate: Bool = false
    ) throws {
        var receipt = PBReceipt()
        receipt.conversationID = .init(id.bytes)
        receipt.accountID = .init(account.bytes)
        receipt.marks.deliveredSeq = delivered
        receipt.marks.readSeq = read
        receipt.marks.private = isPrivate
        audit.take(
            LogRecord(
                topicPartition: Self.receipts,
                offset: Offset(marks),
                timestamp: Timestamp(milliseconds: 1),
                key: nil,
                value: Array(try receipt.serializedData())
            )
        )
        marks += 1
    }

    mutating func tell(_ account: AccountID, delivered: UInt64 = 0, read: UInt64 = 0) {
        audit.take(.ticks(account, id, delivered: delivered, read: read))
    }

    mutating func tell(_ account: AccountID, own seq: UInt64) {
        audit.take(.readMark(account, id, seq: seq))
    }

    /// What a pass finds.
    mutating func pass(isWhole: Bool = true) -> [AuditFinding.Kind] {
        let positions = [Self.timeline: Offset(Int64(seq)), Self.receipts: Offset(marks)]
        if isAbreast { committed = positions }
        let cut = ReceiptsAudit.Cut(
            committed: committed,
            endsBefore: endsBefore,
            positions: positions
        )
        endsBefore = positions
        return audit.judge(cut) { _ in isWhole }.map(\.kind)
    }

    /// No more doubts are taken up.
    mutating func close() { audit.isOpen = false }

    var suspicions: Int { audit.suspicions }
}

@Suite struct AuditReceiptsTests {
    private func direct() -> Room {
        var room = Room(.direct)
        room.post(room.ada, to: room.bob)
        room.post(room.ada, to: room.bob)
        return room
    }

    @Test func ticksThatWereToldAreAsTheyShouldBe() throws {
        var room = direct()
        #expect(room.pass() == [])
        try room.mark(room.bob, delivered: 2, read: 1)
        room.tell(room.ada, delivered: 2, read: 1)
        room.tell(room.bob, own: 1)
        #expect(room.pass() == [])
        #expect(room.suspicions == 0)
    }

    @Test func ticksThatAreDueAreMissingOnlyWhenReceiptsHadEveryChanceToTell() throws {
        var room = direct()
        try room.mark(room.bob, delivered: 2)
        #expect(room.pass() == [])
        #expect(room.suspicions == 1)
        #expect(room.pass() == [])
        #expect(room.pass() == [.missing])
        // It is found once.
        #expect(room.pass() == [])
        #expect(room.suspicions == 0)
    }

    @Test func ticksThatAreLateAreNotMissing() throws {
        var room = direct()
        #expect(room.pass() == [])
        room.isAbreast = false
        try room.mark(room.bob, delivered: 2)
        for _ in 0..<10 { #expect(room.pass() == []) }
        #expect(room.suspicions == 1)
        room.isAbreast = true
        #expect(room.pass() == [])
        room.tell(room.ada, delivered: 2)
        #expect(room.pass() == [])
        #expect(room.suspicions == 0)
    }

    @Test func ticksThatTheMarksDoNotAccountForAreWrong() throws {
        var room = direct()
        room.tell(room.ada, delivered: 1)
        // The mark may be in what has not been read yet.
        #expect(room.pass() == [])
        #expect(room.pass() == [.wrong])
        #expect(room.pass() == [])

        var early = direct()
        early.tell(early.ada, delivered: 1)
        #expect(early.pass() == [])
        try early.mark(early.bob, delivered: 1)
        #expect(early.pass() == [])
        #expect(early.suspicions == 0)
    }

    @Test func onALiveSystemTheDoubtsOfOnePassComeToAnEnd() throws {
        var room = direct()
        room.isAbreast = false
        try room.mark(room.bob, delivered: 1)
        #expect(room.pass() == [])
        room.close()
        try room.mark(room.bob, delivered: 2)
        room.tell(room.ada, delivered: 1)
        #expect(room.pass() == [])
        #expect(room.suspicions == 0)
    }

    @Test func whatIsReadInPrivateIsForOnesOwnDevicesAlone() throws {
        var room = direct()
        try room.mark(room.bob, read: 2, isPrivate: true)
        room.tell(room.ada, delivered: 2)
        room.tell(room.bob, own: 2)
        for _ in 0..<4 { #expect(room.pass() == []) }
        #expect(room.suspicions == 0)
        room.tell(room.ada, delivered: 2, read: 2)
        #expect(room.pass() == [])
        #expect(room.pass() == [.wrong])
    }

    @Test func aReadMarkIsTheHighestThatThereIsToRead() throws {
        var room = direct()
        try room.mark(room.bob, read: 7)
        room.tell(room.ada, delivered: 2, read: 2)
        #expect(room.pass() == [])
        #expect(room.pass() == [])
        #expect(room.pass() == [.missing])
        room.tell(room.bob, own: 7)
        #expect(room.pass() == [])
        #expect(room.pass() == [.wrong])
    }

    @Test func whoComesIsNotWaitedForAndWhoLeavesNoLonger() throws {
        var room = Room(.group)
        for account in [room.ada, room.bob] { room.change(account, .member) }
        room.post(room.ada)
        room.change(room.cleo, .member)
        try room.mark(room.bob, delivered: 4, read: 4)
        room.tell(room.ada, delivered: 3, read: 3)
        room.tell(room.bob, own: 4)
        #expect(room.pass() == [])
        #expect(room.suspicions == 0)
        room.post(room.ada)
        try room.mark(room.bob, delivered: 5)
        #expect(room.pass() == [])
        #expect(room.suspicions == 0)
        room.change(room.cleo, nil)
        #expect(room.pass() == [])
        #expect(room.suspicions == 1)
        room.tell(room.ada, delivered: 5, read: 3)
        #expect(room.pass() == [])
        #expect(room.suspicions == 0)
    }

    /// Receipts tells whoever has left nothing: what was owed before the leaving is not missing.
    @Test func whoLeavesWhileTicksAreOwedIsOwedNothingAnyMore() throws {
        var room = Room(.group)
        for account in [room.ada, room.bob, room.cleo] { room.change(account, .member) }
        room.post(room.ada)
        for account in [room.bob, room.cleo] { try room.mark(account, delivered: 4) }
        #expect(room.pass() == [])
        #expect(room.suspicions == 1)
        room.change(room.ada, nil)
        for _ in 0..<4 { #expect(room.pass() == []) }
        #expect(room.suspicions == 0)
    }

    @Test func theLastThatLeavesKeepsCounting() throws {
        var room = Room(.group)
        for account in [room.ada, room.bob] { room.change(account, .member) }
        room.post(room.ada)
        room.change(room.bob, nil)
        for _ in 0..<4 { #expect(room.pass() == []) }
        room.change(room.cleo, .member)
        room.tell(room.ada, delivered: 3, read: 3)
        for _ in 0..<4 { #expect(room.pass() == []) }
        #expect(room.suspicions == 0)
    }

    @Test func whatIsWithheldGetsNoTicks() throws {
        var room = direct()
        room.post(room.ada, to: room.bob, withheld: true)
        try room.mark(room.bob, delivered: 3, read: 3)
        room.tell(room.ada, delivered: 2, read: 2)
        room.tell(room.bob, own: 3)
        for _ in 0..<4 { #expect(room.pass() == []) }
        #expect(room.suspicions == 0)
    }

    @Test func channelsHaveNoTicksAndReadMarksAllTheSame() throws {
        var room = Room(.channel)
        room.change(room.ada, .owner)
        room.post(room.ada)
        try room.mark(room.bob, read: 2)
        #expect(room.pass() == [])
        #expect(room.suspicions == 1)
        room.tell(room.bob, own: 2)
        #expect(room.pass() == [])
        #expect(room.suspicions == 0)
        room.tell(room.ada, delivered: 2)
        #expect(room.pass() == [])
        #expect(room.pass() == [.wrong])
    }

    @Test func whatAnInboxThatBeginsLaterLacksIsTakenAsTold() throws {
        var room = direct()
        try room.mark(room.bob, read: 2)
        #expect(room.pass(isWhole: false) == [])
        #expect(room.suspicions == 0)
        room.post(room.ada, to: room.bob)
        try room.mark(room.bob, read: 3)
        #expect(room.pass() == [])
        #expect(room.suspicions == 3)
    }
}

@Suite struct OwnSeqsTests {
    @Test func theHighestAtOrBelowAMarkIsFound() {
        var seqs = OwnSeqs()
        for seq in [2, 3, 4, 8, 9] { seqs.append(UInt64(seq)) }
        let found = (1...10).map { seqs.highest(atMost: UInt64($0)) }
        #expect(found == [nil, 2, 3, 4, 4, 4, 4, 8, 9, 9])
        seqs.forget(below: 4)
        #expect(seqs.highest(atMost: 3) == nil)
        #expect(seqs.highest(atMost: 5) == 4)
        #expect(seqs.last == 9)
    }

    @Test func ofTooManyRunsNothingIsSaidThatIsNotSure() {
        var seqs = OwnSeqs()
        let all = (1...UInt64(1000)).map { $0 * 2 }
        for seq in all { seqs.append(seq) }
        for mark in UInt64(1)...2001 {
            let real = all.last { $0 <= mark }
            let found = seqs.highest(atMost: mark)
            #expect(found ?? 0 <= real ?? 0)
            if mark > 1600 { #expect(found == real) }
        }
        seqs.forget(below: 1900)
        #expect(seqs.highest(atMost: 1900) == 1900)
    }
}
