import Conversations
import Events
import SwiftProtobuf
import Web

@testable import Gateway
@testable import Ingest

/// A call that puts something to the router, and what it puts.
struct ActionSample: Sendable {
    let method: String
    /// As in the table of routes.
    let route: String
    let path: String
    /// The members of its body besides the id.
    let members: String
    /// Where it belongs; `nil`: in the conversation that has its id.
    let conversation: ConversationID?
    let kind: ConversationKind?
    let action: @Sendable (SubmissionID) -> ConversationAction

    init(
        _ method: String,
        _ route: String,
        _ members: String = "",
        in conversation: ConversationID? = Self.group,
        kind: ConversationKind? = nil,
        names: [String: String] = [:],
        query: String = "",
        _ action: @escaping @Sendable (SubmissionID) -> ConversationAction
    ) {
        self.method = method
        self.route = route
        let id = route.hasPrefix("/v1/messages") ? Self.message.description : Self.group.description
        let names = names.merging(["id": id, "account": "\(Self.bob)"]) { given, _ in given }
        path =
            names.reduce(route) { path, name in
                path.replacing("{\(name.key)}", with: name.value)
            } + query
        self.members = members
        self.conversation = conversation
        self.kind = kind
        self.action = action
    }

    /// The body, with this id.
    func body(_ id: SubmissionID) -> String {
        "{\"id\":\"\(id)\"\(members.isEmpty ? "" : ",")\(members)}"
    }

    static let bob = Samples.bob.account
    static let carol = Samples.account("+15551230003")
    static let group = ConversationID(high: 0x0123_4567_89AB_7000, low: 0x8000_0000_0000_0001)
    static let message = SubmissionID(high: 0x0123_4567_89AB_7000, low: 0x8000_0000_0000_0002)
    static let secret = InviteSecret(high: 5, low: 6)
    static let token = InviteToken(group, secret)
    static let inConversation = #""conversation_id":"\#(group)""#
    static let ofConversation = "?conversation_id=\(group)"

    static func location(_ latitude: Int32, _ longitude: Int32) -> ArraySlice<UInt8> {
        var location = PBLocation()
        location.latitudeE7 = latitude
        location.longitudeE7 = longitude
        let bytes: [UInt8]? = try? location.serializedBytes()
        return (bytes ?? [])[...]
    }

    /// At least one for each call that acts.
    static var all: [ActionSample] { groups + members + invites + messages }
}

extension ActionSample {
    private static var groups: [ActionSample] {
        var allSettings = ConversationSettings.Change()
        allSettings.postFrom = .admin
        allSettings.editProfileFrom = .moderator
        allSettings.addFrom = .owner
        allSettings.disappearAfterSeconds = 86_400
        let written =
            #""settings":{"post_from":"admin","edit_profile_from":"moderator","#
            + #""add_from":"owner","disappear_after_s":86400}"#
        let full = ProfileChange(name: "Swifts", description: "On the wing.", picture: "p1")
        let profile = #""name":"Swifts","description":"On the wing.","picture":"p1""#
        let change = allSettings
        let bare = ProfileChange(name: "x")
        var never = ConversationSettings.Change()
        never.disappearAfterSeconds = 0
        let unlimited = never
        return [
            ActionSample("POST", "/v1/groups", #""name":"x""#, in: nil, kind: .group) { _ in
                .create(profile: bare, settings: .init(), members: [])
            },
            ActionSample(
                "POST",
                "/v1/groups",
                #"\#(profile),\#(written),"members":["\#(bob)","+15551230003"]"#,
                in: nil,
                kind: .group
            ) { _ in .create(profile: full, settings: change, members: [bob, carol]) },
            ActionSample("POST", "/v1/channels", profile, in: nil, kind: .channel) { _ in
                .create(profile: full, settings: .init(), members: [])
            },
            ActionSample("PATCH", "/v1/conversations/{id}", profile) { _ in .setProfile(full) },
            ActionSample("PATCH", "/v1/conversations/{id}", #""picture":"","settings":null"#) {
                _ in .setProfile(ProfileChange(picture: ""))
            },
            ActionSample("PATCH", "/v1/conversations/{id}", written) { _ in .setSettings(change) },
            ActionSample(
                "PATCH",
                "/v1/conversations/{id}",
                #""settings":{"disappear_after_s":0}"#
            ) { _ in .setSettings(unlimited) },
        ]
    }

    private static var members: [ActionSample] {
        let conversation = "/v1/conversations/{id}"
        let phone = ["account": "%2B15551230002"]
        let direct = ConversationID(directBetween: Samples.ada.account, and: bob)
        return [
            ActionSample("POST", "\(conversation)/members", #""accounts":["+15551230003"]"#) { _ in
                .addMembers([carol])
            },
            ActionSample("DELETE", "\(conversation)/members/{account}") { _ in
                .removeMember(bob)
            },
            ActionSample("DELETE", "\(conversation)/members/{account}", names: phone) { _ in
                .removeMember(bob)
            },
            ActionSample(
                "PUT",
                "\(conversation)/members/{account}/role",
                #""role":"moderator""#,
                names: ["account": "+1%20555%20123-0002"]
            ) { _ in .setRole(bob, .moderator) },
            ActionSample("POST", "\(conversation)/owner", #""account":"\#(bob)""#) { _ in
                .transferOwnership(bob)
            },
            ActionSample("POST", "\(conversation)/leave") { _ in .leave },
            ActionSample("PUT", "\(conversation)/bans/{account}") { _ in
                .setBan(bob, isBanned: true)
            },
            ActionSample("DELETE", "\(conversation)/bans/{account}") { _ in
                .setBan(bob, isBanned: false)
            },
            ActionSample("PUT", "/v1/blocks/{account}", in: direct, kind: .direct) { _ in
                .setBlock(bob, isBlocked: true)
            },
            ActionSample(
                "DELETE",
                "/v1/blocks/{account}",
                in: direct,
                kind: .direct,
                names: phone
            ) { _ in .setBlock(bob, isBlocked: false) },
        ]
    }

    private static var invites: [ActionSample] {
        let path = "/v1/conversations/{id}/invites"
        let secret: @Sendable (SubmissionID) -> InviteSecret = { id in
            DirectoryNames(directoryKey: Samples.keys.directoryKey)
                .inviteSecret(of: id, by: Samples.ada.account, in: group)
        }
        let end = Timestamp(milliseconds: 253_402_300_799_999)
        let token = ["token": Self.token.description]
        let answer = "/v1/conversations/{id}/requests/{account}"
        return [
            ActionSample("POST", path) { id in .createInvite(secret(id), Invite()) },
            ActionSample(
                "POST",
                path,
                #""expires_at":253402300799999,"uses_max":7,"needs_approval":true"#
            ) { id in
                .createInvite(
                    secret(id),
                    Invite(expiresAt: end, usesMax: 7, needsApproval: true)
                )
            },
            ActionSample("DELETE", path + "/{token}", names: token) { _ in
                .revokeInvite(Self.secret)
            },
            ActionSample("POST", "/v1/invites/{token}/acceptance", names: token) { _ in
                .join(Self.secret)
            },
            ActionSample("PUT", answer, #""approved":true"#) { _ in
                .decideJoin(bob, isApproved: true)
            },
            ActionSample("PUT", answer, #""approved":false"#) { _ in
                .decideJoin(bob, isApproved: false)
            },
        ]
    }

    private static var messages: [ActionSample] {
        let path = "/v1/messages/{id}"
        let text = MessageContent.encodedText(Array("better".utf8))
        let content = #""content":{"type":"text","text":"better"}"#
        return [
            ActionSample("PATCH", path, #"\#(inConversation),"message":"better""#) { _ in
                .editMessage(message, content: text)
            },
            ActionSample("PATCH", path, "\(inConversation),\(content)") { _ in
                .editMessage(message, content: text)
            },
            ActionSample("DELETE", path, query: ofConversation) { _ in .deleteMessage(message) },
            ActionSample("PUT", "\(path)/reaction", #"\#(inConversation),"emoji":"👍🏽""#) { _ in
                .react(message, emoji: "👍🏽")
            },
            ActionSample("PUT", "\(path)/reaction", #"\#(inConversation),"emoji":"""#) { _ in
                .react(message, emoji: "")
            },
            ActionSample("PUT", "\(path)/pin", query: ofConversation) { _ in
                .pin(message, isPinned: true)
            },
            ActionSample("DELETE", "\(path)/pin", query: ofConversation) { _ in
                .pin(message, isPinned: false)
            },
            ActionSample("PUT", "\(path)/vote", #"\#(inConversation),"options":[2,0,11]"#) { _ in
                .vote(message, options: [2, 0, 11])
            },
            ActionSample("PUT", "\(path)/vote", #"\#(inConversation),"options":[]"#) { _ in
                .vote(message, options: [])
            },
            ActionSample(
                "PUT",
                "\(path)/location",
                #"\#(inConversation),"latitude":-33.8567844,"longitude":180"#
            ) { _ in
                .moveLiveLocation(message, location: location(-338_567_844, 1_800_000_000))
            },
        ]
    }
}
