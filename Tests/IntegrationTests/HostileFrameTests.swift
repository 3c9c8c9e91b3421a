import Foundation
import MartletClient
import TestKit
import Testing

/// What no good client sends, and the close code that it gets (docs/DESIGN.md, "WebSocket").
@Suite(.serialized) struct HostileFrameTests {
    private struct Case: Sendable, CustomStringConvertible {
        let description: String
        let code: UInt16
        var isGreeted = true
        var opcode = WebSocketOpcodeByte.text
        var bytes: [UInt8] = []
        var rest: [(WebSocketOpcodeByte, Bool, [UInt8])] = []
        var isFinal = true

        init(_ description: String, _ code: UInt16, _ text: String = "", isGreeted: Bool = true) {
            self.description = description
            self.code = code
            self.isGreeted = isGreeted
            bytes = [UInt8](text.utf8)
        }

        func with(_ change: (inout Case) -> Void) -> Case {
            var copy = self
            change(&copy)
            return copy
        }
    }

    private static func unsignedToken() -> String {
        func part(_ json: String) -> String {
            Data(json.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
        }
        let claims = #"{"sub":"00000000000000000000000001","typ":"access","exp":9999999999}"#
        return part(#"{"alg":"none","typ":"JWT"}"#) + "." + part(claims) + "."
    }

    private static let cases: [Case] = {
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        let long = String(repeating: "x", count: 70_000)
        return [
            Case(
                "an acknowledgement before hello",
                4501,
                #"{"type":"ack","position":"1.0"}"#,
                isGreeted: false
            ),
            Case(
                "hello with a forged token",
                4501,
                #"{"type":"hello","token":"a.b.c","position":null}"#,
                isGreeted: false
            ),
            Case(
                "hello with alg none",
                4501,
                #"{"type":"hello","token":"\#(unsignedToken())"}"#,
                isGreeted: false
            ),
            Case(
                "hello without a token",
                4503,
                #"{"type":"hello","position":null}"#,
                isGreeted: false
            ),
            Case(
                "hello with a number as token",
                4503,
                #"{"type":"hello","token":1}"#,
                isGreeted: false
            ),
            Case("no JSON", 4503, "hello"),
            Case("an empty frame", 4503),
            Case("a JSON array", 4503, "[]"),
            Case("a JSON number", 4503, "1"),
            Case("two JSON values", 4503, "{} {}"),
            Case("no type", 4503, #"{"position":"1.0"}"#),
            Case("a number as type", 4503, #"{"type":7}"#),
            Case("an unknown type", 4503, #"{"type":"shout"}"#),
            Case("deep nesting", 4503, #"{"type":"ack","position":\#(deep)}"#),
            Case("a second hello", 4503, #"{"type":"hello","token":"x","position":null}"#),
            Case("a number as position", 4503, #"{"type":"ack","position":5}"#),
            Case("a position that is none", 4503, #"{"type":"ack","position":"later"}"#),
            Case("a read without a conversation", 4503, #"{"type":"read","seq":1}"#),
            Case(
                "a text as seq",
                4503,
                #"{"type":"read","conversation_id":"00000000000000000000000001","seq":"1"}"#
            ),
            Case(
                "a negative seq",
                4503,
                #"{"type":"read","conversation_id":"00000000000000000000000001","seq":-1}"#
            ),
            Case(
                "a submit without an id",
                4503,
                #"{"type":"submit","recipient":"+15551230002","message":"x"}"#
            ),
            Case(
                "a submit with a list as message",
                4503,
                #"{"type":"submit","id":"x","message":[]}"#
            ),
            Case("invalid UTF-8", 4503).with { $0.bytes = [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x7D] },
            Case("a binary frame", 4503, "{}").with { $0.opcode = .binary },
            Case("a continuation of nothing", 4503, "{}").with { $0.opcode = .continuation },
            Case("an opcode that does not exist", 4503, "{}").with {
                $0.opcode = WebSocketOpcodeByte(rawValue: 5)
            },
            Case("a frame of 70 kB", 4504, long),
            Case("fragments of 70 kB", 4504, String(long.prefix(40_000))).with {
                $0.isFinal = false
                $0.rest = [(.continuation, true, [UInt8](long.prefix(40_000).utf8))]
            },
            Case("a message inside a fragmented message", 4503, "{").with {
                $0.isFinal = false
                $0.rest = [(.text, true, [UInt8]("{}".utf8))]
            },
        ]
    }()

    @Test func everyHostileFrameGetsItsCloseCode() async throws {
        try await PipelineHarness.run { harness in
            let victim = try await harness.register(phone: "+15551230001")
            let url = try await harness.http.connect(token: victim.accessToken)
            for test in Self.cases {
                let socket = try await RawSocket.connect(to: url)
                if test.isGreeted { try await socket.greet(victim) }
                socket.send(test.bytes, as: test.opcode, isFinal: test.isFinal)
                for (opcode, isFinal, bytes) in test.rest {
                    socket.send(bytes, as: opcode, isFinal: isFinal)
                }
                let code = try await socket.closed()
                #expect(code == test.code, "\(test)")
            }
            try await silentOnesAreClosed(url)
            try await refusedSubmissionsKeepTheConnection(victim, url, harness)
        }
    }

    private func silentOnesAreClosed(_ url: String) async throws {
        let silent = try await RawSocket.connect(to: url)
        let code = try await silent.closed()
        #expect(code == 4501)
    }

    private func refusedSubmissionsKeepTheConnection(
        _ victim: Credentials,
        _ url: String,
        _ harness: PipelineHarness
    ) async throws {
        let socket = try await RawSocket.connect(to: url)
        try await socket.greet(victim)
        let person = try await Person(harness, phone: "+15551230001", as: victim)
        let tooLong = String(repeating: "x", count: 4097)
        let submissions: [(message: String, recipient: String, code: String)] = [
            (tooLong, "+15551230002", "message_too_long"),
            (" ", "+15551230002", "invalid_message"),
            ("x", "nobody", "invalid_recipient"),
            ("x", "+15551230001", "invalid_recipient"),
        ]
        for submission in submissions {
            let id = person.newID()
            socket.send(
                #"{"type":"submit","id":"\#(id)","recipient":"\#(submission.recipient)","message":"\#(submission.message)"}"#
            )
            try await socket.frame("the answer \(submission.code)") {
                if case .rejected(let answered, let code, _) = $0 {
                    answered == id && code == submission.code
                } else {
                    false
                }
            }
        }
        let fragmented = person.newID()
        let text =
            #"{"type":"submit","id":"\#(fragmented)","recipient":"+15551230002","message":"\#(harness.needle)"}"#
        let bytes = [UInt8](text.utf8)
        socket.send(Array(bytes.prefix(20)), isFinal: false)
        socket.send([], as: .ping)
        socket.send(Array(bytes.dropFirst(20).prefix(20)), as: .continuation, isFinal: false)
        socket.send(Array(bytes.dropFirst(40)), as: .continuation)
        try await socket.frame("the answer to fragments") {
            if case .accepted(let accepted) = $0 { accepted.messageID == fragmented } else { false }
        }
        #expect(!socket.isClosed)
        socket.abort()
    }

    @Test func whoNeverAcknowledgesGetsResendsAndIsClosed() async throws {
        try await PipelineHarness.run { harness in
            let ada = try await Person(harness, phone: "+15551230001")
            let mute = try await harness.register(phone: "+15551230002")
            let url = try await harness.http.connect(token: mute.accessToken)
            let socket = try await RawSocket.connect(to: url)
            try await socket.greet(mute)
            let bob = try await Person(harness, phone: "+15551230002", as: mute)
            let message = try await ada.post("hear me", to: bob)
            let code = try await socket.closed(within: .seconds(120))
            #expect(code == 4008)
            let copies = socket.frames.count {
                if case .event(_, .message(let event)) = $0 {
                    event.messageID == message.messageID
                } else {
                    false
                }
            }
            #expect(copies >= 2)
        }
    }

    @Test func whoStopsReadingIsClosedAndNobodyElseNotices() async throws {
        try await PipelineHarness.run { harness in
            let ada = try await Person(harness, phone: "+15551230001")
            let bob = try await Person(harness, phone: "+15551230002")
            try await ada.connect()
            try await bob.connect()
            let stalled = try await harness.register(phone: bob.phone)
            let url = try await harness.http.connect(token: stalled.accessToken)
            let socket = try await RawSocket.connect(to: url)
            try await socket.greet(stalled)
            socket.stopReading()
            // More than the kernel's buffers and the send queue hold together.
            let text = String(repeating: "wide ", count: 800)
            let count = 4000
            // In waves that the sender's own outbox (8 MiB) has room for.
            for sent in stride(from: 0, to: count, by: 1000) {
                for _ in 0..<1000 { ada.submit(text, to: bob) }
                try await bob.waitForMessages(sent, within: .seconds(300))
            }
            try await bob.waitForMessages(count, within: .seconds(300))
            #expect(bob.messages.map(\.seq) == Array(1...UInt64(count)))
            #expect(await bob.session.statistics().connections == 1)
            socket.startReading()
            let code = try await socket.closed(within: .seconds(60))
            #expect(code == 4009 || code == 4008)
            await ada.session.stop()
            await bob.session.stop()
        }
    }
}
