import EventLog
import Events
import Foundation
import SwiftProtobuf
import Testing

@testable import LogTail

@Suite struct PersonalRecordTests {
    private static let ada = Sample.ada.description
    private static let bob = Sample.bob.description
    private static let there = Sample.conversation.description
    private static let message = Sample.message.description
    private static let phone = Sample.phone.description
    private static let tablet = DeviceID(high: 7, low: 8)

    /// The fields of a record's JSON beside those that all have.
    private func fields(_ record: LogRecord) throws -> [String: String] {
        let line = RecordJSON().line(DecodedRecord(record))
        let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8))
        let object = try #require(parsed as? [String: Any])
        let common: Set = ["topic", "partition", "offset", "timestamp", "time", "key"]
        return object.filter { !common.contains($0.key) }.mapValues { "\($0)" }
    }

    private func line(_ record: LogRecord) -> String {
        RecordLine(
            palette: Palette(isColoured: false),
            clock: LocalTime(zone: .gmt),
            columns: nil,
            now: Sample.time
        ).line(DecodedRecord(record))
    }

    private static func account(_ fill: (inout PBAccountRecord) -> Void) -> PBAccountRecord {
        var record = PBAccountRecord()
        record.accountID = .init(Sample.ada.bytes)
        record.deviceID = .init(Sample.phone.bytes)
        fill(&record)
        return record
    }

    // MARK: Accounts

    static let accounts: [(PBAccountRecord, String, [String: String])] = [
        (
            account { $0.registered.name = "Ada" }, "registered",
            ["name": "Ada", "device_id": phone]
        ),
        (
            account {
                $0.deviceAdded.deviceID = .init(tablet.bytes)
                $0.deviceAdded.deviceName = "tablet"
            }, "device_added",
            [
                "device_id": tablet.description, "device_name": "tablet",
                "by_device_id": phone,
            ]
        ),
        (
            account { $0.deviceRemoved.deviceID = .init(tablet.bytes) }, "device_removed",
            ["device_id": tablet.description, "by_device_id": phone]
        ),
        (
            account {
                $0.setPreferences.conversationID = .init(Sample.conversation.bytes)
                $0.setPreferences.mutedUntilMs = 5000
            }, "set_preferences",
            [
                "conversation_id": there, "muted": "yes", "muted_until_ms": "5000",
                "device_id": phone,
            ]
        ),
        (
            account {
                $0.setPreferences.conversationID = .init(Sample.conversation.bytes)
                $0.setPreferences.mutedUntilMs = 0
                $0.setPreferences.archived = false
            }, "set_preferences",
            [
                "conversation_id": there, "muted": "no", "archived": "no",
                "device_id": phone,
            ]
        ),
        (
            account {
                $0.setStar.conversationID = .init(Sample.conversation.bytes)
                $0.setStar.messageID = .init(Sample.message.bytes)
                $0.setStar.starred = true
            }, "star_message",
            ["conversation_id": there, "message_id": message, "device_id": phone]
        ),
        (
            account { $0.setStar.messageID = .init(Sample.message.bytes) },
            "unstar_message", ["message_id": message, "device_id": phone]
        ),
        (
            account {
                $0.hideMessage.conversationID = .init(Sample.conversation.bytes)
                $0.hideMessage.messageID = .init(Sample.message.bytes)
            }, "hide_message",
            ["conversation_id": there, "message_id": message, "device_id": phone]
        ),
        (
            account {
                $0.setPrivacy.readReceipts = false
                $0.setPrivacy.presence = .contacts
            }, "set_privacy",
            ["read_receipts": "no", "presence": "contacts", "device_id": phone]
        ),
        (
            account { $0.setPrivacy.presence = .UNRECOGNIZED(9) }, "set_privacy",
            ["presence": "visibility 9", "device_id": phone]
        ),
        (
            account {
                $0.setContact.accountID = .init(Sample.bob.bytes)
                $0.setContact.contact = true
            }, "add_contact", ["contact_id": bob, "device_id": phone]
        ),
        (
            account { $0.setContact.accountID = .init(Sample.bob.bytes) },
            "remove_contact", ["contact_id": bob, "device_id": phone]
        ),
        (account { _ in }, "unknown_account_record", ["device_id": phone]),
    ]

    @Test(arguments: accounts)
    func everyChangeOfAnAccountIsShownAsItsDevicesAreTold(
        record: PBAccountRecord,
        kind: String,
        more: [String: String]
    ) throws {
        let expected = more.merging(["kind": kind, "account_id": Self.ada]) { $1 }
        #expect(try fields(Sample.record(.accounts, record)) == expected)
        let inbox = PBInboxRecord.with {
            $0.account = record
            $0.origin =
                Origin(topicNumber: 4, partition: Partition(3), offset: Offset(17)).message
        }
        let told = try fields(Sample.record(.inbox, inbox))
        #expect(told.filter { $0.key != "inbox_origin" } == expected)
        #expect(told["inbox_origin"]?.hasSuffix("/3@17") == true)
        let line = line(try Sample.record(.accounts, record))
        #expect(line.contains(" \(kind) acct=…\(Self.ada.suffix(6))"))
    }

    @Test func anAccountsRecordsAreFoundByTheAccount() throws {
        let record = Self.account { $0.setPrivacy.readReceipts = false }
        let description = RecordDescription(
            DecodedRecord(try Sample.record(.accounts, record))
        )
        #expect(RecordFilter(account: Sample.ada).admits(description))
        #expect(!RecordFilter(account: Sample.bob).admits(description))
    }

    // MARK: Marks and memberships

    @Test func howFarAnAccountHasReadIsShown() throws {
        let inbox = PBInboxRecord.with {
            $0.readMark.accountID = .init(Sample.ada.bytes)
            $0.readMark.conversationID = .init(Sample.conversation.bytes)
            $0.readMark.seq = 12
        }
        #expect(
            try fields(Sample.record(.inbox, inbox)) == [
                "kind": "read_mark", "conversation_id": Self.there, "account_id": Self.ada,
                "seq": "12",
            ]
        )
    }

    @Test func privateMarksSaySo() throws {
        var receipt = PBReceipt()
        receipt.marks.readSeq = 5
        #expect(
            try fields(Sample.record(.receipts, receipt)) == ["kind": "marks", "read_seq": "5"]
        )
        receipt.marks.private = true
        #expect(try fields(Sample.record(.receipts, receipt))["private"] == "yes")
        #expect(line(try Sample.record(.receipts, receipt)).hasSuffix(" read=5 private=yes"))
    }

    @Test func aBlockIsNoComingAndNoGoing() throws {
        var membership = PBMembershipRecord()
        membership.conversationKind = .direct
        membership.blocked = .init(Sample.bob.bytes)
        #expect(
            try fields(Sample.record(.memberships, membership)) == [
                "kind": "blocked", "conversation_kind": "direct", "blocked": Self.bob,
            ]
        )
        membership.blocked = .init()
        #expect(try fields(Sample.record(.memberships, membership))["kind"] == "unblocked")
        membership.conversationKind = .group
        #expect(try fields(Sample.record(.memberships, membership))["kind"] == "left")
        membership.role = .member
        #expect(try fields(Sample.record(.memberships, membership))["kind"] == "joined")
    }

    // MARK: Signals

    private func signal(_ fill: (inout PBSignalRecord) -> Void) throws -> LogRecord {
        var record = PBSignalRecord()
        record.accountID = .init(Sample.ada.bytes)
        fill(&record)
        return try Sample.record(.signals, record)
    }

    @Test func signalsAreShown() throws {
        let typing = try signal {
            $0.typing.conversationID = .init(Sample.conversation.bytes)
            $0.typing.recipient = .init(Sample.bob.bytes)
            $0.typing.activity = .recording
        }
        #expect(
            try fields(typing) == [
                "kind": "typing", "conversation_id": Self.there, "account_id": Self.ada,
                "recipient": Self.bob, "activity": "recording",
            ]
        )
        let watch = try signal {
            $0.watch.watcher = .init(Sample.bob.bytes)
            $0.watch.untilMs = 9
        }
        #expect(
            try fields(watch) == [
                "kind": "watch", "account_id": Self.ada, "watcher": Self.bob, "until_ms": "9",
            ]
        )
        #expect(
            try fields(try signal { $0.watch.watcher = .init(Sample.bob.bytes) })["kind"]
                == "unwatch"
        )
        let presence = try signal {
            $0.presence.watchers = [.init(Sample.bob.bytes)]
            $0.presence.lastSeenMs = 9
        }
        #expect(
            try fields(presence) == [
                "kind": "presence", "account_id": Self.ada, "online": "no",
                "last_seen_ms": "9", "watchers": Self.bob,
            ]
        )
        #expect(line(presence).hasSuffix(" online=no watchers=…\(Self.bob.suffix(6))"))
        #expect(!line(presence).contains("key="))
        #expect(
            RecordFilter(account: Sample.bob).admits(RecordDescription(DecodedRecord(watch)))
        )
    }

    @Test func aSignalThatIsNoneIsShownAsSuch() throws {
        #expect(try fields(try signal { _ in })["kind"] == "unknown_signal")
        let broken = LogRecord(
            topicPartition: TopicPartition(.signals, Partition(0)),
            offset: Offset(1),
            timestamp: Sample.time,
            key: [1],
            value: [0xFF, 0xFF]
        )
        #expect(try fields(broken) == ["kind": "undecodable", "bytes": "2"])
        #expect(line(broken).hasSuffix("undecodable bytes=2 key=0x01"))
    }
}
