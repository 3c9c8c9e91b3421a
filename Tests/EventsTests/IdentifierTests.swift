import Crypto
import Events
import Foundation
import Testing

@Suite struct IdentifierTests {
    private func hex(_ text: String) -> [UInt8] {
        stride(from: 0, to: text.utf8.count, by: 2).compactMap { place in
            let start = text.index(text.startIndex, offsetBy: place)
            return UInt8(text[start..<text.index(start, offsetBy: 2)], radix: 16)
        }
    }

    /// From an implementation of Crockford's base32 in another language.
    @Test(arguments: [
        ("017f22e279b07cc398c4dc0c0c07398f", "01fwhe4ydgfk1shh6w1g60eecf"),
        ("ffffffffffffffffffffffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
        ("00000000000000000000000000000000", "00000000000000000000000000"),
    ])
    func bytesAndTextAreThoseOfCrockford(bytes: String, text: String) throws {
        let id = try #require(SubmissionID(bytes: hex(bytes)))
        #expect(id.description == text)
        #expect(SubmissionID(text) == id)
        #expect(SubmissionID(text.uppercased()) == id)
        #expect(id.bytes == hex(bytes))
    }

    @Test func lookAlikesAreRead() {
        #expect(
            AccountID("0O" + String(repeating: "iIlL", count: 6))
                == AccountID("00" + String(repeating: "1", count: 24))
        )
    }

    @Test(arguments: [
        "", "0", "80000000000000000000000000", "0000000000000000000000000",
        "000000000000000000000000000", "0000000000000000000000000u", "0000000000000-000000000000",
        "0000000000000000000000000é", "zzzzzzzzzzzzzzzzzzzzzzzzzz",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(AccountID(text) == nil)
    }

    @Test func onlySixteenBytesAreAnIdentifier() {
        #expect(AccountID(bytes: [UInt8](repeating: 0, count: 15)) == nil)
        #expect(AccountID(bytes: [UInt8](repeating: 0, count: 17)) == nil)
        #expect(AccountID(bytes: []) == nil)
    }

    @Test func randomIdentifiersSurviveTextAndBytes() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let id = DeviceID(high: random.next(), low: random.next())
            #expect(DeviceID(id.description) == id)
            #expect(DeviceID(bytes: id.bytes) == id)
            let coded = try JSONDecoder().decode(
                [DeviceID].self,
                from: try JSONEncoder().encode([id])
            )
            #expect(coded == [id])
        }
    }

    @Test func textOrdersAsBytesDo() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let first = DeviceID(high: random.next(), low: random.next())
            let second = DeviceID(
                high: random.next() & 1 == 0 ? first.high : random.next(),
                low: random.next()
            )
            #expect((first < second) == (first.description < second.description))
        }
    }

    /// HMAC-SHA256 and SHA-256 from another implementation.
    @Test func accountsAndDirectConversationsAreDerived() throws {
        let key = SymmetricKey(data: Array(UInt8(0)..<32))
        let phone = try #require(AccountAddress(phone: "+1 555 123 0001"))
        let email = try #require(AccountAddress(email: "Ada@Example.org"))
        #expect(
            AccountID(address: phone, directoryKey: key).description
                == "15kn2z9rmt2h2dm8r6vjyp3mk2"
        )
        #expect(
            AccountID(address: email, directoryKey: key).description
                == "6n4zjhb3vdn72a1geegp3q9r34"
        )
        let first = try #require(AccountID(bytes: Array(UInt8(0)..<16)))
        let second = try #require(AccountID(bytes: Array(UInt8(16)..<32)))
        let conversation = ConversationID(directBetween: first, and: second)
        #expect(conversation.description == "331q6jjsp46dk924jm92xv4ptf")
        #expect(ConversationID(directBetween: second, and: first) == conversation)
    }
}

/// A clock that stands where it is put.
final class FixedClock: WallClock, @unchecked Sendable {
    // Only touched by the one test that owns it.
    var time: Timestamp

    init(_ milliseconds: Int64) {
        time = Timestamp(milliseconds: milliseconds)
    }

    func now() -> Timestamp { time }
}

@Suite struct UUIDv7GeneratorTests {
    @Test func anIdentifierSaysWhenItWasMade() {
        let clock = FixedClock(1_700_000_000_123)
        let id: SubmissionID = UUIDv7Generator(clock: clock).next()
        #expect(id.isUUIDv7)
        #expect(id.uuidTimestamp == clock.time)
    }

    @Test func identifiersOnlyEverGrow() {
        let clock = FixedClock(1_700_000_000_000)
        let generator = UUIDv7Generator(clock: clock)
        var last = generator.next(SubmissionID.self)
        for round in 0..<20_000 {
            if round == 10_000 { clock.time = Timestamp(milliseconds: 1_600_000_000_000) }
            let next = generator.next(SubmissionID.self)
            #expect(last < next)
            #expect(next.isUUIDv7)
            last = next
        }
    }

    @Test func derivedIdentifiersAreSeldomUUIDs() {
        #expect(!AccountID(high: 0, low: 0).isUUIDv7)
        #expect(!AccountID(high: .max, low: .max).isUUIDv7)
    }
}
