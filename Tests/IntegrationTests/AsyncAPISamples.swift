import Accounts
import Conversations
import Events
import Foundation
import SwiftProtobuf
import Testing

/// One of everything that devices can be told, written by the code that writes it.
enum AsyncAPISamples {
    private static let account = AccountID(high: 1, low: 2)
    private static let conversation = ConversationID(high: 3, low: 4)
    private static let message = SubmissionID(high: 5, low: 6)
    private static let device = DeviceID(high: 7, low: 8)
    private static let time = Timestamp(milliseconds: 1_767_225_600_123)

    /// All contents of messages.
    private static var contents: [PBContent] {
        let place = PBLocation.with {
            $0.latitudeE7 = 387_222_524
            $0.longitudeE7 = -91_393_366
            $0.name = "Lisbon"
        }
        let contents: [(inout PBContent) -> Void] = [
            { $0.text.text = "In the air." },
            {
                $0.media.mediaID = "picture"
                $0.media.mimeType = "image/jpeg"
            },
            { $0.location = place },
            {
                $0.liveLocation.start = place
                $0.liveLocation.endsAtMs = time.milliseconds
            },
            {
                $0.contact.name = "Ada"
                $0.contact.addresses = ["ada@example.org"]
            },
            {
                $0.voiceNote.mediaID = "voice"
                $0.voiceNote.durationMs = 4200
            },
            {
                $0.poll.question = "Where?"
                $0.poll.options = ["In the air", "In a tree"]
            },
            { _ in },
        ]
        return contents.map { PBContent.with($0) }
    }

    private static func bytes(_ value: some SwiftProtobuf.Message) throws -> ArraySlice<UInt8> {
        let bytes: [UInt8] = try value.serializedBytes()
        return bytes[...]
    }

    /// Everything that can be done in a conversation; `ordinal` says whether something is missing.
    private static func actions() throws -> [ConversationAction] {
        var settings = ConversationSettings.Change()
        settings.postFrom = .admin
        settings.disappearAfterSeconds = 60
        let profile = ProfileChange(name: "Swifts", description: "", picture: "")
        let secret = InviteSecret(high: 9, low: 10)
        let text = try bytes(PBContent.with { $0.text.text = "Still in the air." })
        let place = try bytes(PBLocation.with { $0.latitudeE7 = 1 })
        return [
            .create(profile: profile, settings: settings, members: [account]),
            .addMembers([account]), .removeMember(account), .leave, .setRole(account, .admin),
            .transferOwnership(account), .setProfile(profile), .setSettings(settings),
            .setBan(account, isBanned: true), .setBan(account, isBanned: false),
            .createInvite(secret, Invite(expiresAt: time, usesMax: 3, needsApproval: true)),
            .createInvite(secret, Invite()), .revokeInvite(secret), .join(secret),
            .decideJoin(account, isApproved: true), .decideJoin(account, isApproved: false),
            .editMessage(message, content: text), .deleteMessage(message),
            .react(message, emoji: "+"), .react(message, emoji: ""),
            .pin(message, isPinned: true), .pin(message, isPinned: false),
            .vote(message, options: [0, 1]), .vote(message, options: []),
            .moveLiveLocation(message, location: place), .setBlock(account, isBlocked: true),
            .setBlock(account, isBlocked: false),
        ]
    }

    /// So many kinds of actions there are; who adds one adds it here.
    static let actionKinds = 20

    /// Which kind of action it is: a new one does not compile without a place here, and then is missed above.
    private static func ordinal(_ action: ConversationAction) -> Int {
        switch action {
        case .create: 0
        case .addMembers: 1
        case .removeMember: 2
        case .leave: 3
        case .setRole: 4
        case .transferOwnership: 5
        case .setProfile: 6
        case .setSettings: 7
        case .setBan: 8
        case .createInvite: 9
        case .revokeInvite: 10
        case .join: 11
        case .decideJoin: 12
        case .editMessage: 13
        case .deleteMessage: 14
        case .react: 15
        case .pin: 16
        case .vote: 17
        case .moveLiveLocation: 18
        case .setBlock: 19
        }
    }

    private static func event(
        _ body: TimelineEvent.Body,
        members: [TimelineEvent.MemberChange] = []
    ) -> TimelineEvent {
        TimelineEvent(
            origin: Origin(topicNumber: 1, partition: Partition(0), offset: Offset(0)),
            conversation: conversation,
            kind: .group,
            seq: 7,
            messageCount: 4,
            serverTime: time,
            clientTime: Timestamp(milliseconds: 0),
            sender: account,
            device: device,
            submission: message,
            body: body,
            memberChanges: members,
            messageSeq: 5
        )
    }

    private static func json(_ write: (inout Conversations.JSONWriter) -> Void) throws -> Any {
        var writer = Conversations.JSONWriter()
        write(&writer)
        return try JSONSerialization.jsonObject(with: Data(writer.bytes))
    }

    /// What happens in conversations.
    static func conversationEvents() throws -> [Any] {
        var written = [try json { EventJSON.append(event(.unknown), to: &$0) }]
        for content in contents {
            var post = MessagePost(recipient: account, content: try bytes(content))
            written.append(try json { EventJSON.append(event(.messagePosted(post)), to: &$0) })
            post.recipient = nil
            post.replyTo = message
            post.mentions = [account]
            post.isForwarded = true
            post.expiresAt = time
            written.append(try json { EventJSON.append(event(.messagePosted(post)), to: &$0) })
            for missing in [EventJSON.MissingContent.deleted, .edited] {
                written.append(
                    try json {
                        EventJSON.append(event(.messagePosted(post)), missing: missing, to: &$0)
                    }
                )
            }
        }
        let actions = try actions()
        #expect(Set(actions.map { ordinal($0) }) == Set(0..<actionKinds))
        let changes = [
            TimelineEvent.MemberChange(account, .owner), TimelineEvent.MemberChange(account, nil),
        ]
        for action in actions {
            written.append(
                try json {
                    EventJSON.append(event(.acted(action), members: members(action)), to: &$0)
                }
            )
            guard case .join = action else { continue }
            written.append(
                try json { EventJSON.append(event(.acted(action), members: changes), to: &$0) }
            )
        }
        return written
    }

    /// What becomes of whom, where something must.
    private static func members(_ action: ConversationAction) -> [TimelineEvent.MemberChange] {
        switch action {
        case .create: [TimelineEvent.MemberChange(account, .owner)]
        case .removeMember, .leave, .setBan(_, isBanned: true):
            [TimelineEvent.MemberChange(account, nil)]
        case .addMembers, .setRole, .transferOwnership, .decideJoin(_, isApproved: true):
            [TimelineEvent.MemberChange(account, .member)]
        default: []
        }
    }

    /// What accounts change about themselves, as their devices are told.
    static func accountEvents() throws -> [Any] {
        let preferences = [
            PreferencesChange(mutedUntil: time), PreferencesChange(isArchived: false),
        ]
        let privacy = [
            Privacy.Change(readReceipts: false), Privacy.Change(presence: .contacts),
            Privacy.Change(readReceipts: true, presence: .nobody),
        ]
        let changes: [AccountChange] =
            [
                .registered(name: "Ada"), .deviceAdded(device, name: ""), .deviceRemoved(device),
                .star(conversation, message, isStarred: true),
                .star(conversation, message, isStarred: false), .hide(conversation, message),
                .contact(account, isContact: true), .contact(account, isContact: false), .unknown,
            ] + preferences.map { .preferences(conversation, $0) } + privacy.map { .privacy($0) }
        #expect(Set(changes.map { ordinal($0) }) == Set(0..<accountChangeKinds))
        return try changes.filter { AccountEventJSON.kind(of: $0) != nil }.map { change in
            let event = AccountEvent(
                account: account,
                device: device,
                serverTime: time,
                change: change
            )
            return try json { AccountEventJSON.append(event, to: &$0) }
        }
    }

    /// So many kinds of changes there are; who adds one adds it here.
    private static let accountChangeKinds = 9

    private static func ordinal(_ change: AccountChange) -> Int {
        switch change {
        case .registered: 0
        case .deviceAdded: 1
        case .deviceRemoved: 2
        case .preferences: 3
        case .star: 4
        case .hide: 5
        case .privacy: 6
        case .contact: 7
        case .unknown: 8
        }
    }
}
