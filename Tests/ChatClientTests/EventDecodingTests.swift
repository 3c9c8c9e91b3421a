import Events
import Foundation
import Testing

@testable import MartletClient

private let conversation = ConversationID(high: 7, low: 9)
private let submission = SubmissionID(high: 1 << 20 | 0x7000, low: 1 << 63)
private let message = SubmissionID(high: 1 << 20 | 0x7000, low: 1 << 63 | 5)
private let ada = AccountID(high: 1, low: 2)
private let bob = AccountID(high: 3, low: 4)
private let place = MessagePlace(message, seq: 6)

private func decode(_ text: String) -> ServerFrame {
    Array(text.utf8).withUnsafeBytes { ServerFrame(json: $0) }
}

private func frame(_ event: String) -> ServerFrame {
    decode("{\"type\":\"event\",\"event\":\(event),\"position\":\"z.17\"}")
}

private func event(_ kind: String, _ more: String) -> ServerEvent? {
    let json = """
        {"kind":"\(kind)","conversation_id":"\(conversation)","conversation_kind":"group","seq":7,"message_count":2,
        "submission_id":"\(submission)","sender":"\(ada)","server_timestamp":1000,"client_timestamp":900\(more)}
        """
    guard case .event(_, let event) = frame(json) else { return nil }
    return event
}

@Suite struct EventDecodingTests {
    private static let ofMessage = #","message_id":"\#(message)","message_seq":6"#
    private static let ofBob = #","account_id":"\#(bob)""#

    static let kinds: [(String, String, ConversationChange)] = [
        (
            "created",
            #","name":"Swifts","description":"d","settings":{"post_from":"admin","x":1}"#,
            .created(
                ConversationProfile(name: "Swifts", description: "d"),
                ConversationSettings(postFrom: .admin)
            )
        ),
        ("members_added", "", .membersAdded),
        ("member_removed", "", .memberRemoved),
        ("member_left", "", .memberLeft),
        ("role_changed", "", .roleChanged),
        ("ownership_transferred", "", .ownershipTransferred),
        ("profile_changed", #","picture":"""#, .profileChanged(ConversationProfile(picture: ""))),
        (
            "settings_changed",
            #","settings":{"edit_profile_from":"owner","add_from":"moderator","disappear_after_s":86400}"#,
            .settingsChanged(
                ConversationSettings(
                    editProfileFrom: .owner,
                    addFrom: .moderator,
                    disappearAfter: .seconds(86400)
                )
            )
        ),
        ("banned", ofBob, .banned(bob)),
        ("unbanned", ofBob, .unbanned(bob)),
        (
            "invite_created",
            #","token":"t","expires_at":5,"uses_max":3,"needs_approval":true"#,
            .inviteCreated(
                ConversationInvite(
                    token: "t",
                    expiresAt: Timestamp(milliseconds: 5),
                    usesMax: 3,
                    needsApproval: true
                )
            )
        ),
        (
            "invite_created", #","token":"t","expires_at":null,"uses_max":0"#,
            .inviteCreated(ConversationInvite(token: "t"))
        ),
        ("invite_revoked", #","token":"t""#, .inviteRevoked(token: "t")),
        ("join_requested", "", .joinRequested),
        ("member_joined", "", .memberJoined),
        ("join_approved", ofBob, .joinApproved(bob)),
        ("join_declined", ofBob, .joinDeclined(bob)),
        (
            "edited", ofMessage + #","content":{"type":"text","text":"new"}"#,
            .edited(place, .text("new"))
        ),
        ("edited", ofMessage + #","content":{"type":"deleted"}"#, .edited(place, .deleted)),
        ("deleted", ofMessage, .deleted(place)),
        ("reaction", ofMessage + #","emoji":"👍""#, .reaction(place, emoji: "👍")),
        ("reaction", ofMessage + #","emoji":"""#, .reaction(place, emoji: "")),
        ("pinned", ofMessage, .pinned(place)),
        ("unpinned", ofMessage, .unpinned(place)),
        ("voted", ofMessage + #","options":[0,2]"#, .voted(place, options: [0, 2])),
        (
            "location_moved",
            ofMessage + #","location":{"latitude":38.7222524,"longitude":-9.1,"name":"L"}"#,
            .locationMoved(place, Place(latitude: 38.7222524, longitude: -9.1, name: "L"))
        ),
        ("blocked", ofBob, .blocked(bob)),
        ("unblocked", ofBob, .unblocked(bob)),
    ]

    private func conversationEvent(_ kind: String, _ more: String) -> ConversationEvent? {
        if case .conversation(let event)? = event(kind, more) { event } else { nil }
    }

    @Test(arguments: kinds)
    func everyKindOfEventIsRead(kind: String, more: String, change: ConversationChange) throws {
        let decoded = try #require(conversationEvent(kind, more))
        #expect(decoded.change == change)
        #expect(decoded.change.kind == kind)
        #expect(decoded.conversationID == conversation)
        #expect(decoded.conversationKind == "group")
        #expect(decoded.seq == 7)
        #expect(decoded.submissionID == submission)
        #expect(decoded.sender == ada)
        #expect(decoded.serverTimestamp == Timestamp(milliseconds: 1000))
        #expect(decoded.clientTimestamp == Timestamp(milliseconds: 900))
    }

    @Test func whoCameAndWhoLeftIsReadWithRolesThatAreNotKnown() {
        let members =
            #","members":[{"account_id":"\#(ada)","role":"emperor"},{"account_id":"\#(bob)","role":null}]"#
        #expect(
            conversationEvent("role_changed", members)?.members
                == [MemberChange(ada, MemberRole(rawValue: "emperor")), MemberChange(bob, nil)]
        )
    }

    static let contents: [(String, MessageContent)] = [
        (#"{"type":"text","text":"a"}"#, .text("a")),
        (
            #"{"type":"media","media_id":"m","mime_type":"image/png","caption":"c","file_name":"f"}"#,
            .media(
                MessageContent.Media(
                    mediaID: "m",
                    mimeType: "image/png",
                    caption: "c",
                    fileName: "f"
                )
            )
        ),
        (
            #"{"type":"location","location":{"latitude":-1e-7,"longitude":180}}"#,
            .location(Place(latitude: -1e-7, longitude: 180))
        ),
        (
            #"{"type":"live_location","location":{"latitude":1,"longitude":2.5},"ends_at":9}"#,
            .liveLocation(
                Place(latitude: 1, longitude: 2.5),
                endsAt: Timestamp(milliseconds: 9)
            )
        ),
        (
            #"{"type":"contact","name":"Ada","addresses":["+1","a@b.c"]}"#,
            .contact(name: "Ada", addresses: ["+1", "a@b.c"])
        ),
        (
            #"{"type":"voice_note","media_id":"m","duration_ms":1500}"#,
            .voiceNote(mediaID: "m", length: .milliseconds(1500))
        ),
        (
            #"{"type":"poll","question":"q","options":["a","b"],"multiple":true}"#,
            .poll(Poll(question: "q", options: ["a", "b"], isMultiple: true))
        ),
        (#"{"type":"deleted"}"#, .deleted),
        (#"{"type":"expired"}"#, .expired),
        (#"{"type":"edited"}"#, .edited),
        (#"{"type":"hologram","text":"a"}"#, .unknown(type: "hologram")),
        (#"{"type":"text","text":7}"#, .unknown(type: "")),
        (#"["text"]"#, .unknown(type: "")),
        ("null", .unknown(type: "")),
    ]

    @Test(arguments: contents)
    func everyContentIsRead(json: String, content: MessageContent) {
        guard
            case .message(let decoded)? = event(
                "message",
                ",\"message_id\":\"\(message)\",\"content\":\(json)"
            )
        else {
            Issue.record("no message")
            return
        }
        #expect(decoded.content == content)
        #expect(decoded.conversationKind == "group")
        #expect(decoded.recipient == nil)
    }

    @Test func whatBecameOfAMessageIsRead() {
        let more = """
            ,"message_id":"\(message)","content":{"type":"text","text":"a"},"reply_to":"\(submission)","mentions":["\(bob)"],
            "forwarded":true,"expires_at":44,"edited_at":5,"moved_at":6,
            "reactions":[{"emoji":"👍","count":2},{"emoji":"❤️","count":1}],"my_reaction":"👍","votes":[1,0],"my_votes":[0]
            """
        guard case .message(let decoded)? = event("message", more) else {
            Issue.record("no message")
            return
        }
        #expect(decoded.replyTo == submission)
        #expect(decoded.mentions == [bob])
        #expect(decoded.isForwarded)
        #expect(decoded.expiresAt == Timestamp(milliseconds: 44))
        #expect(decoded.updates.editedAt == Timestamp(milliseconds: 5))
        #expect(decoded.updates.reactions.map(\.count) == [2, 1])
        #expect(decoded.updates.ownReaction == "👍")
        #expect(decoded.updates.votes == [1, 0])
        #expect(decoded.updates.ownVotes == [0])
    }

    @Test func whatALaterServerAddsInAnotherShapeHidesNoMessage() {
        let more = """
            ,"message_id":"\(message)","content":{"type":"text","text":"a"},"mentions":{"x":1},"reactions":[7],
            "votes":"many","expires_at":"soon","members":3,"options":["a"],"location":[1],"settings":"x"
            """
        guard case .message(let decoded)? = event("message", more) else {
            Issue.record("no message")
            return
        }
        #expect(decoded.text == "a")
    }

    @Test(arguments: [
        #"{"kind":"levitated","seq":-7,"conversation_id":5,"sender":[{}]}"#,
        #"{"kind":"levitated","seq":"many"}"#,
        #"{"seq":1.5e3,"kind":"levitated","code":{}}"#,
        #"{"emoji":{"a":[1,{"b":null}]},"kind":"levitated"}"#,
    ])
    func whateverAnUnknownKindBringsItHasAPosition(json: String) {
        #expect(
            frame(json)
                == .event(InboxPosition(epoch: 35, offset: Offset(17)), .unknown(kind: "levitated"))
        )
    }

    @Test(arguments: ["null", "7", "[]", "{}", "\"x\"", "{\"kind\":[\"message\"],\"seq\":{}}"])
    func anEventThatIsNoneHasAPosition(json: String) {
        #expect(
            frame(json) == .event(InboxPosition(epoch: 35, offset: Offset(17)), .unknown(kind: ""))
        )
    }

    @Test(arguments: [
        "edited", "deleted", "reaction", "banned", "join_approved", "invite_created",
        "invite_revoked", "location_moved", "message",
    ])
    func aKnownKindWithoutWhatItMustHaveIsUnknown(kind: String) {
        #expect(event(kind, "") == .unknown(kind: kind))
    }

    @Test func aPageWithAnEventOfAnotherShapeHasTheOthers() throws {
        let page = """
            {"events":[{"kind":"levitated","seq":"x"},{"kind":"message","conversation_id":"\(conversation)","seq":1,
            "message_id":"\(message)","sender":"\(ada)","content":{"type":"text","text":"a"}},5],"ticks":null,"next_before_seq":1}
            """
        let decoded = try Array(page.utf8).withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            return try EventPage(reading: &reader)
        }
        #expect(decoded.messages.map(\.text) == ["a"])
        #expect(decoded.events.count == 3)
        #expect(decoded.nextBeforeSeq == 1)
    }

    @Test func cutAndChangedEventsNeverTrap() {
        var random = SystemRandomNumberGenerator()
        for (kind, more, _) in Self.kinds {
            let whole = Array(
                """
                {"type":"event","position":"z.17","event":{"kind":"\(kind)","conversation_id":"\(conversation)","seq":3,\
                "submission_id":"\(submission)","sender":"\(ada)"\(more)}}
                """.utf8
            )
            for _ in 0..<500 {
                var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
                for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0...255,
                        using: &random
                    )
                }
                _ = bytes.withUnsafeBytes { ServerFrame(json: $0) }
            }
        }
    }
}
