import EventLog
import Events
import NIOCore
import NIOEmbedded
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

/// Frames that no client should send, each with the close code that it gets.
struct HostileFrame: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: ByteBuffer
    let code: UInt16

    var testDescription: String { name }

    init(_ name: String, _ bytes: ByteBuffer, _ code: UInt16 = 4503) {
        self.name = name
        self.bytes = bytes
        self.code = code
    }

    init(_ name: String, text: String, _ code: UInt16 = 4503) {
        self.init(name, ClientBytes.text(text), code)
    }

    static let all: [HostileFrame] = malformed + misread

    private static let malformed = [
        HostileFrame("binary", ClientBytes.frame(2, [1, 2, 3])),
        HostileFrame("not masked", ClientBytes.frame(1, [0x7B, 0x7D], isMasked: false)),
        HostileFrame("reserved bit", ByteBuffer(bytes: [0xC1, 0x80, 0, 0, 0, 0])),
        HostileFrame("unknown opcode", ClientBytes.frame(3, [])),
        HostileFrame("continues nothing", ClientBytes.frame(0, [0x7B])),
        HostileFrame("fragmented ping", ClientBytes.frame(9, [], isFinal: false)),
        HostileFrame("long ping", ClientBytes.frame(9, Array(repeating: 0, count: 126))),
        HostileFrame("half a close code", ClientBytes.frame(8, [3])),
        HostileFrame(
            "64 KiB and a byte",
            ClientBytes.frame(1, Array(repeating: 0x20, count: 65537)),
            4504
        ),
        HostileFrame(
            "an exabyte is announced",
            ByteBuffer(bytes: [0x81, 0xFF, 0x7F] + Array(repeating: 0xFF, count: 7)),
            4504
        ),
        HostileFrame("invalid UTF-8", ClientBytes.frame(1, [0x7B, 0x22, 0xC3, 0x28, 0x22])),
        HostileFrame("empty", text: ""),
        HostileFrame("not JSON", text: "hello"),
        HostileFrame("an array", text: "[]"),
        HostileFrame("two objects", text: "{}{}"),
        HostileFrame("an open object", text: "{\"type\":\"ack\""),
        HostileFrame("trailing comma", text: "{\"type\":\"typing\",}"),
        HostileFrame("leading zero", text: "{\"type\":\"typing\",\"a\":01}"),
        HostileFrame("control character", text: "{\"type\":\"typ\ning\"}"),
        HostileFrame("unknown escape", text: "{\"type\":\"\\x\"}"),
        HostileFrame("half a surrogate pair", text: "{\"type\":\"\\ud83d\"}"),
        HostileFrame(
            "deep nesting",
            text: "{\"type\":\"typing\",\"a\":" + String(repeating: "[", count: 10_000)
        ),
        HostileFrame(
            "nested too deeply",
            text: "{\"type\":\"typing\",\"a\":" + String(repeating: "[", count: 16)
                + String(repeating: "]", count: 16) + "}"
        ),
    ]

    private static let misread = [
        HostileFrame("no type", text: "{}"),
        HostileFrame("type is a number", text: "{\"type\":1}"),
        HostileFrame("unknown type", text: "{\"type\":\"dance\"}"),
        HostileFrame("ack without position", text: "{\"type\":\"ack\"}"),
        HostileFrame("ack of a number", text: "{\"type\":\"ack\",\"position\":5}"),
        HostileFrame("ack of nonsense", text: "{\"type\":\"ack\",\"position\":\"x\"}"),
        HostileFrame("read without seq", text: "{\"type\":\"read\",\"conversation_id\":\"x\"}"),
        HostileFrame(
            "read of a negative seq",
            text: "{\"type\":\"read\",\"conversation_id\":"
                + "\"\(ConversationID(high: 1, low: 1))\",\"seq\":-1}"
        ),
        HostileFrame(
            "read of a fraction",
            text: "{\"type\":\"read\",\"conversation_id\":"
                + "\"\(ConversationID(high: 1, low: 1))\",\"seq\":1.5}"
        ),
        HostileFrame("submit without id", text: "{\"type\":\"submit\",\"message\":\"x\"}"),
        HostileFrame(
            "submit of a number",
            text: "{\"type\":\"submit\",\"id\":\"a\",\"message\":7}"
        ),
        HostileFrame(
            "submit to a list",
            text: "{\"type\":\"submit\",\"id\":\"a\",\"recipient\":[]}"
        ),
        HostileFrame("typing nowhere", text: "{\"type\":\"typing\",\"on\":true}"),
        HostileFrame(
            "typing in nonsense",
            text: "{\"type\":\"typing\",\"conversation_id\":\"x\",\"on\":true}"
        ),
        HostileFrame("typing, or not", text: typing("\"on\":null")),
        HostileFrame("typing by number", text: typing("\"on\":1")),
        HostileFrame("singing", text: typing("\"on\":true,\"activity\":\"singing\"")),
        HostileFrame("activity is a list", text: typing("\"on\":true,\"activity\":[]")),
        HostileFrame("watches nobody in particular", text: "{\"type\":\"watch\"}"),
        HostileFrame(
            "watches an object",
            text: "{\"type\":\"watch\",\"accounts\":{\"a\":1}}"
        ),
        HostileFrame("watches nonsense", text: "{\"type\":\"watch\",\"accounts\":[\"a\"]}"),
        HostileFrame("watches a number", text: watch("\(someone),5")),
        HostileFrame("watches null", text: watch("null")),
        HostileFrame("watches an open list", text: "{\"type\":\"watch\",\"accounts\":[}"),
        HostileFrame(
            "watches 257",
            text: watch(Array(repeating: someone, count: 257).joined(separator: ","))
        ),
        HostileFrame("a second hello", text: "{\"type\":\"hello\",\"token\":\"x\"}"),
    ]

    private static let someone = "\"\(AccountID(high: 9, low: 9))\""

    private static func typing(_ rest: String) -> String {
        "{\"type\":\"typing\",\"conversation_id\":\"\(ConversationID(high: 1, low: 1))\",\(rest)}"
    }

    private static func watch(_ accounts: String) -> String {
        "{\"type\":\"watch\",\"accounts\":[\(accounts)]}"
    }
}

@Suite struct HostileFrameTests {
    @Test(arguments: HostileFrame.all)
    func anOpenSessionIsClosedWithTheCode(frame: HostileFrame) throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try bob.receive()
        bob.send(frame.bytes)
        let received = try bob.receive()
        #expect(received.last == .close(frame.code))
        #expect(received.count == 2, "an error frame says why")
        #expect(delivery.hub.accounts.isEmpty)
        bob.send("{\"type\":\"typing\"}")
        #expect(try bob.receive() == [], "what comes after is not looked at")
    }

    @Test func whatIsUnusualButTrueIsTaken() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try bob.receive()
        let other = "\"\(delivery.ada.account)\""
        bob.send(" {\"accounts\" : [ \(other) , \(other) ],\"b\":[null,1e5], \"type\":\"watch\"}\n")
        bob.send("{\"type\":\"watch\",\"accounts\":[],\"accounts\":[\(other)]}")
        bob.send("{\"type\":\"watch\",\"accounts\":[]}")
        bob.ack(0, epoch: 99)
        #expect(try bob.receive() == [])
    }

    @Test func pingsAreAnsweredAlsoBetweenFragments() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try bob.receive()
        let text = Array("{\"type\":\"dance\"}".utf8)
        bob.send(ClientBytes.frame(1, Array(text[..<5]), isFinal: false))
        bob.send(ClientBytes.frame(9, [1, 2, 3]))
        bob.send(ClientBytes.frame(0, Array(text[5..<9]), isFinal: false))
        #expect(try bob.receive() == [.pong([1, 2, 3])])
        bob.send(ClientBytes.frame(0, Array(text[9...])))
        #expect(try bob.receiveClose() == 4503)
    }

    @Test func fragmentsBeyondTheLimitAreRefusedTogether() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try bob.receive()
        let part = Array(repeating: UInt8(ascii: " "), count: 40_000)
        bob.send(ClientBytes.frame(1, part, isFinal: false))
        #expect(try bob.receive() == [])
        bob.send(ClientBytes.frame(0, part))
        #expect(try bob.receiveClose() == 4504)
    }

    @Test func framesArriveInPiecesOfAnySize() throws {
        for size in [1, 2, 3, 7, 50] {
            let delivery = try TestDelivery()
            let bob = try TestClient(delivery)
            var bytes = ClientBytes.text(
                "{\"type\":\"hello\",\"token\":\"\(FakeTokens.token(delivery.bob))\"}"
            )
            bytes.writeImmutableBuffer(ClientBytes.frame(9, [7]))
            while let piece = bytes.readSlice(length: min(size, bytes.readableBytes)),
                piece.readableBytes > 0
            {
                bob.send(piece)
            }
            let received = try bob.receive()
            #expect(received.count == 2, "welcome and pong, in pieces of \(size)")
            #expect(received.last == .pong([7]))
        }
    }

    @Test(arguments: 1...30)
    func noBytesCrashTheParser(seed: UInt64) {
        var random = SeededBytes(seed: seed)
        for _ in 0..<300 {
            var parser = WebSocketFrameParser()
            for _ in 0..<4 {
                parser.append(ByteBuffer(bytes: random.bytes(upTo: 200)))
                do {
                    while let message = try parser.next() {
                        guard case .text(let bytes) = message else { continue }
                        _ = try? ClientFrame(bytes)
                    }
                } catch {
                    break
                }
            }
            #expect(parser.pendingBytes <= 64 * 1024 + 1000)
        }
    }
}

/// Bytes that a seed repeats.
struct SeededBytes: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func bytes(upTo count: Int) -> [UInt8] {
        (0..<Int.random(in: 0...count, using: &self)).map { _ in
            UInt8.random(in: 0...255, using: &self)
        }
    }
}
