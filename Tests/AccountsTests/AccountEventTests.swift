import Accounts
import Conversations
import Events
import SwiftProtobuf
import Testing

@Suite("Account events")
struct AccountEventTests {
    static let changes: [(AccountChange, json: String?)] = [
        (.registered(name: "Ada"), nil),
        (
            .deviceAdded(id(2), name: "phone"),
            #""kind":"device_added","device_id":"\#(text(2))","device_name":"phone""#
        ),
        (.deviceRemoved(id(2)), #""kind":"device_removed","device_id":"\#(text(2))""#),
        (
            .preferences(id(3), PreferencesChange(mutedUntil: Timestamp(milliseconds: 0))),
            #""kind":"preferences_changed","conversation_id":"\#(text(3))","muted_until":0"#
        ),
        (
            .preferences(id(3), PreferencesChange(isArchived: false)),
            #""kind":"preferences_changed","conversation_id":"\#(text(3))","archived":false"#
        ),
        (
            .star(id(3), id(4), isStarred: false),
            #""kind":"message_unstarred","conversation_id":"\#(text(3))","message_id":"\#(text(4))""#
        ),
        (
            .hide(id(3), id(4)),
            #""kind":"message_hidden","conversation_id":"\#(text(3))","message_id":"\#(text(4))""#
        ),
        (.privacy(.init(readReceipts: false)), #""kind":"privacy_changed","read_receipts":false"#),
        (.privacy(.init(presence: .contacts)), #""kind":"privacy_changed","presence":"contacts""#),
        (.contact(id(5), isContact: true), #""kind":"contact_added","account_id":"\#(text(5))""#),
    ]

    private static func id<Kind>(_ number: UInt64) -> Identifier<Kind> {
        Identifier(high: 7, low: number)
    }

    private static func text(_ number: UInt64) -> String { (id(number) as AccountID).description }

    private static func event(_ change: AccountChange) -> AccountEvent {
        AccountEvent(
            account: id(1),
            device: id(2),
            serverTime: Timestamp(milliseconds: 1234),
            change: change
        )
    }

    @Test(
        "what is written is read again, also what sets something to nothing",
        arguments: changes.indices
    )
    func roundTrip(place: Int) throws {
        let event = Self.event(Self.changes[place].0)
        #expect(try AccountEvent(decoding: event.encoded()) == event)
        var first = event
        first.device = nil
        #expect(try AccountEvent(decoding: first.encoded()) == first)
    }

    @Test("devices are told what changed, and of nothing else", arguments: changes.indices)
    func json(place: Int) {
        let (change, expected) = Self.changes[place]
        #expect((AccountEventJSON.kind(of: change) == nil) == (expected == nil))
        var json = JSONWriter()
        AccountEventJSON.append(Self.event(change), to: &json)
        let start = expected.map { $0 + "," } ?? ""
        #expect(
            String(decoding: json.bytes, as: UTF8.self) == "{\(start)\"server_timestamp\":1234}"
        )
    }

    @Test("bytes that are no record, and ids that are none, are refused by name")
    func malformed() {
        let noRecord = #expect(throws: AccountEvent.Malformed.self) {
            try AccountEvent(decoding: [0xFF])
        }
        #expect(noRecord?.reason == "not an AccountRecord")
        let noAccount = #expect(throws: AccountEvent.Malformed.self) {
            try AccountEvent(decoding: [])
        }
        #expect(noAccount?.reason == "account_id is not 16 bytes")
        let bad = PBAccountRecord.with {
            $0.accountID = .init(repeating: 1, count: 16)
            $0.hideMessage.conversationID = .init(repeating: 1, count: 16)
        }
        let noMessage = #expect(throws: AccountEvent.Malformed.self) { try AccountEvent(bad) }
        #expect(noMessage?.reason == "message_id is not 16 bytes")
    }

    @Test("what a later version writes is unknown, and a visibility that it adds hides all")
    func later() throws {
        var record = PBAccountRecord()
        record.accountID = .init(repeating: 1, count: 16)
        #expect(try AccountEvent(record).change == .unknown)
        record.setPrivacy.presence = .UNRECOGNIZED(9)
        #expect(try AccountEvent(record).change == .privacy(.init(presence: .nobody)))
    }

    @Test("privacy keeps what a change doesn't name")
    func privacy() {
        var privacy = Privacy()
        privacy.apply(.init(presence: .nobody))
        privacy.apply(.init(readReceipts: false))
        #expect(privacy == Privacy(readReceipts: false, presence: .nobody))
    }
}
