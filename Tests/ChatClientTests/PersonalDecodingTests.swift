import Events
import Foundation
import Testing

@testable import MartletClient

private let conversation = ConversationID(high: 7, low: 9)
private let message = SubmissionID(high: 1 << 20 | 0x7000, low: 1 << 63 | 5)
private let ada = AccountID(high: 1, low: 2)
private let phone = DeviceID(high: 3, low: 4)
private let time = Timestamp(milliseconds: 1000)

private func decode(_ text: String) -> ServerFrame {
    Array(text.utf8).withUnsafeBytes { ServerFrame(json: $0) }
}

private func event(_ kind: String, _ more: String) -> ServerEvent? {
    let json = #"{"kind":"\#(kind)","server_timestamp":1000\#(more)}"#
    guard
        case .event(_, let event) = decode(
            #"{"type":"event","position":"z.17","event":\#(json)}"#
        )
    else { return nil }
    return event
}

private func read<Value>(
    _ json: String,
    _ body: (inout JSONReader) throws -> Value
) throws -> Value {
    try Array(json.utf8).withUnsafeBytes { bytes in
        var reader = JSONReader(bytes)
        return try body(&reader)
    }
}

@Suite struct PersonalDecodingTests {
    private static let there = #","conversation_id":"\#(conversation)""#
    private static let ofMessage = there + #","message_id":"\#(message)""#

    static let kinds: [(String, String, PersonalChange)] = [
        (
            "preferences_changed", there + #","muted_until":0,"archived":true"#,
            .preferences(
                conversation,
                ConversationPreferences(
                    mutedUntil: Timestamp(milliseconds: 0),
                    isArchived: true
                )
            )
        ),
        (
            "preferences_changed", there + #","archived":false,"later":[1]"#,
            .preferences(conversation, ConversationPreferences(isArchived: false))
        ),
        ("message_starred", ofMessage, .starred(conversation, message)),
        ("message_unstarred", ofMessage, .unstarred(conversation, message)),
        ("message_hidden", ofMessage, .hidden(conversation, message)),
        (
            "privacy_changed", #","read_receipts":false"#,
            .privacy(PrivacySettings(readReceipts: false))
        ),
        (
            "privacy_changed", #","presence":"friends of friends""#,
            .privacy(
                PrivacySettings(presence: .init(rawValue: "friends of friends"))
            )
        ),
        ("contact_added", #","account_id":"\#(ada)""#, .contactAdded(ada)),
        ("contact_removed", #","account_id":"\#(ada)""#, .contactRemoved(ada)),
        (
            "device_added", #","device_id":"\#(phone)","device_name":"Ada’s \"phone\"""#,
            .deviceAdded(phone, name: "Ada’s \"phone\"")
        ),
        ("device_added", #","device_id":"\#(phone)""#, .deviceAdded(phone, name: "")),
        ("device_removed", #","device_id":"\#(phone)""#, .deviceRemoved(phone)),
    ]

    @Test(arguments: kinds)
    func everyChangeIsRead(kind: String, more: String, change: PersonalChange) {
        #expect(event(kind, more) == .personal(PersonalEvent(change, serverTimestamp: time)))
        #expect(change.kind == kind)
    }

    @Test func howFarOneHasReadIsRead() {
        #expect(
            event("read", Self.there + #","seq":12"#)
                == .read(ReadEvent(conversationID: conversation, seq: 12))
        )
        #expect(event("read", Self.there) == .unknown(kind: "read"))
        #expect(event("read", #","seq":12"#) == .unknown(kind: "read"))
        #expect(event("read", Self.there + #","seq":-1"#) == .unknown(kind: "read"))
    }

    @Test(arguments: [
        ("preferences_changed", there), ("preferences_changed", #","archived":true"#),
        ("preferences_changed", there + #","archived":"yes","muted_until":{}"#),
        ("message_starred", there), ("message_hidden", #","message_id":"\#(message)""#),
        ("privacy_changed", ""), ("privacy_changed", #","presence":7,"read_receipts":1"#),
        ("contact_added", #","account_id":"ada""#), ("contact_removed", ""),
        ("device_added", #","device_name":"a""#), ("device_removed", #","device_id":[]"#),
    ])
    func aChangeWithoutWhatItMustHaveIsUnknownAndHasItsPosition(kind: String, more: String) {
        #expect(event(kind, more) == .unknown(kind: kind))
    }

    @Test func whatIsForOneselfHidesNoMessage() {
        let more = """
            ,"conversation_id":"\(conversation)","seq":1,"message_id":"\(message)","sender":"\(ada)",
            "content":{"type":"text","text":"a"},"starred":true,"archived":7,"muted_until":"soon","presence":[],
            "device_name":{},"device_id":5,"read_receipts":"no"
            """
        guard case .message(let decoded)? = event("message", more) else {
            Issue.record("no message")
            return
        }
        #expect(decoded.text == "a")
        #expect(decoded.updates.isStarred)
        let hidden = more.replacing(
            #"{"type":"text","text":"a"}"#,
            with: #"{"type":"hidden"}"#
        )
        guard case .message(let decoded)? = event("message", hidden) else {
            Issue.record("no message")
            return
        }
        #expect(decoded.content == .hidden)
    }

    // MARK: Signals

    static let signals: [(String, Signal?)] = [
        (
            #""kind":"typing","conversation_id":"\#(conversation)","account_id":"\#(ada)","activity":"typing""#,
            .activity(conversation, ada, .typing)
        ),
        (
            #""activity":"recording","account_id":"\#(ada)","kind":"typing","conversation_id":"\#(conversation)""#,
            .activity(conversation, ada, .recording)
        ),
        (
            #""kind":"typing","conversation_id":"\#(conversation)","account_id":"\#(ada)","activity":"idle""#,
            .activity(conversation, ada, .idle)
        ),
        (
            #""kind":"presence","account_id":"\#(ada)","online":true"#,
            .presence(ada, .online)
        ),
        (
            #""kind":"presence","account_id":"\#(ada)","online":false,"last_seen":1000"#,
            .presence(ada, .offline(lastSeen: time))
        ),
        (
            #""kind":"presence","account_id":"\#(ada)","online":false"#,
            .presence(ada, .offline(lastSeen: nil))
        ),
        (
            #""kind":"presence","account_id":"\#(ada)","online":false,"last_seen":"today""#,
            .presence(ada, .offline(lastSeen: nil))
        ), (#""kind":"presence","account_id":"\#(ada)","online":"yes""#, nil),
        (#""kind":"presence","online":true"#, nil),
        (#""kind":"typing","account_id":"\#(ada)","activity":"typing""#, nil),
        (
            #""kind":"typing","conversation_id":"\#(conversation)","account_id":"\#(ada)","activity":"juggling""#,
            nil
        ),
        (
            #""kind":"typing","conversation_id":"\#(conversation)","account_id":"\#(ada)","activity":[1]"#,
            nil
        ), (#""kind":["typing"]"#, nil), (#""kind":"levitation","account_id":"\#(ada)""#, nil),
        (#""x":{"kind":"presence"}"#, nil),
    ]

    @Test(arguments: signals)
    func aSignalIsReadOrIsNone(fields: String, signal: Signal?) {
        #expect(
            decode(#"{"type":"signal",\#(fields)}"#)
                == signal.map { .signal($0) } ?? .other(type: "signal")
        )
    }

    @Test func cutAndChangedFramesNeverTrap() {
        var random = SystemRandomNumberGenerator()
        let events = Self.kinds.map { kind, more, _ in
            #"{"type":"event","position":"z.17","event":{"kind":"\#(kind)"\#(more)}}"#
        }
        let signals = Self.signals.map { #"{"type":"signal",\#($0.0)}"# }
        for frame in (events + signals).map({ Array($0.utf8) }) {
            for _ in 0..<300 {
                var bytes = Array(frame.prefix(Int.random(in: 0...frame.count, using: &random)))
                for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0...255,
                        using: &random
                    )
                }
                _ = bytes.withUnsafeBytes { ServerFrame(json: $0) }
            }
        }
    }

    // MARK: Lists

    @Test func aListedConversationSaysHowOneHasIt() throws {
        let row = #"{"conversation_id":"\#(conversation)","conversation_kind":"group","#
        let json = row + #""read_seq":5,"muted_until":1000,"archived":true}"#
        let decoded = try read(json) { try ConversationSummary(reading: &$0) }
        #expect(decoded?.readSeq == 5)
        #expect(
            decoded?.preferences
                == ConversationPreferences(mutedUntil: time, isArchived: true)
        )
        let odd = row + #""read_seq":"x","muted_until":[],"archived":1}"#
        let tolerated = try read(odd) { try ConversationSummary(reading: &$0) }
        #expect(tolerated?.conversationID == conversation)
        #expect(tolerated?.preferences == ConversationPreferences())
    }

    @Test func listsLeaveOutWhatIsOfAnotherShape() throws {
        let accounts = try read(
            #"{"bans":[{"account_id":"\#(ada)","name":"Ada","banned_at":5},7,{"name":"x"}],"next_cursor":"c"}"#
        ) { try AccountPage(reading: &$0, list: "bans") }
        #expect(accounts.entries == [AccountPage.Entry(ada, name: "Ada")])
        #expect(accounts.nextCursor == "c")
        let starred = try read(
            """
            {"events":[{"kind":"message","conversation_id":"\(conversation)","seq":1,"message_id":"\(message)","sender":"\(ada)",
            "content":{"type":"text","text":"a"},"starred":true},5,{"kind":"ticks"}],"next_before":"b",
            "missing":[{"conversation_id":"\(conversation)","message_id":"\(message)","reason":"archive_corrupt"},7]}
            """
        ) { try StarredPage(reading: &$0) }
        #expect(starred.messages.map(\.messageID) == [message])
        #expect(starred.next == "b")
        #expect(starred.missingCount == 2)
    }
}
