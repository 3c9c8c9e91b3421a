import Conversations
import Events
import Foundation
import SwiftProtobuf
import Testing

/// Every action, with the message that it is written as, made independently of the code under test.
enum ActionSamples {
    typealias Pair = (action: ConversationAction, message: PBConversationAction.OneOf_Action)

    static let all = ofMembers + ofMessages

    /// A case's name: `addMembers`.
    static func name(of action: ConversationAction) -> String {
        Mirror(reflecting: action).children.first?.label ?? "\(action)"
    }

    /// The names that topics/actions.proto gives to the actions, written as Swift does.
    static func namesInTheTopic() throws -> [String] {
        let text = try #require(Repository.read("topics/actions.proto"))
        let lines = text.split(separator: "\n")
        let start = try #require(lines.firstIndex { $0.contains("oneof action {") })
        return lines[(start + 1)...].prefix { !$0.contains("}") }.compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 1 else { return nil }
            let parts = words[1].split(separator: "_")
            return parts[0] + parts.dropFirst().map(\.capitalized).joined()
        }
    }

    private static func data<Kind>(_ id: Identifier<Kind>) -> Data { Data(id.bytes) }

    private static let (ada, bob, secret) = (Samples.ada, Samples.bob, Samples.secret)
    private static let id = Samples.id(at: Samples.noon, 5)

    private static let profile = PBSetProfile.with {
        $0.name = "walks"
        $0.description_p = "on Sundays"
        $0.picture = ""
    }

    private static let settings = PBSetSettings.with {
        $0.postFrom = .admin
        $0.editProfileFrom = .owner
        $0.addFrom = .member
        $0.disappearAfterS = 0
    }

    private static var settingsChange: ConversationSettings.Change {
        var change = ConversationSettings.Change()
        change.postFrom = .admin
        change.editProfileFrom = .owner
        change.addFrom = .member
        change.disappearAfterSeconds = 0
        return change
    }

    private static let profileChange = ProfileChange(
        name: "walks",
        description: "on Sundays",
        picture: ""
    )

    private static let ofMembers: [Pair] = [
        (
            .create(profile: profileChange, settings: settingsChange, members: [ada, bob]),
            .create(
                .with {
                    $0.profile = profile
                    $0.settings = settings
                    $0.members = [data(ada), data(bob)]
                }
            )
        ),
        (.addMembers([bob, ada]), .addMembers(.with { $0.accounts = [data(bob), data(ada)] })),
        (.addMembers([]), .addMembers(.init())),
        (.removeMember(bob), .removeMember(.with { $0.accountID = data(bob) })),
        (.leave, .leave(.init())),
        (
            .setRole(bob, .moderator),
            .setRole(
                .with {
                    $0.accountID = data(bob)
                    $0.role = .moderator
                }
            )
        ),
        (.transferOwnership(bob), .transferOwnership(.with { $0.accountID = data(bob) })),
        (.setProfile(profileChange), .setProfile(profile)),
        (.setProfile(ProfileChange()), .setProfile(.init())),
        (.setSettings(settingsChange), .setSettings(settings)),
        (.setSettings(.init()), .setSettings(.init())),
        (
            .setBan(bob, isBanned: true),
            .setBan(
                .with {
                    $0.accountID = data(bob)
                    $0.banned = true
                }
            )
        ),
        (.setBan(bob, isBanned: false), .setBan(.with { $0.accountID = data(bob) })),
        (
            .createInvite(
                secret,
                Invite(expiresAt: Samples.noon, usesMax: 7, needsApproval: true)
            ),
            .createInvite(
                .with {
                    $0.secret = data(secret)
                    $0.expiresAtMs = Samples.noon.milliseconds
                    $0.usesMax = 7
                    $0.needsApproval = true
                }
            )
        ),
        (.createInvite(secret, Invite()), .createInvite(.with { $0.secret = data(secret) })),
        (.revokeInvite(secret), .revokeInvite(.with { $0.secret = data(secret) })),
        (.join(secret), .join(.with { $0.secret = data(secret) })),
        (
            .decideJoin(bob, isApproved: true),
            .decideJoin(
                .with {
                    $0.accountID = data(bob)
                    $0.approved = true
                }
            )
        ),
        (
            .setBlock(bob, isBlocked: true),
            .setBlock(
                .with {
                    $0.accountID = data(bob)
                    $0.blocked = true
                }
            )
        ),
    ]

    private static let ofMessages: [Pair] = [
        (
            .editMessage(id, content: Samples.text("better")),
            .editMessage(
                .with {
                    $0.messageID = data(id)
                    $0.content.text.text = "better"
                }
            )
        ),
        (.deleteMessage(id), .deleteMessage(.with { $0.messageID = data(id) })),
        (
            .react(id, emoji: "\u{1F600}"),
            .react(
                .with {
                    $0.messageID = data(id)
                    $0.emoji = "\u{1F600}"
                }
            )
        ),
        (.react(id, emoji: ""), .react(.with { $0.messageID = data(id) })),
        (
            .pin(id, isPinned: true),
            .pin(
                .with {
                    $0.messageID = data(id)
                    $0.pinned = true
                }
            )
        ),
        (
            .vote(id, options: [0, 3, 200]),
            .vote(
                .with {
                    $0.messageID = data(id)
                    $0.options = [0, 3, 200]
                }
            )
        ),
        (.vote(id, options: []), .vote(.with { $0.messageID = data(id) })),
        (
            .moveLiveLocation(id, location: Samples.location("home")),
            .moveLiveLocation(
                .with {
                    $0.messageID = data(id)
                    $0.location = Samples.place("home")
                }
            )
        ),
    ]
}
