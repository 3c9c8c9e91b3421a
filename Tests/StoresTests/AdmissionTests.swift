import Accounts
import Conversations
import Events
import GRDB
import Stores
import Testing

/// Who waits to be let in, and who is banned.
@Suite(.onEveryStore)
struct AdmissionTests {
    private let folder: TemporaryFolder
    private let store: any HotStore
    private let secret = InviteSecret(high: 1, low: 1)

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func requests(
        _ asked: RoomStore,
        _ account: AccountID
    ) throws
        -> StoreAnswer<[AccountID]>
    {
        let page = try store.joinRequests(
            to: asked.room,
            for: Viewer(account),
            after: nil,
            limit: 100
        )
        return page.mapped { $0.items.map(\.account) }
    }

    private func bans(
        _ asked: RoomStore,
        _ account: AccountID
    ) throws
        -> StoreAnswer<[AccountID]>
    {
        let page = try store.bans(from: asked.room, for: Viewer(account), after: nil, limit: 100)
        return page.mapped { $0.items.map(\.account) }
    }

    @Test func requestsAreForThoseWhoDecideThem() throws {
        let eve = AccountID(high: 0xE5E, low: 5)
        var room = try Room(.group, of: ada, with: [bob, cleo, eve])
        try room.act(ada, .setRole(bob, .moderator))
        try room.act(eve, .leave)
        try room.act(ada, .createInvite(secret, Invite(needsApproval: true)))
        let request = try room.act(dan, .join(secret))
        let asked = try RoomStore(store, &room)
        for account in [ada, bob] { #expect(try requests(asked, account) == .granted([dan])) }
        #expect(try requests(asked, cleo) == .notAllowed)
        #expect(try requests(asked, eve) == .notAMember)
        #expect(try requests(asked, dan) == .notFound, "who waits is not in yet")
        let viewer = Viewer(bob)
        let page = try store.joinRequests(to: room.id, for: viewer, after: nil, limit: 1)
        #expect(page.value?.items.first?.requestedTime == request.serverTime)
        #expect(page.value?.next == nil)
        try room.act(bob, .decideJoin(dan, isApproved: false))
        try asked.follow(&room)
        #expect(try requests(asked, ada) == .granted([]))
        try room.act(dan, .join(secret))
        try asked.follow(&room)
        #expect(try requests(asked, ada) == .granted([dan]))
        // Who is let in otherwise does not wait any more.
        try room.act(cleo, .addMembers([dan]))
        try asked.follow(&room)
        #expect(try requests(asked, ada) == .granted([]))
    }

    @Test func bansAreForThoseWhoBan() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo, dan])
        try room.act(ada, .setRole(bob, .admin))
        try room.act(ada, .setRole(cleo, .moderator))
        let ban = try room.act(bob, .setBan(dan, isBanned: true))
        let asked = try RoomStore(store, &room)
        for account in [ada, bob] { #expect(try bans(asked, account) == .granted([dan])) }
        #expect(try bans(asked, cleo) == .notAllowed)
        #expect(try bans(asked, dan) == .notAMember)
        #expect(try bans(asked, AccountID(high: 9, low: 9)) == .notFound)
        let page = try store.bans(from: room.id, for: Viewer(ada), after: nil, limit: 1)
        #expect(page.value?.items.first?.bannedBy == bob)
        #expect(page.value?.items.first?.bannedTime == ban.serverTime)
        try room.act(ada, .setBan(dan, isBanned: false))
        try asked.follow(&room)
        #expect(try bans(asked, ada) == .granted([]))
    }

    @Test func nobodyDecidesInADirectConversation() throws {
        var room = Room(between: ada, and: bob)
        try room.post("hello", by: ada)
        let asked = try RoomStore(store, &room)
        #expect(try requests(asked, ada) == .notAllowed)
        #expect(try bans(asked, ada) == .notAllowed)
        #expect(try bans(asked, cleo) == .notFound)
    }

    @Test func theyComeInPages() throws {
        let many = (1...25).map { AccountID(high: 0xFF00, low: UInt64($0)) }
        var room = try Room(.group, of: ada)
        try room.act(ada, .createInvite(secret, Invite(needsApproval: true)))
        for account in many.shuffled() { try room.act(account, .join(secret)) }
        let banned = many.map { AccountID(high: 0xFF01, low: $0.low) }
        for account in banned.shuffled() { try room.act(ada, .setBan(account, isBanned: true)) }
        _ = try RoomStore(store, &room)
        for limit in [1, 7, 24, 25, 26] {
            var waiting: [AccountID] = []
            var next: AccountID?
            repeat {
                let page = try #require(
                    try store.joinRequests(
                        to: room.id,
                        for: Viewer(ada),
                        after: next,
                        limit: limit
                    ).value
                )
                #expect(page.items.count <= limit)
                waiting += page.items.map(\.account)
                next = page.next
            } while next != nil && waiting.count < 50
            #expect(waiting == many, "\(limit)")
            var found: [AccountID] = []
            repeat {
                let page = try #require(
                    try store.bans(from: room.id, for: Viewer(ada), after: next, limit: limit)
                        .value
                )
                found += page.items.map(\.account)
                next = page.next
            } while next != nil && found.count < 50
            #expect(found == banned, "\(limit)")
        }
    }

    /// A room at whose door much happens.
    private func door(_ seed: UInt64) throws -> Room {
        var random = SeededRandom(state: seed)
        var room = try Room(seed % 2 == 0 ? .group : .channel, of: ada, number: seed)
        try room.act(ada, .createInvite(secret, Invite(needsApproval: true)))
        let visitors = (1...12).map { AccountID(high: 0xFF00, low: UInt64($0)) }
        for _ in 0..<200 {
            let visitor = visitors[Int(random.next() % 12)]
            let isOn = random.next() % 2 == 0
            // Something that may be refused.
            switch random.next() % 8 {
            case 0...3: _ = try? room.act(visitor, .join(secret))
            case 4: _ = try? room.act(ada, .decideJoin(visitor, isApproved: isOn))
            case 5: _ = try? room.act(ada, .setBan(visitor, isBanned: isOn))
            case 6: _ = try? room.act(ada, .addMembers([visitor]))
            default: _ = try? room.act(visitor, .leave)
            }
        }
        return room
    }

    /// The accounts in a table, whoever may see them.
    private func accounts(in table: StoreTable, of store: any HotStore) throws -> [[UInt8]] {
        try store.rows(of: table, after: nil, limit: 1000).compactMap { row in
            guard case .bytes(let account) = row.values[1] else { return nil }
            return account
        }
    }

    @Test(arguments: UInt64(1)...12)
    func theyAreThoseOfTheConversationItself(seed: UInt64) throws {
        var room = try door(seed)
        _ = try RoomStore(store, &room)
        let waiting = room.state.waiting.sorted().map(\.bytes)
        #expect(try accounts(in: .requests, of: store) == waiting, "seed \(seed)")
        let banned = room.state.banned.sorted().map(\.bytes)
        #expect(try accounts(in: .bans, of: store) == banned, "seed \(seed)")
        #expect(waiting.count + banned.count > 0, "seed \(seed)")
    }

    /// Makes the store what the version before knew: without the tables of the fourth step.
    private func takeBack(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            try database.execute(
                sql: """
                    DROP INDEX devices_present;
                    DROP INDEX stars_by_time;
                    ALTER TABLE devices DROP COLUMN removed_time;
                    DROP TABLE preferences; DROP TABLE stars; DROP TABLE hidden;
                    DROP TABLE privacy; DROP TABLE contacts;
                    DROP TABLE requests; DROP TABLE bans;
                    DELETE FROM grdb_migrations WHERE identifier = 'stores-4-accounts';
                    """
            )
        }
        try queue.close()
    }

    @Test func aStoreOfTheVersionBeforeLosesNothing() throws {
        var rows: [StoreTable: Int] = [:]
        for seed in UInt64(1)...12 {
            var random = SeededRandom(state: seed)
            var room = try seed <= 6 ? door(seed) : Room(randomly: seed, &random)
            var script = Script()
            script.register(ada, name: "Ada", at: 1)
            script.register(bob, name: "", at: 2)
            let old = folder.file("old-\(seed).sqlite")
            let before = try SQLiteHotStore(path: old)
            let built = try SQLiteHotStore(path: folder.file("new-\(seed).sqlite"))
            for batch in [room.take(), script.take()] {
                try built.apply(batch)
                try before.apply(batch)
            }
            try before.close()
            try takeBack(old)
            let migrated = try SQLiteHotStore(path: old)
            #expect(try migrated.firstDifference(with: built) == nil, "seed \(seed)")
            #expect(try migrated.digests() == built.digests(), "seed \(seed)")
            for digest in try migrated.digests() { rows[digest.table, default: 0] += digest.rows }
            // And goes on as the other.
            for _ in 0..<50 { _ = try? room.post("more", by: ada) }
            script.set(.deviceRemoved(device(of: bob)), by: bob, at: 9)
            for batch in [room.take(), script.take()] {
                try built.apply(batch)
                try migrated.apply(batch)
            }
            #expect(try migrated.firstDifference(with: built) == nil, "seed \(seed)")
        }
        for table in [StoreTable.devices, .events, .asides, .requests, .bans] {
            #expect(rows[table, default: 0] > 5, "there was nothing to lose: \(table)")
        }
    }
}

extension StoreAnswer {
    /// The same with another answer.
    fileprivate func mapped<Other>(_ transform: (Value) -> Other) -> StoreAnswer<Other> {
        switch self {
        case .granted(let value): .granted(transform(value))
        case .notFound: .notFound
        case .notAMember: .notAMember
        case .notAllowed: .notAllowed
        }
    }
}
