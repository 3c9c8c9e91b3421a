import Events
import MartletClient
import TestKit
import Testing

/// The judge of groups is judged first: each kind of wrong must be found.
@Suite struct GroupLedgerTests {
    private typealias Kind = GroupLedger.Findings.Kind
    private typealias Key = Ledger.DeviceKey

    private let owner = AccountID(high: 1, low: 1)
    private let alice = AccountID(high: 2, low: 2)
    private let bob = AccountID(high: 3, low: 3)
    private let group = ConversationID(high: 9, low: 9)

    private func id(_ number: UInt64) -> SubmissionID { SubmissionID(high: 7, low: number) }

    private func position(_ offset: UInt64) -> InboxPosition {
        InboxPosition(epoch: 1, offset: Offset(Int64(offset)))
    }

    private func message(
        _ number: UInt64,
        seq: UInt64,
        by sender: AccountID,
        text: String? = nil
    ) -> ServerEvent {
        .message(
            MessageEvent(
                conversationID: group,
                conversationKind: "group",
                seq: seq,
                messageCount: seq,
                messageID: id(number),
                sender: sender,
                recipient: nil,
                serverTimestamp: Timestamp(milliseconds: 0),
                text: text ?? "text \(number)"
            )
        )
    }

    private func change(
        _ number: UInt64,
        seq: UInt64,
        by sender: AccountID,
        _ change: ConversationChange,
        _ members: [MemberChange] = []
    ) -> ServerEvent {
        .conversation(
            ConversationEvent(
                conversationID: group,
                conversationKind: "group",
                seq: seq,
                messageCount: 0,
                submissionID: id(number),
                sender: sender,
                serverTimestamp: Timestamp(milliseconds: 0),
                members: members,
                change: change
            )
        )
    }

    /// Asks for something that the log takes at once.
    private func ask(
        _ ledger: inout GroupLedger,
        _ number: UInt64,
        _ request: GroupLedger.Request,
        by actor: AccountID,
        token: String? = nil
    ) {
        ledger.sending(id(number), request, by: actor, in: group)
        ledger.settled(id(number), .acknowledged(group), token: token)
    }

    private func tell(
        _ ledger: inout GroupLedger,
        _ accounts: [AccountID],
        at offset: UInt64,
        _ event: ServerEvent
    ) {
        for account in accounts { _ = ledger.received(Key(account), position(offset), event) }
    }

    private func reject(
        _ ledger: inout GroupLedger,
        _ number: UInt64,
        _ code: String,
        _ account: AccountID,
        at offset: UInt64
    ) {
        let rejection = RejectedEvent(
            messageID: id(number),
            conversationID: group,
            code: code,
            detail: ""
        )
        tell(&ledger, [account], at: offset, .rejected(rejection))
    }

    /// Alice is there from the beginning, is put out, and wants to write; Bob comes by a link and writes.
    private func good() -> GroupLedger {
        var ledger = GroupLedger()
        for account in [owner, alice, bob] { ledger.opened(Key(account), at: position(0)) }
        ask(&ledger, 1, .create([alice]), by: owner)
        ask(&ledger, 2, .post("text 2"), by: alice)
        ask(&ledger, 3, .createInvite, by: owner, token: "link")
        ask(&ledger, 4, .join(token: "link"), by: bob)
        ask(&ledger, 5, .remove(alice), by: owner)
        ask(&ledger, 6, .post("text 6"), by: alice)
        ask(&ledger, 7, .post("text 7"), by: bob)
        let everybody = [owner, alice, bob]
        let creating = ConversationChange.created(ConversationProfile(), ConversationSettings())
        let members = [MemberChange(owner, .owner), MemberChange(alice, .member)]
        tell(&ledger, [owner, alice], at: 1, change(1, seq: 1, by: owner, creating, members))
        tell(&ledger, [owner, alice], at: 2, message(2, seq: 2, by: alice))
        let invite = ConversationChange.inviteCreated(ConversationInvite(token: "link"))
        tell(&ledger, [owner], at: 3, change(3, seq: 3, by: owner, invite))
        let joined = [MemberChange(bob, .member)]
        tell(&ledger, everybody, at: 4, change(4, seq: 4, by: bob, .memberJoined, joined))
        let removed = [MemberChange(alice, nil)]
        tell(&ledger, everybody, at: 5, change(5, seq: 5, by: owner, .memberRemoved, removed))
        reject(&ledger, 6, "not_a_member", alice, at: 6)
        tell(&ledger, [owner, bob], at: 7, message(7, seq: 6, by: bob))
        tell(&ledger, [bob], at: 8, ticks(delivered: 6))
        return ledger
    }

    private func ticks(delivered: UInt64) -> ServerEvent {
        .ticks(TicksEvent(conversationID: group, deliveredSeq: delivered, readSeq: 0))
    }

    private func wrong(_ ledger: GroupLedger) -> Set<Kind> { ledger.findings().wrong.kinds }

    @Test func aGoodRunIsClean() {
        let findings = good().findings()
        #expect(findings.isClean, "\(findings)")
        #expect(findings.asked == 7 && findings.acknowledged == 7)
        #expect(findings.events == 6 && findings.moves == 3)
        #expect(findings.rejected == ["not_a_member": 1])
    }

    @Test func aRepeatedFrameIsNoHarm() {
        var ledger = good()
        tell(&ledger, [bob], at: 7, message(7, seq: 6, by: bob))
        #expect(ledger.findings().isClean)
        #expect(ledger.findings().resends == 1)
    }

    @Test func whatIsNeitherThereNorRejectedIsFound() {
        var ledger = good()
        ask(&ledger, 8, .post("text 8"), by: bob)
        #expect(wrong(ledger) == [.lost])
        #expect(ledger.findings().description.contains("acknowledged and lost 1"))
    }

    @Test func anEventThatAMemberLacksIsFound() {
        var ledger = good()
        ask(&ledger, 8, .post("text 8"), by: owner)
        tell(&ledger, [owner], at: 9, message(8, seq: 7, by: owner))
        #expect(wrong(ledger) == [.missing, .ticksMissing])
    }

    @Test func aHoleInWhatTheOwnerHasIsFound() {
        var ledger = good()
        ask(&ledger, 8, .post("text 8"), by: owner)
        tell(&ledger, [owner, bob], at: 9, message(8, seq: 8, by: owner))
        tell(&ledger, [owner], at: 10, ticks(delivered: 8))
        #expect(wrong(ledger) == [.missing])
    }

    @Test func anEventAfterTheGoingIsFound() {
        var ledger = good()
        tell(&ledger, [alice], at: 7, message(7, seq: 6, by: bob))
        #expect(wrong(ledger) == [.outside])
    }

    @Test func anInviteThatAPlainMemberIsToldOfIsFound() {
        var ledger = good()
        let invite = ConversationChange.inviteCreated(ConversationInvite(token: "another"))
        ask(&ledger, 8, .createInvite, by: owner, token: "another")
        tell(&ledger, [owner, bob], at: 9, change(8, seq: 7, by: owner, invite))
        #expect(wrong(ledger) == [.outside])
    }

    @Test func whatComesTwiceIsFound() {
        var onDevice = good()
        tell(&onDevice, [bob], at: 9, message(7, seq: 6, by: bob))
        #expect(wrong(onDevice) == [.doubled])
        var inOrder = good()
        tell(&inOrder, [owner, bob], at: 9, message(7, seq: 7, by: bob))
        tell(&inOrder, [bob], at: 10, ticks(delivered: 7))
        #expect(wrong(inOrder) == [.doubled])
    }

    @Test func anotherOrderOnADeviceIsFound() {
        var ledger = good()
        ask(&ledger, 8, .post("text 8"), by: owner)
        ask(&ledger, 9, .post("text 9"), by: owner)
        tell(&ledger, [owner], at: 9, message(8, seq: 7, by: owner))
        tell(&ledger, [owner], at: 10, message(9, seq: 8, by: owner))
        tell(&ledger, [bob], at: 9, message(9, seq: 8, by: owner))
        tell(&ledger, [bob], at: 10, message(8, seq: 7, by: owner))
        tell(&ledger, [owner], at: 11, ticks(delivered: 8))
        #expect(wrong(ledger) == [.reordered])
    }

    @Test func devicesThatAreToldDifferentlyAreFound() {
        var ledger = good()
        ask(&ledger, 8, .post("text 8"), by: owner)
        tell(&ledger, [owner], at: 9, message(8, seq: 7, by: owner))
        tell(&ledger, [bob], at: 9, message(8, seq: 7, by: owner, text: "another"))
        tell(&ledger, [owner], at: 11, ticks(delivered: 7))
        #expect(wrong(ledger) == [.disagreeing])
    }

    @Test func whatNobodyAskedForIsFound() {
        var ledger = good()
        tell(&ledger, [owner, bob], at: 9, message(77, seq: 7, by: alice))
        #expect(wrong(ledger) == [.foreign])
    }

    @Test func anEffectThatWasNotAskedForIsFound() {
        var ledger = good()
        ask(&ledger, 8, .add([alice]), by: owner)
        let members = [MemberChange(alice, .admin)]
        tell(
            &ledger,
            [owner, alice, bob],
            at: 9,
            change(8, seq: 7, by: owner, .membersAdded, members)
        )
        #expect(wrong(ledger) == [.foreign])
    }

    @Test func anOrderAgainstTheSendersIsFound() {
        var ledger = good()
        ask(&ledger, 8, .post("text 8"), by: owner)
        ask(&ledger, 9, .post("text 9"), by: owner)
        tell(&ledger, [owner, bob], at: 9, message(9, seq: 7, by: owner))
        tell(&ledger, [owner, bob], at: 10, message(8, seq: 8, by: owner))
        tell(&ledger, [owner], at: 11, ticks(delivered: 8))
        #expect(wrong(ledger) == [.untimely])
    }

    @Test func decisionsAgainstTheStateAreFound() {
        var accepted = good()
        ask(&accepted, 8, .post("text 8"), by: alice)
        tell(&accepted, [owner, bob], at: 9, message(8, seq: 7, by: alice))
        #expect(wrong(accepted) == [.unjustified])
        var rejected = good()
        ask(&rejected, 8, .post("text 8"), by: bob)
        reject(&rejected, 8, "not_a_member", bob, at: 9)
        #expect(wrong(rejected) == [.unjustified])
        var otherwise = good()
        ask(&otherwise, 8, .remove(owner), by: bob)
        reject(&otherwise, 8, "invalid_members", bob, at: 9)
        #expect(wrong(otherwise) == [.unjustified])
    }

    @Test func aRejectionIsMeasuredByTheStateAtItsOwnPlace() {
        // Alice was a member when she wrote and heard that she was none: what the owner did later is no reason.
        var ledger = GroupLedger()
        for account in [owner, alice] { ledger.opened(Key(account), at: position(0)) }
        ask(&ledger, 1, .create([alice]), by: owner)
        ask(&ledger, 2, .post("text 2"), by: alice)
        ask(&ledger, 3, .remove(alice), by: owner)
        let creating = ConversationChange.created(ConversationProfile(), ConversationSettings())
        let members = [MemberChange(owner, .owner), MemberChange(alice, .member)]
        tell(&ledger, [owner, alice], at: 1, change(1, seq: 1, by: owner, creating, members))
        let removed = [MemberChange(alice, nil)]
        tell(&ledger, [owner, alice], at: 2, change(3, seq: 2, by: owner, .memberRemoved, removed))
        reject(&ledger, 2, "not_a_member", alice, at: 3)
        #expect(wrong(ledger) == [.unjustified])
    }

    @Test func acceptedAndRejectedIsFoundUnlessItWasSentTwice() {
        var once = good()
        reject(&once, 7, "not_a_member", bob, at: 9)
        #expect(wrong(once) == [.both, .unjustified])
        var twice = good()
        // Sent before Bob came, and again after that.
        let late = id(8)
        twice.sending(late, .post("text 8"), by: alice, in: group)
        twice.sending(late, .post("text 8"), by: alice, in: group)
        twice.settled(late, .acknowledged(group))
        ask(&twice, 9, .add([alice]), by: owner)
        reject(&twice, 8, "not_a_member", alice, at: 9)
        let members = [MemberChange(alice, .member)]
        let everybody = [owner, alice, bob]
        tell(&twice, everybody, at: 10, change(9, seq: 7, by: owner, .membersAdded, members))
        tell(&twice, everybody, at: 11, message(8, seq: 8, by: alice))
        tell(&twice, [alice], at: 12, ticks(delivered: 8))
        #expect(twice.findings().isClean, "\(twice.findings())")
    }

    @Test func aRejectionThatOneOfTwoDevicesLacksIsFound() {
        var ledger = good()
        ledger.opened(Key(alice, 1), at: position(0))
        for seq in [1, 2, 4, 5] as [UInt64] {
            // The second device has the same events.
            _ = ledger.received(Key(alice, 1), position(seq), event(seq))
        }
        #expect(wrong(ledger) == [.rejectionMissing])
    }

    private func event(_ seq: UInt64) -> ServerEvent {
        let creating = ConversationChange.created(ConversationProfile(), ConversationSettings())
        let members = [MemberChange(owner, .owner), MemberChange(alice, .member)]
        return switch seq {
        case 1: change(1, seq: 1, by: owner, creating, members)
        case 2: message(2, seq: 2, by: alice)
        case 4: change(4, seq: 4, by: bob, .memberJoined, [MemberChange(bob, .member)])
        default: change(5, seq: 5, by: owner, .memberRemoved, [MemberChange(alice, nil)])
        }
    }

    @Test func outcomesGapsAndTicksAreJudged() {
        var ledger = good()
        ledger.sending(id(8), .post("text 8"), by: bob, in: group)
        ledger.sending(id(9), .post("text 9"), by: bob, in: group)
        ledger.settled(id(9), .refused("invalid_message"))
        ledger.gap(Key(bob), goingOnAt: position(20))
        #expect(wrong(ledger) == [.unresolved, .refused, .gap])
        var without = good()
        ask(&without, 8, .post("text 8"), by: owner)
        tell(&without, [owner, bob], at: 9, message(8, seq: 7, by: owner))
        #expect(wrong(without) == [.ticksMissing])
    }

    @Test func ticksThatComeLateAreCountedAndDoNoHarm() {
        var ledger = good()
        tell(&ledger, [bob], at: 9, ticks(delivered: 5))
        #expect(ledger.findings().isClean)
        #expect(ledger.findings().ticksLate == 1)
    }

    @Test func membershipsWithOtherStaysAreFound() {
        let right: GroupLedger.Memberships = [
            group: [owner: [1...UInt64.max], alice: [1...5], bob: [4...UInt64.max]]
        ]
        #expect(good().findings(memberships: right).isClean)
        var stale = right
        stale[group]?[alice] = [1...UInt64.max]
        #expect(good().findings(memberships: stale).wrong.kinds == [.misremembered])
        #expect(good().findings(memberships: [:]).count(.misremembered) == 3)
    }
}
