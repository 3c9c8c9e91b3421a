import Events
import Foundation
import NIOCore
import Testing

@testable import MartletClient

private func decode(_ text: String) -> ServerFrame {
    Array(text.utf8).withUnsafeBytes { ServerFrame(json: $0) }
}

private let conversation = ConversationID(high: 7, low: 9)
private let message = SubmissionID(high: 1 << 20 | 0x7000, low: 1 << 63)
private let ada = AccountID(high: 1, low: 2)
private let bob = AccountID(high: 3, low: 4)

@Suite struct FrameTests {
    @Test func aMessageEventIsReadWhateverTheOrderOfItsKeys() {
        let expected = ServerFrame.event(
            InboxPosition(epoch: 35, offset: Offset(17)),
            .message(
                MessageEvent(
                    conversationID: conversation,
                    seq: 3,
                    messageCount: 2,
                    messageID: message,
                    sender: ada,
                    recipient: bob,
                    serverTimestamp: Timestamp(milliseconds: 1000),
                    clientTimestamp: nil,
                    text: "a \"b\"\n\u{1F600}é"
                )
            )
        )
        let event = """
            {"content":{"text":"a \\"b\\"\\n\\ud83d\\ude00\\u00e9","type":"text"},"kind":"message",
            "conversation_id":"\(conversation)","conversation_kind":"direct","seq":3,"extra":[{"a":[1,2.5e3,null,true]},"]"],
            "message_count":2,"message_id":"\(message)","sender":"\(ada)","recipient":"\(bob)",
            "server_timestamp":1000,"client_timestamp":null}
            """
        #expect(decode("{\"type\":\"event\",\"position\":\"z.17\",\"event\":\(event)}") == expected)
        #expect(
            decode(" {\"event\":\(event) , \"position\" : \"z.17\",\"type\":\"event\"} ")
                == expected
        )
    }

    @Test func whatSteersATerminalIsEscapedAndReadsBackAsItWas() throws {
        let steering: [ClosedRange<UInt32>] = [
            0x00...0x1F, 0x7F...0x9F, 0x061C...0x061C, 0x200E...0x200F, 0x2028...0x202E,
            0x2066...0x2069,
        ]
        // All there are, and what has nearly the same bytes.
        for value in Array(0...0x7FF) + Array(0x2000...0x20FF) + [0xD800 - 1, 0xFFFF, 0x1F600] {
            let scalar = try #require(Unicode.Scalar(UInt32(value)))
            let text = "a\(scalar)b"
            var buffer = ByteBuffer()
            buffer.writeJSON(text)
            let written = String(buffer: buffer)
            let isKept = written.unicodeScalars.contains(scalar)
            let isPlain = !steering.contains { $0.contains(scalar.value) }
            #expect(isKept == isPlain || "\"\\".unicodeScalars.contains(scalar), "\(value)")
            let data = Data(written.utf8)
            let read = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
            // Scalar by scalar: equality of strings is one of what they mean.
            #expect(
                (read as? String).map { Array($0.unicodeScalars) } == Array(text.unicodeScalars)
            )
        }
    }

    @Test func everyOtherTypeIsRead() {
        #expect(
            decode(
                "{\"type\":\"welcome\",\"account_id\":\"\(ada)\",\"device_id\":\"\(bob)\",\"position\":\"1.0\"}"
            )
                == .welcome(
                    account: ada,
                    device: DeviceID(high: 3, low: 4),
                    position: InboxPosition(epoch: 1, offset: Offset(0))
                )
        )
        #expect(
            decode(
                "{\"type\":\"accepted\",\"id\":\"\(message)\",\"messageId\":\"\(message)\",\"conversation_id\":\"\(conversation)\",\"server_timestamp\":5}"
            )
                == .accepted(
                    AcceptedMessage(
                        messageID: message,
                        conversationID: conversation,
                        serverTimestamp: Timestamp(milliseconds: 5)
                    )
                )
        )
        #expect(
            decode(
                "{\"type\":\"rejected\",\"id\":\"\(message)\",\"code\":\"too_old\",\"detail\":\"d\"}"
            )
                == .rejected(id: message, code: "too_old", detail: "d")
        )
        #expect(
            decode("{\"type\":\"gap\",\"position\":\"1.5\"}")
                == .gap(InboxPosition(epoch: 1, offset: Offset(5)))
        )
        #expect(
            decode("{\"type\":\"error\",\"code\":\"bad_frame\",\"detail\":\"\"}")
                == .error(code: "bad_frame", detail: "")
        )
        #expect(
            decode(
                "{\"type\":\"event\",\"position\":\"1.5\",\"event\":{\"kind\":\"ticks\",\"conversation_id\":\"\(conversation)\",\"delivered_seq\":9,\"read_seq\":4}}"
            )
                == .event(
                    InboxPosition(epoch: 1, offset: Offset(5)),
                    .ticks(
                        TicksEvent(conversationID: conversation, deliveredSeq: 9, readSeq: 4)
                    )
                )
        )
        #expect(
            decode("{\"type\":\"event\",\"position\":\"1.5\",\"event\":{\"kind\":\"profile\"}}")
                == .event(InboxPosition(epoch: 1, offset: Offset(5)), .unknown(kind: "profile"))
        )
        #expect(decode("{\"type\":\"signal\",\"x\":{}}") == .other(type: "signal"))
    }

    @Test func whatIsNotAFrameIsTakenWithoutHarm() {
        let samples = [
            "", "{", "[]", "nul", "{\"type\"}", "{\"type\":1}", "{\"type\":\"event\"}",
            "{\"type\":\"event\",\"position\":\"1.99999999999999999999\",\"event\":{}}",
            "{\"type\":\"gap\",\"position\":\".\"}", "{\"type\":\"\\u12\"}",
            "{\"type\":\"\\ud800\"}",
            "{\"a\":" + String(repeating: "[", count: 100_000), "{\"seq\":-}", "{}x", "{\"a\" 1}",
        ]
        for sample in samples {
            switch decode(sample) {
            case .other: break
            case let frame: Issue.record("\(sample.prefix(40)) became \(frame)")
            }
        }
    }

    @Test func cutAndChangedFramesNeverTrap() {
        var random = SystemRandomNumberGenerator()
        let whole = Array(
            """
            {"type":"event","position":"z.17","event":{"kind":"message","conversation_id":"\(conversation)","seq":3,\
            "message_id":"\(message)","sender":"\(ada)","content":{"type":"text","text":"a\\u00e9\\n"}}}
            """.utf8
        )
        for _ in 0..<20_000 {
            var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255,
                    using: &random
                )
            }
            _ = bytes.withUnsafeBytes { ServerFrame(json: $0) }
        }
    }

    @Test func clientFramesAreTheJSONThatTheyShouldBe() throws {
        let text = "q\"\\\n\u{1}é\u{1F600}"
        let frames: [ClientFrame] = [
            .hello(token: "t", position: nil),
            .ack(InboxPosition(epoch: 35, offset: Offset(8))),
            .read(conversation, seq: 12),
            .submit(
                OutgoingMessage(
                    id: message,
                    to: .address("+15551230001"),
                    text: text,
                    clientTimestamp: Timestamp(milliseconds: 77)
                )
            ),
        ]
        let parsed = try frames.map { frame in
            var buffer = ByteBuffer()
            frame.write(to: &buffer)
            let object = try JSONSerialization.jsonObject(with: Data(buffer.readableBytesView))
            return try #require(object as? [String: Any])
        }
        #expect(parsed[0]["position"] is NSNull)
        #expect(parsed[1]["position"] as? String == "z.8")
        #expect(parsed[2]["seq"] as? Int == 12)
        #expect(parsed[3]["message"] as? String == text)
        #expect(parsed[3]["recipient"] as? String == "+15551230001")
        #expect(parsed[3]["id"] as? String == message.description)
        #expect(parsed[3]["client_timestamp"] as? Int == 77)
    }

    @Test func positionsAndIdentifiersReadFromBytesAsFromText() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let position = InboxPosition(
                epoch: .random(in: 0...UInt64.max, using: &random),
                offset: Offset(.random(in: 0...Int64.max, using: &random))
            )
            #expect(
                Array(position.description.utf8).withUnsafeBytes { InboxPosition(utf8: $0) }
                    == position
            )
            let id = ids.next(SubmissionID.self)
            #expect(Array(id.description.utf8).withUnsafeBytes { SubmissionID(utf8: $0) } == id)
        }
        for bad in ["", ".", "1.", ".1", "1.-1", "A.1", "1.1.1", "zzzzzzzzzzzzzzzz.1"] {
            #expect(Array(bad.utf8).withUnsafeBytes { InboxPosition(utf8: $0) } == nil)
        }
    }
}
