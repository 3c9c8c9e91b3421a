import Testing

@testable import Web

@Suite struct CloseCodeTests {
    @Test func theNumbersAreThoseOfTheProtocolAndNeverChange() {
        let numbers: [CloseCode: UInt16] = [
            .goingAway: 4001, .moved: 4003, .unresponsive: 4008, .tooSlow: 4009, .replaced: 4010,
            .unauthenticated: 4501, .revoked: 4502, .badFrame: 4503, .limit: 4504,
        ]
        for (code, number) in numbers { #expect(code.code == number, "\(code)") }
        #expect(Set(CloseCode.all) == Set(numbers.keys))
    }

    @Test func everyNumberIsThereOnceAndInTheRangeForPrivateUse() {
        #expect(Set(CloseCode.all.map(\.code)).count == CloseCode.all.count)
        #expect(Set(CloseCode.all.map(\.name)).count == CloseCode.all.count)
        for code in CloseCode.all { #expect((4000...4999).contains(code.code), "\(code)") }
    }

    @Test func theRangeSaysWhatTheClientDoes() {
        for code in CloseCode.all {
            switch code.reaction {
            case .reconnect: #expect((4000..<4500).contains(code.code), "\(code)")
            case .authenticate: #expect((4500...4502).contains(code.code), "\(code)")
            case .stop: #expect((4503..<5000).contains(code.code), "\(code)")
            }
        }
        #expect(CloseCode.moved.reaction == .reconnect)
        #expect(CloseCode.tooSlow.reaction == .reconnect)
        #expect(CloseCode.unauthenticated.reaction == .authenticate)
        #expect(CloseCode.badFrame.reaction == .stop)
    }

    @Test func theReasonFitsIntoACloseFrame() {
        // RFC 6455, section 5.5: a control frame has 125 bytes, two of them the code.
        for code in CloseCode.all { #expect((1...123).contains(code.name.utf8.count), "\(code)") }
    }
}
