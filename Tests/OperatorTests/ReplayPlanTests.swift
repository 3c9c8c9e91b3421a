import ArgumentParser
import EventLog
import Events
import LogTail
import Persistence
import Stores
import Testing

@testable import Operator

@Suite struct ReplayPlanTests {
    private let now = Timestamp(milliseconds: 1_770_000_000_000)

    private func plan(
        _ change: (inout ReplayPlan.Wishes) throws -> Void = { _ in }
    ) throws -> ReplayPlan {
        var wishes = ReplayPlan.Wishes()
        wishes.into = "/elsewhere/new.sqlite"
        wishes.data = "/data"
        wishes.live = .standard(inDataDirectory: "/data")
        try change(&wishes)
        return try ReplayPlan(wishes, now: now)
    }

    @Test func byDefaultItGoesToTheEndAndSwapsNothing() throws {
        let simple = try plan()
        #expect(simple.until == nil)
        #expect(!simple.swaps)
        #expect(simple.target == .sqlite(path: "/elsewhere/new.sqlite"))
        #expect(simple.live == .sqlite(path: "/data/history.sqlite"))
    }

    @Test func anOffsetAMomentAndATimeAgoAreEnds() throws {
        #expect(try plan { $0.until = "120" }.until == .offset(Offset(120)))
        #expect(try plan { $0.until = "-5m" }.until == .time(now - .seconds(300)))
        #expect(
            try plan { $0.until = "2026-02-02T02:40:00Z" }.until
                == .time(Timestamp(milliseconds: 1_770_000_000_000))
        )
        #expect(throws: ReplayPlan.Refusal.self) { try plan { $0.until = "yesterday" } }
    }

    @Test(arguments: [
        "", "folder/", "/data/history.sqlite", "/data/./sub/../history.sqlite",
        "/data/history.sqlite-wal", "/data/history.sqlite.lock",
    ])
    func theLiveStoreIsNeverBuiltOver(name: String) {
        #expect(throws: ReplayPlan.Refusal.self) { try plan { $0.into = name }.checkTarget() }
    }

    @Test func whichStoreIsTheLiveOneIsNotGuessedFromTheFlags() throws {
        // Where the live store is in a database, the default file is free.
        let back = try plan {
            $0.into = "/data/history.sqlite"
            $0.live = try StoreLocation("postgresql://martlet@db/martlet", relativeTo: "/")
        }
        try back.checkTarget()
        _ = try ReplayCommand.parse(["--data", "/data", "--into", "/data/history.sqlite"])
    }

    @Test func aSchemaOfADatabaseIsAStoreToo() throws {
        let url = "postgresql://martlet:secret@db/martlet?schema=next"
        let other = try plan { $0.into = url }
        #expect(!"\(other.target)".contains("secret"))
        #expect("\(other.target)".contains("schema next"))
        #expect(throws: ReplayPlan.Refusal.self) {
            try plan {
                $0.into = url
                $0.live = try StoreLocation(url, relativeTo: "/")
            }.checkTarget()
        }
    }

    @Test func waitingIsForSwappingOnly() throws {
        #expect(throws: ReplayPlan.Refusal.self) { try plan { $0.wait = 3 } }
        #expect(throws: ReplayPlan.Refusal.self) {
            try plan {
                $0.swap = true
                $0.wait = -1
            }
        }
        let patient = try plan {
            $0.swap = true
            $0.wait = 0.5
        }
        #expect(patient.patience == .milliseconds(500))
    }
}

@Suite struct LogExtentTests {
    private let places = (0..<3).map { TopicPartition(.timeline, Partition(Int32($0))) }

    private func extent(_ limits: [(Int64, Int64)]) -> LogExtent {
        LogExtent(
            limits: Dictionary(
                uniqueKeysWithValues: zip(places, limits).map { place, limit in
                    let (low, high) = limit
                    return (
                        place,
                        LogAdmin.Watermarks(low: Offset(low), high: Offset(high))
                    )
                }
            )
        )
    }

    @Test func aStoreThatReadWhatTheLogHasIsItsFold() {
        let extent = extent([(0, 10), (0, 0)])
        #expect(extent.contradiction(to: [:]) == nil)
        #expect(extent.contradiction(to: [places[0]: Offset(10), places[1]: Offset(0)]) == nil)
        #expect(extent.loss() == nil)
    }

    @Test func aStoreThatReadMoreThanTheLogHasIsNot() {
        let extent = extent([(0, 10), (0, 5)])
        let beyond = extent.contradiction(to: [places[0]: Offset(11)])
        #expect(beyond?.contains("timeline/0") == true)
        #expect(beyond?.contains("11") == true)
        let unknown = extent.contradiction(to: [places[2]: Offset(1)])
        #expect(unknown?.contains("timeline/2") == true)
    }

    @Test func aLogThatLostItsBeginningProvesOnlyWhatWasNeverRead() {
        let extent = extent([(0, 10), (4, 9)])
        #expect(extent.loss()?.contains("timeline/1 begins at 4") == true)
        #expect(extent.loss(before: [places[0]: Offset(10)]) == nil)
        #expect(extent.loss(before: [places[1]: Offset(2)]) != nil)
    }

    @Test func aFileThatStandsBeyondTheEndAskedForIsRefused() {
        let extent = extent([(0, 10)])
        let positions = [places[0]: Offset(8)]
        #expect(ReplayRun.objection(to: positions, extent, [places[0]: Offset(8)]) == nil)
        #expect(
            ReplayRun.objection(to: positions, extent, [places[0]: Offset(7)])?
                .contains("--until") == true
        )
        #expect(ReplayRun.objection(to: [places[0]: Offset(11)], extent, [:]) != nil)
    }
}

@Suite struct ReplayReportTests {
    private func report(
        _ change: (inout ReplayRun.Outcome) -> Void,
        swap: Bool = false
    ) throws
        -> ReplayReport
    {
        var wishes = ReplayPlan.Wishes()
        wishes.into = "/data/new.sqlite"
        wishes.data = "/data"
        wishes.live = .standard(inDataDirectory: "/data")
        wishes.swap = swap
        var outcome = ReplayRun.Outcome()
        outcome.duration = .seconds(2)
        change(&outcome)
        return ReplayReport(
            plan: try ReplayPlan(wishes, now: Timestamp(milliseconds: 0)),
            outcome: outcome
        )
    }

    @Test func anInterruptedReplaySaysHowToGoOn() throws {
        let report = try report {
            $0.before = 10
            $0.progress = StoreRebuild.Progress(read: 1000, total: 3000, poisoned: 2)
        }
        #expect(
            report.lines == [
                "/data/new.sqlite: 1,000 records in 2.0 s (500/s), going on after 10",
                "2 of them could not be folded: see `martlet dead-letters list`",
                "interrupted, 2,000 records before the end: run it again to go on",
            ]
        )
        #expect(report.object.text.contains(#""complete":false"#))
        #expect(report.object.text.contains(#""records_left":2000"#))
    }

    @Test func aSwappedStoreIsNamedByItsNewPlace() throws {
        let report = try report(
            {
                $0.progress = StoreRebuild.Progress(read: 7, total: 7)
                $0.isComplete = true
                $0.isSwapped = true
            },
            swap: true
        )
        #expect(report.lines.last == "it stands in the place of /data/history.sqlite")
        #expect(report.object.text.contains(#""store":"/data/history.sqlite""#))
    }
}
