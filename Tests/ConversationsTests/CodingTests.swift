import Conversations
import Events
import Foundation
import SwiftProtobuf
import Testing

@Suite struct CodingTests {
    private func event(_ post: MessagePost) -> TimelineEvent {
        var event = event(.messagePosted(post))
        event.messageCount = 299
        return event
    }

    private func event(_ text: String, recipient: AccountID? = Samples.bob) -> TimelineEvent {
        event(MessagePost(recipient: recipient, text: Array(text.utf8)))
    }

    private func event(_ body: TimelineEvent.Body) -> TimelineEvent {
        TimelineEvent(
            origin: Origin(
                topicNumber: 1,
                partition: Partition(11),
                offset: Offset(1 << 40),
                index: 2
            ),
            conversation: Samples.conversation,
            kind: .direct,
            seq: 300,
            messageCount: 298,
            serverTime: Samples.noon,
            clientTime: Timestamp(milliseconds: -5),
            sender: Samples.ada,
            device: Samples.device,
            submission: Samples.post(1).id,
            body: body
        )
    }

    /// A message with everything that it can have.
    private var fullPost: MessagePost {
        var post = MessagePost(recipient: Samples.bob, content: Samples.poll())
        post.replyTo = Samples.id(at: Samples.noon, 9)
        post.mentions = [Samples.bob, Samples.eve, Samples.bob]
        post.isForwarded = true
        post.expiresAt = Samples.noon + .seconds(60)
        return post
    }

    private func generated(_ event: TimelineEvent) throws -> PBTimelineEvent {
        try .with {
            $0.origin = event.origin.message
            $0.conversationID = Data(event.conversation.bytes)
            $0.conversationKind = PBConversationKind(rawValue: event.kind?.rawValue ?? 0) ?? .direct
            $0.seq = event.seq
            $0.messageCount = event.messageCount
            $0.serverTimeMs = event.serverTime.milliseconds
            $0.clientTimeMs = event.clientTime.milliseconds
            $0.sender = Data(event.sender.bytes)
            $0.deviceID = Data(event.device.bytes)
            $0.submissionID = Data(event.submission.bytes)
            $0.memberChanges = event.memberChanges.map { change in
                .with {
                    $0.accountID = Data(change.account.bytes)
                    $0.role = PBRole(rawValue: change.role?.rawValue ?? 0) ?? .unspecified
                }
            }
            $0.messageSeq = event.messageSeq
            $0.withheld = event.isWithheld
            guard case .messagePosted(let post) = event.body else { return }
            $0.messagePosted = try .with {
                $0.recipient = Data(post.recipient?.bytes ?? [])
                $0.content = try PBContent(serializedBytes: Array(post.content))
                $0.replyTo = Data(post.replyTo?.bytes ?? [])
                $0.mentions = post.mentions.map { Data($0.bytes) }
                $0.forwarded = post.isForwarded
                $0.expiresAtMs = post.expiresAt?.milliseconds ?? 0
            }
        }
    }

    // MARK: The generated encoder's bytes

    @Test(arguments: ["", "h", "na\u{EF}ve \u{1F600}", String(repeating: "x", count: 4096)])
    func anEventHasTheGeneratedEncodersBytes(_ text: String) throws {
        for recipient in [Samples.bob, nil] {
            let event = event(text, recipient: recipient)
            let expected: [UInt8] = try generated(event).serializedBytes()
            #expect(event.encoded() == expected)
            #expect(try TimelineEvent(decoding: expected[...]) == event)
        }
    }

    @Test func everyFieldOfAMessageHasTheGeneratedEncodersBytes() throws {
        var event = event(fullPost)
        event.isWithheld = true
        event.memberChanges = [
            .init(Samples.ada, .owner), .init(Samples.bob, nil), .init(Samples.eve, .member),
        ]
        for kind in [ConversationKind.direct, .group, .channel] {
            event.kind = kind
            let expected: [UInt8] = try generated(event).serializedBytes()
            #expect(event.encoded() == expected)
            #expect(try TimelineEvent(decoding: expected[...]) == event)
        }
    }

    @Test func everyActionHasTheGeneratedEncodersBytes() throws {
        for (action, message) in ActionSamples.all {
            var event = event(.acted(action))
            event.messageSeq = 17
            event.memberChanges = [.init(Samples.bob, .moderator)]
            var expected = try generated(event)
            expected.action.action = message
            let bytes: [UInt8] = try expected.serializedBytes()
            #expect(event.encoded() == bytes, "\(action)")
            #expect(try TimelineEvent(decoding: bytes[...]) == event, "\(action)")
            let inner: [UInt8] = try expected.action.serializedBytes()
            #expect(action.encoded() == inner)
            #expect(try ConversationAction(decoding: inner[...]) == action)
        }
    }

    @Test func theSamplesHaveEveryActionOfTheTopic() throws {
        let names = Set(ActionSamples.all.map { ActionSamples.name(of: $0.action) })
        #expect(names == Set(try ActionSamples.namesInTheTopic()))
        #expect(names.count == 20)
    }

    @Test func anInboxRecordHasTheGeneratedEncodersBytes() throws {
        let event = event("hello")
        let origin = Origin(topicNumber: 1, partition: Partition(0), offset: Offset(0), index: 1)
        var record = try PBInboxRecord.with {
            $0.origin = origin.message
            $0.event = try generated(event)
        }
        #expect(
            InboxCoding.event(event.encoded(), origin: origin) == (try record.serializedBytes())
        )
        record.joined = [Data(Samples.ada.bytes), Data(Samples.bob.bytes)]
        record.left = [Data(Samples.eve.bytes)]
        record.only = [Data(Samples.dan.bytes)]
        #expect(
            InboxCoding.event(
                event.encoded(),
                origin: origin,
                joined: [Samples.ada, Samples.bob],
                left: [Samples.eve],
                only: [Samples.dan]
            ) == (try record.serializedBytes())
        )
    }

    @Test func aMembershipHasTheGeneratedEncodersBytes() throws {
        var member = ConversationMembers.Member(role: .admin, since: 20)
        member.earlier = [1...4, 9...9]
        for until in [nil, UInt64(30)] {
            (member.role, member.until) = (until == nil ? .admin : nil, until)
            let ranges: [(UInt64, UInt64)] = [(1, 4), (9, 9), (20, until ?? 0)]
            let expected: [UInt8] = try PBMembershipRecord.with {
                $0.origin = Samples.origin(3).message
                $0.accountID = Data(Samples.ada.bytes)
                $0.conversationID = Data(Samples.conversation.bytes)
                $0.conversationKind = .group
                $0.role = until == nil ? .admin : .unspecified
                $0.visible = ranges.map { from, until in
                    .with {
                        $0.fromSeq = from
                        $0.untilSeq = until
                    }
                }
            }.serializedBytes()
            let bytes = InboxCoding.membership(
                of: Samples.ada,
                in: Samples.conversation,
                .group,
                member,
                origin: Samples.origin(3)
            )
            #expect(bytes == expected)
        }
    }

    @Test(arguments: [(0, 0), (5, 0), (700, 3)] as [(UInt64, UInt64)])
    func ticksHaveTheGeneratedEncodersBytes(_ delivered: UInt64, _ read: UInt64) throws {
        let origin = Samples.origin(99)
        let expected: [UInt8] = try PBInboxRecord.with {
            $0.origin = origin.message
            $0.ticks = .with {
                $0.accountID = Data(Samples.ada.bytes)
                $0.conversationID = Data(Samples.conversation.bytes)
                $0.deliveredSeq = delivered
                $0.readSeq = read
                $0.serverTimeMs = Samples.noon.milliseconds
            }
        }.serializedBytes()
        #expect(
            InboxCoding.ticks(
                account: Samples.ada,
                conversation: Samples.conversation,
                deliveredSeq: delivered,
                readSeq: read,
                serverTime: Samples.noon,
                origin: origin
            )
                == expected
        )
    }

    @Test(arguments: [0, 5, 1 << 40] as [UInt64])
    func aReadMarkHasTheGeneratedEncodersBytes(_ seq: UInt64) throws {
        let origin = Samples.origin(99)
        let expected: [UInt8] = try PBInboxRecord.with {
            $0.origin = origin.message
            $0.readMark = .with {
                $0.accountID = Data(Samples.ada.bytes)
                $0.conversationID = Data(Samples.conversation.bytes)
                $0.seq = seq
                $0.serverTimeMs = Samples.noon.milliseconds
            }
        }.serializedBytes()
        let bytes = InboxCoding.readMark(
            of: Samples.ada,
            in: Samples.conversation,
            seq: seq,
            serverTime: Samples.noon,
            origin: origin
        )
        #expect(bytes == expected)
    }

    @Test func anAccountsRecordIsEmbeddedAsItIs() throws {
        var account = PBAccountRecord()
        account.accountID = Data(Samples.ada.bytes)
        account.setPrivacy.readReceipts = false
        // A field of a later version stays.
        let bytes: [UInt8] = try account.serializedBytes() + [0xA2, 0x06, 0x01, 0x07]
        let record = try PBInboxRecord(
            serializedBytes: InboxCoding.account(bytes, origin: Samples.origin(3))
        )
        #expect(record.origin == Samples.origin(3).message)
        #expect(try record.account == PBAccountRecord(serializedBytes: bytes))
    }

    @Test func aBlockHasTheGeneratedEncodersBytes() throws {
        for blocked in [Samples.bob, nil] {
            let expected: [UInt8] = try PBMembershipRecord.with {
                $0.origin = Samples.origin(3).message
                $0.accountID = Data(Samples.ada.bytes)
                $0.conversationID = Data(Samples.conversation.bytes)
                $0.conversationKind = .direct
                $0.role = .member
                $0.blocked = Data(blocked?.bytes ?? [])
            }.serializedBytes()
            let bytes = InboxCoding.block(
                by: Samples.ada,
                in: Samples.conversation,
                of: blocked,
                origin: Samples.origin(3)
            )
            #expect(bytes == expected)
        }
    }

    @Test func aRejectionHasTheGeneratedEncodersBytes() throws {
        let submission = Samples.post(4)
        let reason = RejectionReason.tooOld
        let expected: [UInt8] = try PBInboxRecord.with {
            $0.origin = Samples.origin(4).message
            $0.rejection = .with {
                $0.accountID = Data(submission.sender.bytes)
                $0.deviceID = Data(submission.device.bytes)
                $0.submissionID = Data(submission.id.bytes)
                $0.conversationID = Data(submission.conversation.bytes)
                $0.code = reason.code
                $0.detail = reason.detail
                $0.serverTimeMs = submission.serverTime.milliseconds
            }
        }.serializedBytes()
        #expect(
            InboxCoding.rejection(of: submission, reason, origin: Samples.origin(4)) == expected
        )
    }

    // MARK: Submissions

    private var submission: PBSubmission {
        .with {
            $0.submissionID = Data(Samples.post(1).id.bytes)
            $0.conversationID = Data(Samples.conversation.bytes)
            $0.conversationKind = .direct
            $0.sender = Data(Samples.ada.bytes)
            $0.deviceID = Data(Samples.device.bytes)
            $0.serverTimeMs = Samples.noon.milliseconds
            $0.clientTimeMs = 12
        }
    }

    @Test func aSubmissionIsReadAsItWasWritten() throws {
        var written = submission
        written.postMessage.recipient = Data(Samples.bob.bytes)
        written.postMessage.content.text.text = "hello"
        written.postMessage.replyTo = Data(Samples.id(at: Samples.noon, 9).bytes)
        written.postMessage.mentions = [Data(Samples.eve.bytes)]
        written.postMessage.forwarded = true
        let bytes: [UInt8] = try written.serializedBytes()
        let submission = try Submission(decoding: bytes[...])
        #expect(submission.key == Samples.post(1).key)
        #expect(submission.kind == .direct)
        #expect(submission.device == Samples.device)
        #expect(submission.serverTime == Samples.noon)
        #expect(submission.clientTime.milliseconds == 12)
        guard case .postMessage(let post) = submission.request else {
            Issue.record("no message")
            return
        }
        #expect(post.recipient == Samples.bob)
        #expect(post.content == Samples.text("hello"))
        #expect(post.replyTo == Samples.id(at: Samples.noon, 9))
        #expect(post.mentions == [Samples.eve])
        #expect(post.isForwarded)
        #expect(post.expiresAt == nil)
        #expect(submission.encoded() == bytes)
        // Cut anywhere, it is refused or lacks something, but never traps.
        for count in bytes.indices { _ = try? Submission(decoding: bytes[..<count]) }
    }

    @Test func aSubmittedActionIsReadAsItWasWritten() throws {
        for (action, message) in ActionSamples.all {
            var written = submission
            written.action.action = message
            let bytes: [UInt8] = try written.serializedBytes()
            let submission = try Submission(decoding: bytes[...])
            #expect(submission.encoded() == bytes, "\(action)")
            guard case .act(let read) = submission.request else {
                Issue.record("no action: \(action)")
                continue
            }
            #expect(read == action)
            for count in bytes.indices { _ = try? Submission(decoding: bytes[..<count]) }
        }
    }

    @Test func requestsOfLaterVersionsAreUnknownAndNoFaults() throws {
        var bytes: [UInt8] = try submission.serializedBytes()
        // An action with a field 99 and nothing else.
        bytes += [0x8A, 0x01, 0x04, 0x9A, 0x06, 0x01, 0x00]
        guard case .unknown = try Submission(decoding: bytes[...]).request else {
            Issue.record("known")
            return
        }
        // Whoever has a role that is not known yet is a member all the same, and has not left.
        let change = PBMemberChange.with {
            $0.accountID = Data(Samples.bob.bytes)
            $0.role = .UNRECOGNIZED(9)
        }
        var event = try generated(event("hello"))
        event.memberChanges = [change]
        let read = try TimelineEvent(decoding: (try event.serializedBytes() as [UInt8])[...])
        #expect(read.memberChanges == [.init(Samples.bob, .member)])
    }

    @Test func thatAMessageStaysIsSaidInOneWay() throws {
        // An expiry of 0, which our encoder would leave out.
        var post = ProtobufWriter(capacity: 64)
        post.slice(2, Samples.text("hello"))
        let explicit = post.bytes + [0x30, 0x00]
        var bytes = event(.unknown).encoded()
        bytes += [0x82, 0x01, UInt8(explicit.count)] + explicit
        let read = try TimelineEvent(decoding: bytes[...])
        #expect(read.body == .messagePosted(MessagePost(content: Samples.text("hello"))))
        #expect(try TimelineEvent(decoding: read.encoded()[...]) == read)
    }

    // MARK: Damage

    @Test func damagedBytesNeverTrapAndNeverPassForMore() throws {
        var random = SeededRandom(seed: 42)
        var event = event(fullPost)
        event.memberChanges = [.init(Samples.ada, .owner), .init(Samples.bob, nil)]
        let originals = [self.event("hello"), event].map { $0.encoded() }
        for _ in 0..<20_000 {
            try expectHarmless(damaged(random.one(of: originals), &random))
        }
    }

    @Test func damagedActionsNeverTrapAndNeverPassForMore() throws {
        var random = SeededRandom(seed: 43)
        for (action, _) in ActionSamples.all {
            var event = event(.acted(action))
            event.memberChanges = [.init(Samples.ada, .owner), .init(Samples.bob, nil)]
            let original = event.encoded()
            for count in original.indices { try expectHarmless(Array(original[..<count])) }
            for _ in 0..<1000 { try expectHarmless(damaged(original, &random)) }
        }
    }

    private func damaged(_ original: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: bytes.indices, using: &random)
            bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        }
        return bytes
    }

    /// What is accepted can be written and read again, folded and told.
    private func expectHarmless(_ bytes: [UInt8]) throws {
        guard let read = try? TimelineEvent(decoding: bytes[...]) else { return }
        let written = read.encoded()
        let again = try TimelineEvent(decoding: written[...])
        #expect(again == read, "\(bytes)")
        var conversation = Conversation(id: read.conversation)
        conversation.apply(read)
        _ = conversation.audience(of: read)
        var json = JSONWriter()
        EventJSON.append(read, to: &json)
    }
}
