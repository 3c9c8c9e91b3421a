import Events
import Foundation
import MartletClient
import TestKit

/// How each row of docs/AUTHORISATION.md is called.
enum AuthorisationCalls {
    typealias Key = AuthorisationTable.Key

    /// Who asks, and about what.
    struct Scene: Sendable {
        let cast: AuthorisationCast
        let asker: Asker
        let group: AuthorisationGroup
        /// A number that no other scene has.
        let number: Int

        var person: Petitioner { cast.holder(asker) }
        var another: AccountID { cast.another.account }
        var inBody: String { #""conversation_id":"\#(group.id)""# }
        var inQuery: String { "?conversation_id=\(group.id)" }
    }

    /// Makes a call, without its token.
    typealias Maker = @Sendable (Scene) async throws -> Call

    private static func call(
        _ method: String,
        _ path: String,
        _ what: String,
        _ body: @escaping @Sendable (Scene) -> String = { _ in "" },
        at actual: @escaping @Sendable (Scene) -> String
    ) -> (Key, Maker) {
        (Key("\(method) \(path)", what), { Call(method, actual($0), body($0)) })
    }

    /// A call about a conversation, below its path.
    private static func inGroup(
        _ method: String,
        _ rest: String,
        _ what: String,
        _ body: @escaping @Sendable (Scene) -> String = { _ in "" },
        at actual: @escaping @Sendable (Scene) -> String
    ) -> (Key, Maker) {
        call(method, "/v1/conversations/{id}" + rest, what, body) { $0.group.path + actual($0) }
    }

    /// A call about a message, below its path.
    private static func onMessage(
        _ method: String,
        _ rest: String,
        _ what: String,
        _ message: @escaping @Sendable (AuthorisationGroup) -> String,
        query: String? = nil,
        _ body: @escaping @Sendable (Scene) -> String
    ) -> (Key, Maker) {
        call(method, "/v1/messages/{id}" + rest, what, body) { scene in
            let hasBody = !body(scene).isEmpty
            let path = "/v1/messages/\(message(scene.group))\(rest)"
            return hasBody ? path : path + scene.inQuery + (query.map { "&" + $0 } ?? "")
        }
    }

    /// Calls that change something: each needs a group of its own.
    static let gateway = Dictionary(
        uniqueKeysWithValues: accounts + conversations + members + messages + personal
    )

    /// Calls that only look.
    static let history = Dictionary(uniqueKeysWithValues: reads)

    private static let accounts: [(Key, Maker)] = [
        call("GET", "/", "–") { _ in "/" },
        call("GET", "/.well-known/martlet", "–") { _ in "/.well-known/martlet" },
        call(
            "POST",
            "/v1/registrations",
            "–",
            { #"{"phone":"+1555125\#(1000 + $0.number)"}"# },
            at: { _ in "/v1/registrations" }
        ),
        (
            Key("POST /v1/registrations/{id}/confirmation", "with the code"),
            { scene in
                let harness = scene.cast.harness
                let begun = try await harness.http.register(
                    address: "+1555126\(1000 + scene.number)"
                )
                let code = try await harness.code(of: begun)
                return Call(
                    "POST",
                    "/v1/registrations/\(begun.id)/confirmation",
                    #"{"code":"\#(code)"}"#
                )
            }
        ),
        call(
            "POST",
            "/v1/tokens",
            "with a refresh token",
            { scene in
                let token = scene.cast[scene.asker]?.credentials.refreshToken ?? "none"
                return #"{"refresh_token":"\#(token)"}"#
            },
            at: { _ in "/v1/tokens" }
        ),
        call("GET", "/v1/connect", "–") { _ in "/v1/connect" },
    ]

    private static let conversations: [(Key, Maker)] = [
        call(
            "POST",
            "/v1/messages",
            "to the group",
            { #"{"recipient_group":"\#($0.group.id)","message":"\#($0.cast.harness.needle)"}"# },
            at: { _ in "/v1/messages" }
        ),
        call(
            "POST",
            "/v1/messages",
            "to another",
            { #"{"recipient":"\#($0.another)","message":"\#($0.cast.harness.needle)"}"# },
            at: { _ in "/v1/messages" }
        ),
        call("POST", "/v1/groups", "–", { _ in #"{"name":"x"}"# }, at: { _ in "/v1/groups" }),
        call("POST", "/v1/channels", "–", { _ in #"{"name":"x"}"# }, at: { _ in "/v1/channels" }),
        inGroup("PATCH", "", "the name", { _ in #"{"name":"y"}"# }, at: { _ in "" }),
        inGroup(
            "PATCH",
            "",
            "the settings",
            { _ in #"{"settings":{"post_from":"admin"}}"# },
            at: { _ in "" }
        ),
        inGroup("POST", "/leave", "–") { _ in "/leave" },
        inGroup("POST", "/invites", "–") { _ in "/invites" },
        inGroup("DELETE", "/invites/{token}", "–") { "/invites/\($0.group.invite)" },
        call("POST", "/v1/invites/{token}/acceptance", "–") {
            "/v1/invites/\($0.group.invite)/acceptance"
        },
    ]

    private static let members: [(Key, Maker)] = [
        inGroup(
            "POST",
            "/members",
            "somebody new",
            { #"{"accounts":["\#(AccountID(high: 7, low: UInt64($0.number)))"]}"# },
            at: { _ in "/members" }
        ),
        inGroup("DELETE", "/members/{account}", "another") { "/members/\($0.another)" },
        inGroup(
            "PUT",
            "/members/{account}/role",
            "another, to moderator",
            { _ in #"{"role":"moderator"}"# },
            at: { "/members/\($0.another)/role" }
        ),
        inGroup(
            "POST",
            "/owner",
            "to another",
            { #"{"account":"\#($0.another)"}"# },
            at: { _ in "/owner" }
        ),
        inGroup("PUT", "/bans/{account}", "another") { "/bans/\($0.another)" },
        inGroup("DELETE", "/bans/{account}", "blocked") {
            "/bans/\($0.cast.holder(.blocked).account)"
        },
        inGroup(
            "PUT",
            "/requests/{account}",
            "somebody who waits",
            { _ in #"{"approved":true}"# },
            at: { "/requests/\($0.cast.waiting.account)" }
        ),
        call("PUT", "/v1/blocks/{account}", "somebody") {
            "/v1/blocks/\(AccountID(high: 8, low: UInt64($0.number)))"
        },
        call("DELETE", "/v1/blocks/{account}", "somebody who is not blocked") {
            "/v1/blocks/\(AccountID(high: 9, low: UInt64($0.number)))"
        },
    ]

    private static let messages: [(Key, Maker)] = [
        onMessage("PATCH", "", "one's own", \.ownMessage) {
            #"{\#($0.inBody),"message":"\#($0.cast.harness.needle) again"}"#
        },
        onMessage("PATCH", "", "another's", \.message) {
            #"{\#($0.inBody),"message":"\#($0.cast.harness.needle) again"}"#
        },
        onMessage("DELETE", "", "one's own", \.ownMessage) { _ in "" },
        onMessage("DELETE", "", "another's", \.message) { _ in "" },
        onMessage("DELETE", "", "for oneself", \.message, query: "for=me") { _ in "" },
        onMessage("PUT", "/reaction", "another's", \.message) {
            #"{\#($0.inBody),"emoji":"🐦"}"#
        },
        onMessage("PUT", "/pin", "another's", \.message) { _ in "" },
        onMessage("DELETE", "/pin", "another's, which is pinned", \.poll) { _ in "" },
        onMessage("PUT", "/vote", "another's poll", \.poll) {
            #"{\#($0.inBody),"options":[1]}"#
        },
        onMessage("PUT", "/location", "one's own", \.ownLocation) {
            #"{\#($0.inBody),"latitude":3,"longitude":4}"#
        },
        onMessage("PUT", "/location", "another's", \.location) {
            #"{\#($0.inBody),"latitude":3,"longitude":4}"#
        },
        onMessage("PUT", "/star", "another's", \.message) { "{\($0.inBody)}" },
        onMessage("DELETE", "/star", "another's", \.message) { _ in "" },
    ]

    private static let personal: [(Key, Maker)] = [
        inGroup(
            "PUT",
            "/preferences",
            "the group",
            { _ in #"{"archived":true}"# },
            at: { _ in "/preferences" }
        ),
        call(
            "PATCH",
            "/v1/privacy",
            "one's own",
            { _ in #"{"presence":"everyone"}"# },
            at: { _ in "/v1/privacy" }
        ),
        call("PUT", "/v1/contacts/{account}", "one's own") { "/v1/contacts/\($0.another)" },
        call("DELETE", "/v1/contacts/{account}", "one's own") { "/v1/contacts/\($0.another)" },
        call("POST", "/v1/devices/links", "–") { _ in "/v1/devices/links" },
        (
            Key("POST /v1/devices/links/acceptance", "with a link of one's own"),
            { scene in
                Call(
                    "POST",
                    "/v1/devices/links/acceptance",
                    #"{"link_token":"\#(try await link(scene))"}"#
                )
            }
        ),
        (
            Key("DELETE /v1/devices/{device}", "one's own"),
            { scene in
                let accept = Call(
                    "POST",
                    "/v1/devices/links/acceptance",
                    #"{"link_token":"\#(try await link(scene))"}"#
                )
                let answer = try await accept.send(to: scene.cast.harness.server)
                let device = (answer.json as? [String: Any])?["device_id"] as? String
                return Call("DELETE", "/v1/devices/\(device ?? "none")")
            }
        ),
        call("DELETE", "/v1/devices/{device}", "another's") {
            "/v1/devices/\($0.cast.another.credentials.deviceID)"
        },
    ]

    private static func link(_ scene: Scene) async throws -> String {
        let answer = try await Call("POST", "/v1/devices/links", token: scene.person.token)
            .send(to: scene.cast.harness.server)
        guard let token = (answer.json as? [String: Any])?["link_token"] as? String else {
            throw HarnessError("no link: \(answer.status) \(answer.problem ?? "")")
        }
        return token
    }

    private static let reads: [(Key, Maker)] = [
        call("GET", "/v1/conversations", "–") { _ in "/v1/conversations" },
        inGroup("GET", "", "the group") { _ in "" },
        inGroup("GET", "/events", "the group's") { _ in "/events" },
        inGroup("GET", "/members", "the group's") { _ in "/members" },
        inGroup("GET", "/invites", "the group's") { _ in "/invites" },
        inGroup("GET", "/requests", "the group's") { _ in "/requests" },
        inGroup("GET", "/bans", "the group's") { _ in "/bans" },
        call("GET", "/v1/invites/{token}", "–") { "/v1/invites/\($0.group.invite)" },
        call("GET", "/v1/messages/{id}", "another's") {
            "/v1/messages/\($0.group.message)\($0.inQuery)"
        },
        call("GET", "/v1/messages/{id}/receipts", "another's") {
            "/v1/messages/\($0.group.message)/receipts"
        },
        call("GET", "/v1/starred", "one's own") { _ in "/v1/starred" },
        call("GET", "/v1/search", "one's own") { _ in "/v1/search?q=word" },
        call("GET", "/v1/search", "the group's") {
            "/v1/search\($0.inQuery)&q=word"
        },
        call("GET", "/v1/sync", "one's own") { _ in "/v1/sync" },
        call("GET", "/v1/export", "one's own") { _ in "/v1/export" },
        call("GET", "/v1/privacy", "one's own") { _ in "/v1/privacy" },
        call("GET", "/v1/contacts", "one's own") { _ in "/v1/contacts" },
        call("GET", "/v1/devices", "one's own") { _ in "/v1/devices" },
    ]
}
