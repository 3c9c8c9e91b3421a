import Accounts
import Conversations
import Events
import Testing

@testable import Stores

/// What accounts set for themselves.
@Suite(.onEveryStore)
struct AccountTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func tell(_ changes: (AccountID, AccountChange)..., from time: Int64 = 1) throws {
        let events = changes.enumerated().map { number, change in
            setting(change.1, by: change.0, at: time + Int64(number))
        }
        try store.apply(batch(events))
    }

    private func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    // MARK: Devices

    @Test func aDeviceThatWasRemovedIsNoLongerAmongTheOthers() throws {
        let phone = DeviceID(high: 1, low: 1)
        let tablet = DeviceID(high: 1, low: 2)
        try tell(
            (ada, .deviceAdded(phone, name: "phone")),
            (ada, .deviceAdded(tablet, name: "")),
            (bob, .deviceAdded(phone, name: "his"))
        )
        let viewer = Viewer(ada, on: phone, at: time(9))
        #expect(
            try store.devices(of: viewer) == [
                StoredDevice(device: tablet, name: nil, addedTime: time(2), isCurrent: false),
                StoredDevice(device: phone, name: "phone", addedTime: time(1), isCurrent: true),
            ]
        )
        try tell((ada, .deviceRemoved(tablet)), from: 10)
        #expect(try store.devices(of: viewer).map(\.device) == [phone])
        // Its id is not taken up again, and when it was removed is known.
        try tell(
            (ada, .deviceAdded(tablet, name: "again")),
            (ada, .deviceRemoved(tablet)),
            from: 20
        )
        #expect(try store.devices(of: viewer).map(\.device) == [phone])
        let rows = try store.rows(of: .devices, after: nil, limit: 9)
        #expect(rows.compactMap(\.values.last).filter { $0 == .integer(10) }.count == 1)
        #expect(rows.count == 3)
    }

    @Test func aRemovedDeviceIsToldNothing() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("hello", by: ada)
        let asked = try RoomStore(store, &room)
        let token = InviteToken(room.id, InviteSecret(high: 1, low: 1))
        let calls: [(Viewer) throws -> Void] = [
            { try store.admit($0) },
            { _ = try store.conversations(for: $0, after: nil, limit: 1) },
            { _ = try store.conversation(asked.room, for: $0) },
            { _ = try store.events(in: asked.room, for: $0, page: PageRequest(.newest)) },
            { _ = try store.members(of: asked.room, for: $0, after: nil, limit: 1) },
            { _ = try store.receipts(of: post.submission, for: $0, after: nil, limit: 1) },
            { _ = try store.invites(to: asked.room, for: $0) },
            { _ = try store.preview(of: token, for: $0) },
            { _ = try store.starred(for: $0, before: nil, limit: 1) },
            { _ = try store.privacy(of: $0) },
            { _ = try store.contacts(of: $0, after: nil, limit: 1) },
            { _ = try store.devices(of: $0) },
            { _ = try store.joinRequests(to: asked.room, for: $0, after: nil, limit: 1) },
            { _ = try store.bans(from: asked.room, for: $0, after: nil, limit: 1) },
        ]
        let phone = DeviceID(high: 1, low: 1)
        let viewer = Viewer(ada, on: phone, at: time(9))
        // A device that was not heard of yet is only early, and another account's is another.
        for call in calls { #expect(throws: Never.self) { try call(viewer) } }
        try tell((bob, .deviceRemoved(phone)), (ada, .deviceAdded(phone, name: "")))
        for call in calls { #expect(throws: Never.self) { try call(viewer) } }
        try tell((ada, .deviceRemoved(phone)))
        for call in calls { #expect(throws: StoreError(.deviceRemoved, "")) { try call(viewer) } }
        let other = Viewer(ada, on: DeviceID(high: 1, low: 2), at: time(9))
        for call in calls { #expect(throws: Never.self) { try call(other) } }
    }

    // MARK: Settings

    @Test func preferencesChangeOneByOne() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let asked = try RoomStore(store, &room)
        #expect(try asked.summary(ada)?.mutedUntil == time(0))
        #expect(try asked.summary(ada)?.isArchived == false)
        let id = room.id
        try tell((ada, .preferences(id, PreferencesChange(isArchived: true))))
        try tell((ada, .preferences(id, PreferencesChange(mutedUntil: time(77)))))
        #expect(try asked.summary(ada)?.isArchived == true)
        #expect(try asked.summary(ada)?.mutedUntil == time(77))
        try tell((ada, .preferences(id, PreferencesChange(mutedUntil: time(0)))))
        #expect(try asked.summary(ada)?.isArchived == true)
        #expect(try asked.summary(ada)?.mutedUntil == time(0))
        #expect(try asked.summary(bob)?.isArchived == false, "they are the account's own")
    }

    @Test func privacyHidesNothingUntilItIsSaid() throws {
        #expect(try store.privacy(of: Viewer(ada)) == Privacy())
        try tell((ada, .privacy(Privacy.Change(presence: .contacts))))
        #expect(try store.privacy(of: Viewer(ada)) == Privacy(presence: .contacts))
        try tell((ada, .privacy(Privacy.Change(readReceipts: false))))
        #expect(
            try store.privacy(of: Viewer(ada)) == Privacy(readReceipts: false, presence: .contacts)
        )
        try tell((ada, .privacy(Privacy.Change(readReceipts: true, presence: .nobody))))
        #expect(try store.privacy(of: Viewer(ada)) == Privacy(presence: .nobody))
        #expect(try store.privacy(of: Viewer(bob)) == Privacy())
    }

    @Test func contactsComeInPages() throws {
        let others = (1...25).map { AccountID(high: 7, low: UInt64($0)) }
        for (number, other) in others.shuffled().enumerated() {
            try tell((ada, .contact(other, isContact: true)), from: Int64(number))
        }
        try tell((ada, .contact(bob, isContact: true)), (ada, .contact(bob, isContact: false)))
        try tell((others[3], .registered(name: "Four")), (bob, .contact(ada, isContact: true)))
        for limit in [1, 7, 24, 25, 26, 100] {
            var found: [AccountID] = []
            var next: AccountID?
            repeat {
                let page = try store.contacts(of: Viewer(ada), after: next, limit: limit)
                #expect(page.items.count <= limit)
                found += page.items.map(\.account)
                next = page.next
            } while next != nil && found.count < 100
            #expect(found == others, "\(limit)")
        }
        let page = try store.contacts(of: Viewer(ada), after: others[2], limit: 1)
        #expect(page.items.first?.name == "Four")
        // Being added again is no news.
        try tell((ada, .contact(others[3], isContact: true)), from: 1000)
        #expect(try store.contacts(of: Viewer(ada), after: others[2], limit: 1) == page)
    }

    // MARK: The fold

    private func randomChange(_ random: inout SeededRandom) -> AccountChange {
        let conversation = ConversationID(high: 1, low: random.next() % 3)
        let message = SubmissionID(high: 1, low: random.next() % 4)
        let device = DeviceID(high: 1, low: random.next() % 3)
        let isOn = random.next() % 2 == 0
        let time = Timestamp(milliseconds: Int64(random.next() % 100))
        switch random.next() % 8 {
        case 0: return .registered(name: isOn ? "Name \(random.next() % 9)" : "")
        case 1: return .deviceAdded(device, name: "Device")
        case 2: return .deviceRemoved(device)
        case 3:
            let change = PreferencesChange(mutedUntil: time, isArchived: isOn ? nil : true)
            return .preferences(conversation, change)
        case 4: return .star(conversation, message, isStarred: isOn)
        case 5: return .hide(conversation, message)
        case 6:
            let visibility = Visibility.allCases.randomElement(using: &random)
            return .privacy(
                Privacy.Change(
                    readReceipts: isOn,
                    presence: time.milliseconds < 50 ? visibility : nil
                )
            )
        default: return .contact(AccountID(high: 9, low: random.next() % 3), isContact: isOn)
        }
    }

    @Test(arguments: UInt64(1)...10)
    func howSettingsWereCutAndRepeatedDoesNotShow(seed: UInt64) throws {
        var random = SeededRandom(state: seed)
        let events = (1...400).map { number in
            setting(
                randomChange(&random),
                by: everybody[Int(random.next() % 4)],
                at: Int64(number)
            )
        }
        try store.apply(batch(events))
        let other = try folder.store("other")
        // Each account's in order, but otherwise mixed; and the whole once more, as if a crash had taken the position back.
        for account in everybody.shuffled(using: &random) {
            var left = events.filter { $0.account == account }[...]
            let whole = Array(left)
            while !left.isEmpty {
                let piece = left.prefix(Int.random(in: 1...20, using: &random))
                try other.apply(batch(Array(piece)))
                left = left.dropFirst(piece.count)
            }
            try other.apply(batch(whole))
            try other.apply(batch(Array(whole.suffix(10))))
        }
        #expect(try store.firstDifference(with: other) == nil, "seed \(seed)")
        #expect(try store.digests() == other.digests(), "seed \(seed)")
        for table in [StoreTable.devices, .preferences, .stars, .hidden, .privacy, .contacts] {
            #expect(try store.digest(of: table).rows > 0, "seed \(seed): no \(table)")
        }
    }

    @Test func whatALaterVersionSaysIsPassedOver() throws {
        try tell((ada, .unknown))
        #expect(try store.digests().allSatisfy { $0.rows == 0 })
    }
}
