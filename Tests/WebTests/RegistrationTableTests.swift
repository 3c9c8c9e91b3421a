import Events
import TestKit
import Testing

@testable import Gateway

@Suite struct RegistrationTableTests {
    private let start = Timestamp(milliseconds: 1_767_225_600_000)

    private func registration(
        _ number: UInt64,
        phone: String = "+15551230001",
        code: String = "042042",
        at time: Timestamp? = nil
    ) throws -> Registration {
        Registration(
            id: RegistrationID(high: 1, low: number),
            request: RegistrationRequest(address: try #require(AccountAddress(phone: phone))),
            code: code,
            device: DeviceID(high: 2, low: number),
            expires: (time ?? start) + RegistrationTable.lifetime
        )
    }

    private func phone(_ number: Int) -> String { "+1555\(1_000_000 + number)" }

    // MARK: Codes

    @Test func theRightCodeIsRightOnce() throws {
        var table = RegistrationTable()
        let registration = try registration(1)
        try table.begin(registration, at: start)
        #expect(table.judge(registration.id, code: "042042", at: start) == .right(registration))
        #expect(table.judge(registration.id, code: "042042", at: start) == .busy)
        table.finish(registration.id)
        #expect(table.judge(registration.id, code: "042042", at: start) == .unknown)
    }

    @Test func aCodeThatDidNotGetIntoTheLogMayBeGivenAgain() throws {
        var table = RegistrationTable()
        let registration = try registration(1)
        try table.begin(registration, at: start)
        for _ in 0..<10 {
            let verdict = table.judge(registration.id, code: "042042", at: start)
            #expect(verdict == .right(registration))
            table.release(registration.id)
        }
    }

    @Test func thereAreFiveAttemptsAndNotOneMore() throws {
        var table = RegistrationTable()
        let registration = try registration(1)
        try table.begin(registration, at: start)
        for left in (1...4).reversed() {
            let verdict = table.judge(registration.id, code: "000000", at: start)
            #expect(verdict == .wrong(attemptsLeft: left))
        }
        #expect(table.judge(registration.id, code: "000000", at: start) == .exhausted)
        #expect(table.judge(registration.id, code: "042042", at: start) == .unknown)
    }

    @Test func theRightCodeAtTheFifthAttemptIsRight() throws {
        var table = RegistrationTable()
        let registration = try registration(1)
        try table.begin(registration, at: start)
        for _ in 0..<4 { _ = table.judge(registration.id, code: "042043", at: start) }
        #expect(table.judge(registration.id, code: "042042", at: start) == .right(registration))
    }

    @Test func whoeverGuessesWhileACodeIsBeingConfirmedLearnsNothing() throws {
        var table = RegistrationTable()
        let registration = try registration(1)
        try table.begin(registration, at: start)
        _ = table.judge(registration.id, code: "042042", at: start)
        for code in ["000000", "042042", ""] {
            #expect(table.judge(registration.id, code: code, at: start) == .busy)
        }
    }

    @Test func onlyTheWholeCodeIsTheCode() throws {
        let codes = ["", "0", "04204", "0420420", "42042", " 042042", "042042\u{0}", "０４２０４２"]
        for code in codes {
            var table = RegistrationTable()
            let registration = try registration(1)
            try table.begin(registration, at: start)
            let verdict = table.judge(registration.id, code: code, at: start)
            #expect(verdict == .wrong(attemptsLeft: 4), "\(code)")
        }
    }

    @Test func anotherRegistrationsCodeIsWrong() throws {
        var table = RegistrationTable()
        try table.begin(try registration(1, code: "111111"), at: start)
        try table.begin(try registration(2, phone: phone(2), code: "222222"), at: start)
        let id = RegistrationID(high: 1, low: 1)
        #expect(table.judge(id, code: "222222", at: start) == .wrong(attemptsLeft: 4))
        let other = RegistrationID(high: 1, low: 3)
        #expect(table.judge(other, code: "111111", at: start) == .unknown)
    }

    // MARK: Time

    @Test func aCodeIsGoodUntilItsLastMillisecondAndNotAfter() throws {
        let end = start + RegistrationTable.lifetime
        for (time, isGood) in [(end - .milliseconds(1), true), (end, false)] {
            var table = RegistrationTable()
            let registration = try registration(1)
            try table.begin(registration, at: start)
            let verdict = table.judge(registration.id, code: "042042", at: time)
            #expect(verdict == (isGood ? .right(registration) : .unknown))
        }
    }

    @Test func aCodeExpiresThoughTheClockWasSetBackBeforeItWasSent() throws {
        var table = RegistrationTable()
        try table.begin(try registration(1), at: start)
        let earlier = start - .seconds(3600)
        let second = try registration(2, phone: phone(2), at: earlier)
        try table.begin(second, at: earlier)
        let end = earlier + RegistrationTable.lifetime
        #expect(table.judge(second.id, code: "042042", at: end) == .unknown)
    }

    // MARK: Bounds

    @Test func anAddressBeginsFiveInTenMinutesFinishedOnesIncluded() throws {
        var table = RegistrationTable()
        for number in 1...5 as ClosedRange<UInt64> {
            let time = start + .seconds(Int64(number))
            let registration = try registration(number, at: time)
            try table.begin(registration, at: time)
            _ = table.judge(registration.id, code: "042042", at: time)
            table.finish(registration.id)
        }
        let now = start + .seconds(100)
        let sixth = try registration(6, at: now)
        // The first one began at 1 s and is forgotten at 601 s.
        #expect(throws: RetryLater(after: .seconds(501))) {
            try table.begin(sixth, at: now)
        }
        try table.begin(try registration(7, phone: phone(7), at: now), at: now)
        let later = start + .seconds(601)
        try table.begin(try registration(8, at: later), at: later)
        #expect(throws: RetryLater(after: .seconds(1))) {
            try table.begin(try registration(9, at: later), at: later)
        }
    }

    @Test func theTableIsBoundedAndEmptiesByItself() throws {
        var table = RegistrationTable()
        for number in 0..<RegistrationTable.registrationsMax {
            let registration = try registration(UInt64(number), phone: phone(number))
            try table.begin(registration, at: start)
        }
        let next = try registration(1_000_000, phone: "+4915551230001")
        #expect(throws: RetryLater(after: RegistrationTable.lifetime)) {
            try table.begin(next, at: start)
        }
        #expect(table.count == RegistrationTable.registrationsMax)
        let later = start + RegistrationTable.lifetime
        try table.begin(try registration(1_000_000, at: later), at: later)
        #expect(table.count == 1)
    }

    @Test func codesAreComparedByEveryDigit() {
        #expect(RegistrationTable.isSame("042042", "042042"))
        #expect(RegistrationTable.isSame("", ""))
        for other in ["142042", "042043", "04204", "0420422", ""] {
            #expect(!RegistrationTable.isSame("042042", other), "\(other)")
            #expect(!RegistrationTable.isSame(other, "042042"), "\(other)")
        }
    }
}
