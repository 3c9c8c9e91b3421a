import Events
import Foundation
import TestKit

/// A group with everything in it that a call may be about.
struct AuthorisationGroup: Sendable {
    let id: String
    /// Messages of *another*.
    private(set) var message = ""
    private(set) var poll = ""
    private(set) var location = ""
    /// A message and a live location of who asks, if he is or was a member; else those of *another*.
    private(set) var ownMessage = ""
    private(set) var ownLocation = ""
    private(set) var invite = ""
    /// The submission of the last event.
    private(set) var last = ""

    private let cast: AuthorisationCast

    var path: String { "/v1/conversations/\(id)" }

    /// Makes it, for one who asks.
    init(_ cast: AuthorisationCast, for asker: Asker) async throws {
        self.cast = cast
        let members: [Asker] = [.admin, .moderator, .member, .former]
        let ids = members.map { cast.holder($0).account } + [cast.another.account]
        let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
        let owner = cast.holder(.owner)
        let made = try await cast.submission(
            Call("POST", "/v1/groups", #"{"name":"x","members":[\#(list)]}"#, token: owner.token),
            by: owner
        )
        id = made.conversation
        try await fill(asker, isMember: members.contains(asker) || asker == .owner)
        try await give("admin", to: .admin)
        try await give("moderator", to: .moderator)
        try await ask("DELETE", "/members/\(cast.holder(.former).account)", by: owner)
        try await ask("PUT", "/bans/\(cast.holder(.blocked).account)", by: owner)
        invite = try await ask("POST", "/invites", by: owner).token ?? ""
        let approval = try await ask("POST", "/invites", #"{"needs_approval":true}"#, by: owner)
        let join = Call(
            "POST",
            "/v1/invites/\(approval.token ?? "")/acceptance",
            token: cast.waiting.token
        )
        last = "\(try await cast.submission(join, by: cast.waiting).submission)"
    }

    private mutating func fill(_ asker: Asker, isMember: Bool) async throws {
        let ends = Int(Date().timeIntervalSince1970 * 1000) + 3_600_000
        let live =
            #""content":{"type":"live_location","ends_at":\#(ends),"#
            + #""location":{"latitude":1,"longitude":2}}"#
        let text = #""message":"\#(cast.harness.needle)""#
        let question =
            #""content":{"type":"poll","question":"?","options":["a","b"],"multiple":false}"#
        message = try await post(text, by: cast.another)
        poll = try await post(question, by: cast.another)
        location = try await post(live, by: cast.another)
        let isOwner = asker == .otherDevice
        let author = isMember || isOwner ? cast.holder(isOwner ? .owner : asker) : nil
        ownMessage = message
        ownLocation = location
        if let author {
            ownMessage = try await post(text, by: author)
            ownLocation = try await post(live, by: author)
        }
        let pin = "/v1/messages/\(poll)/pin?conversation_id=\(id)"
        let owner = cast.holder(.owner)
        _ = try await cast.submission(Call("PUT", pin, token: owner.token), by: owner)
    }

    private func give(_ role: String, to asker: Asker) async throws {
        try await ask(
            "PUT",
            "/members/\(cast.holder(asker).account)/role",
            #"{"role":"\#(role)"}"#,
            by: cast.holder(.owner)
        )
    }

    @discardableResult
    private func ask(
        _ method: String,
        _ rest: String,
        _ body: String = "",
        by person: Petitioner
    ) async throws -> AuthorisationCast.Made {
        let call = Call(method, path + rest, body, token: person.token)
        return try await cast.submission(call, by: person)
    }

    private func post(_ what: String, by person: Petitioner) async throws -> String {
        let body = #"{"recipient_group":"\#(id)",\#(what)}"#
        let call = Call("POST", "/v1/messages", body, token: person.token)
        return "\(try await cast.submission(call, by: person).submission)"
    }
}
