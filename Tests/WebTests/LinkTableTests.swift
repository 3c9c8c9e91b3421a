import Events
import TestKit
import Testing
import Web

@testable import Gateway

@Suite struct LinkTableTests {
    private let start = Timestamp(milliseconds: 1_767_225_600_000)
    private let lifetime = TokenAuthority.linkLifetime

    private func link(
        _ number: UInt64,
        of account: AccountID = Samples.ada.account,
        at time: Timestamp? = nil
    ) -> Link {
        Link(
            device: DeviceID(high: 2, low: number),
            maker: Identity(account: account, device: Samples.ada.device),
            expires: (time ?? start) + lifetime
        )
    }

    @Test func aLinkIsGoodOnce() throws {
        var table = LinkTable()
        let link = link(1)
        try table.begin(link, at: start)
        #expect(table.judge(link.identity, at: start) == .good(link))
        #expect(table.judge(link.identity, at: start) == .busy)
        table.release(link.device)
        #expect(table.judge(link.identity, at: start) == .good(link))
        table.finish(link.device)
        #expect(table.judge(link.identity, at: start) == .unknown)
    }

    @Test func aLinkOfAnotherAccountIsUnknown() throws {
        var table = LinkTable()
        let link = link(1)
        try table.begin(link, at: start)
        let other = Identity(account: Samples.bob.account, device: link.device)
        #expect(table.judge(other, at: start) == .unknown)
        #expect(table.judge(link.identity, at: start) == .good(link))
    }

    @Test func aLinkEndsWithItsTimeEvenIfTheClockWasSetBack() throws {
        var table = LinkTable()
        let link = link(1)
        try table.begin(link, at: start)
        let late = self.link(2, at: start - .seconds(60))
        try table.begin(late, at: start - .seconds(60))
        let justBefore = start + lifetime - .milliseconds(1)
        #expect(table.judge(late.identity, at: justBefore) == .unknown)
        #expect(table.judge(link.identity, at: justBefore) == .good(link))
        table.release(link.device)
        #expect(table.judge(link.identity, at: start + lifetime) == .unknown)
        #expect(table.count == 0)
    }

    @Test func aUsedLinkCountsUntilItsTimeIsOver() throws {
        var table = LinkTable()
        for number in 1...UInt64(LinkTable.perAccountMax) {
            try table.begin(link(number), at: start)
            table.finish(DeviceID(high: 2, low: number))
        }
        #expect(throws: RetryLater(after: lifetime - .seconds(1))) {
            try table.begin(link(1000), at: start + .seconds(1))
        }
        try table.begin(link(1000, at: start + lifetime), at: start + lifetime)
        #expect(table.count == 1)
    }

    @Test func theTableIsBounded() throws {
        var table = LinkTable()
        for number in 0..<UInt64(LinkTable.linksMax) {
            try table.begin(link(number, of: AccountID(high: 7, low: number)), at: start)
        }
        #expect(throws: RetryLater(after: lifetime)) {
            try table.begin(link(1_000_000, of: Samples.bob.account), at: start)
        }
        try table.begin(link(1_000_000, at: start + lifetime), at: start + lifetime)
        #expect(table.count == 1)
    }
}
