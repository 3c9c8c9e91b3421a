import Conversations
import Events
import Stores
import Testing

/// Links and those who wait: for those to see who decide about them.
@Suite(.onEveryStore)
struct AsideTests {
    private let folder: TemporaryFolder
    private let store: any HotStore
    private let secret = InviteSecret(high: 5, low: 5)

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    @Test func linksAreForAdminsAndRequestsForModerators() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        try room.act(ada, .setRole(bob, .moderator))
        let link = try room.act(ada, .createInvite(secret, Invite(needsApproval: true)))
        let request = try room.act(dan, .join(secret))
        let declined = try room.act(bob, .decideJoin(dan, isApproved: false))
        let ban = try room.act(ada, .setBan(dan, isBanned: true))
        let revoked = try room.act(ada, .revokeInvite(secret))
        let asked = try RoomStore(store, &room)
        let limited = [link, request, declined, ban, revoked].map(\.storedSeq)
        func seen(_ account: AccountID) throws -> [Int64] {
            (try asked.seqs(account) ?? []).filter(limited.contains)
        }
        #expect(try seen(ada) == limited)
        #expect(try seen(bob) == [request, declined, ban].map(\.storedSeq))
        #expect(try seen(cleo).isEmpty)
        #expect(try asked.seqs(dan) == nil)
        #expect(try asked.summary(cleo)?.lastSeq == 2)
        #expect(try asked.summary(bob)?.lastSeq == ban.storedSeq)
    }

    @Test func linksAreListedForAdminsWithTheirUses() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let end = room.time + .seconds(1000)
        let made = try room.act(
            ada,
            .createInvite(secret, Invite(expiresAt: end, usesMax: 2, needsApproval: true))
        )
        let other = InviteSecret(high: 6, low: 6)
        try room.act(ada, .createInvite(other, Invite()))
        try room.act(cleo, .join(secret))
        try room.act(dan, .join(other))
        let asked = try RoomStore(store, &room)
        func invites(_ account: AccountID) throws -> StoreAnswer<[StoredInvite]> {
            try store.invites(to: room.id, for: Viewer(account))
        }
        let found = try #require(try invites(ada).value)
        #expect(found.map(\.token.secret) == [other, secret])
        #expect(found.map(\.terms.uses) == [1, 1])
        #expect(found[1].terms.expiresAt == end && found[1].terms.needsApproval)
        #expect(found[1].creator == ada && found[1].createdTime == made.serverTime)
        #expect(try invites(bob) == .notAllowed)
        #expect(try invites(cleo) == .notFound)
        try room.act(dan, .leave)
        try room.act(ada, .revokeInvite(other))
        try asked.follow(&room)
        #expect(try invites(dan) == .notAMember)
        #expect(try invites(ada).value?.map(\.token.secret) == [secret])
    }

    @Test func aLinkShowsWhereItLeadsAsLongAsItLeadsThere() throws {
        let profile = ProfileChange(name: "Swifts", picture: "p")
        var room = try Room(.group, of: ada, with: [bob], profile)
        let end = room.time + .seconds(1000)
        try room.act(ada, .createInvite(secret, Invite(expiresAt: end, usesMax: 1)))
        let asked = try RoomStore(store, &room)
        let token = InviteToken(room.id, secret)
        let preview = try #require(try store.preview(of: token, for: Viewer(dan, at: room.time)))
        #expect(preview.name == "Swifts" && preview.picture == "p" && preview.kind == .group)
        #expect(preview.memberCount == 2 && !preview.needsApproval)
        #expect(try store.preview(of: token, for: Viewer(dan, at: end - .milliseconds(1))) != nil)
        #expect(try store.preview(of: token, for: Viewer(dan, at: end)) == nil)
        let unknown = InviteToken(room.id, InviteSecret(high: 9, low: 9))
        #expect(try store.preview(of: unknown, for: Viewer(dan, at: room.time)) == nil)
        try room.act(cleo, .join(secret))
        try asked.follow(&room)
        #expect(try store.preview(of: token, for: Viewer(dan, at: room.time)) == nil, "used up")
    }
}
