import Events
import Testing

@testable import Delivery

@Suite struct WatchingMachinesTests {
    private let ada = AccountID(high: 1, low: 1)
    private let bob = AccountID(high: 2, low: 2)

    @Test func anAccountHasABoundedNumberOfWatchers() {
        var book = PresenceBook(watchersMax: 10)
        let start = Timestamp(milliseconds: 1000)
        func begin(_ number: UInt64, at time: Timestamp) -> Bool {
            book.begin(
                AccountID(high: 3, low: number),
                ada,
                until: time + .seconds(60),
                now: time
            )
        }
        #expect((0..<20).map { begin($0, at: start) }.filter { $0 }.count == 10)
        let again = begin(0, at: start + .seconds(30))
        #expect(again, "who is there may stay")
        // Those that have ended make room.
        #expect((30..<60).map { begin($0, at: start + .seconds(61)) }.filter { $0 }.count == 9)
        book.expire(now: start + .seconds(100))
        #expect(book.watchers(of: ada).count == 9)
        book.expire(now: start + .seconds(1000))
        #expect(!book.isWatched(ada) && book.accounts.isEmpty)
    }

    @Test func aContactIsRememberedAsLongAsItWatches() {
        var book = PresenceBook(watchersMax: 10)
        let time = Timestamp(milliseconds: 1000)
        _ = book.begin(bob, ada, until: time + .seconds(1), now: time)
        #expect(book.isContact(bob, of: ada) == nil)
        book.set(isContact: true, bob, of: ada)
        _ = book.begin(bob, ada, until: time + .seconds(9), now: time)
        #expect(book.isContact(bob, of: ada) == true)
        book.end(bob, ada)
        book.set(isContact: true, bob, of: ada)
        #expect(book.isContact(bob, of: ada) == nil && !book.watches(bob, ada))
    }

    @Test func whatIsWatchedComesDueOncePerInterval() {
        var table = WatchTable(interval: .seconds(240))
        table.begin(ada, bob, now: .seconds(0))
        table.begin(ada, AccountID(high: 3, low: 3), now: .seconds(100))
        var due = table.due(now: .seconds(239), limit: 100)
        #expect(due.isEmpty)
        due = table.due(now: .seconds(240), limit: 100)
        #expect(due.map(\.accounts.count) == [2])
        let isLast = table.end(ada, bob)
        #expect(isLast)
        _ = table.end(ada, AccountID(high: 3, low: 3))
        #expect(table.count == 0)
        // Stopped and begun again: only the new interval counts.
        table.begin(ada, bob, now: .seconds(300))
        due = table.due(now: .seconds(481), limit: 100)
        #expect(due.isEmpty)
        due = table.due(now: .seconds(540), limit: 100)
        #expect(due.count == 1)
    }

    @Test func ofMuchThatIsDueSomeComesAtATime() {
        var table = WatchTable(interval: .seconds(240))
        for number: UInt64 in 0..<100 {
            table.begin(AccountID(high: 4, low: number), bob, now: .zero)
        }
        let counts = (0..<6).map { _ in table.due(now: .seconds(250), limit: 30).count }
        #expect(counts == [30, 30, 30, 10, 0, 0])
    }

    @Test func endingWhatNeverBeganIsNothing() {
        var table = WatchTable(interval: .seconds(240))
        let isLast = table.end(ada, bob)
        #expect(!isLast)
        #expect(table.count == 0)
    }
}
