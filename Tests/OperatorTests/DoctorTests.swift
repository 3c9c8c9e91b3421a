import EventLog
import Events
import LogTail
import ServiceKit
import Synchronization
import Testing

@testable import Operator

/// A check that does what a test says.
private struct StagedCheck: DoctorCheck {
    let name: String
    var needs: DoctorNeed?
    var provides: DoctorNeed?
    var timeLimit: Duration = .seconds(600)
    let body: @Sendable () async throws -> [DoctorFinding]

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] { try await body() }
}

private struct Broken: Error {}

private struct Noon: WallClock {
    func now() -> Timestamp { Timestamp(milliseconds: 1_770_000_000_000) }
}

@Suite struct DoctorRunTests {
    private func outcomes(_ checks: [StagedCheck]) async -> [DoctorRun.Outcome] {
        let context = DoctorContext(
            settings: InstallationSettings(
                .init(),
                environment: [:],
                file: ConfigurationFile(path: "/none", exists: false)
            ),
            processes: [],
            clock: Noon()
        )
        return await DoctorRun(checks: checks, context: context).run { _ in }
    }

    @Test func allRunThoughOneFails() async {
        let outcomes = await outcomes([
            StagedCheck(name: "a") { throw Broken() },
            StagedCheck(name: "b") { [.ok("fine")] },
        ])
        #expect(outcomes.map(\.check) == ["a", "b"])
        #expect(outcomes[0].findings.map(\.code) == [.checkFailed])
        #expect(outcomes[1].findings.map(\.code) == [.ok])
        #expect(DoctorReport.hasFailed(outcomes))
    }

    @Test func aCheckThatHangsIsLeftAlone() async {
        let outcomes = await outcomes([
            StagedCheck(name: "a", timeLimit: .milliseconds(10)) {
                // Deaf to cancellation, as a call of the system is.
                await Task { try? await Task.sleep(for: .seconds(3600)) }.value
                return []
            },
            StagedCheck(name: "b") { [.ok("fine")] },
        ])
        #expect(outcomes[0].findings.first?.text.contains("did not end within 10.0 ms") == true)
        #expect(outcomes[1].findings.map(\.code) == [.ok])
    }

    @Test(arguments: [true, false])
    func whatNeedsTheLogIsNotAskedWithoutOne(throwsError: Bool) async {
        let asked = Mutex(false)
        let outcomes = await outcomes([
            StagedCheck(name: "log", provides: .log) {
                if throwsError { throw Broken() }
                return LogCheck.judge(.init(addresses: "127.0.0.1:1"))
            },
            StagedCheck(name: "topics", needs: .log) {
                asked.withLock { $0 = true }
                return [.ok("fine")]
            },
        ])
        #expect(!asked.withLock { $0 })
        #expect(outcomes[1].findings == [.notChecked("the log is away")])
    }

    @Test func hintsAloneAreNoFailure() async {
        let outcomes = await outcomes([
            StagedCheck(name: "a") { [.warn(.diskSlow, "slow", do: "another")] },
            StagedCheck(name: "b") { [.notChecked("why")] },
        ])
        #expect(!DoctorReport.hasFailed(outcomes))
    }

    @Test func everyFindingHasALineAndItsAdvice() async {
        let outcomes = await outcomes([
            StagedCheck(name: "disk") {
                [.ok("fine"), .fail(.diskFull, "full \u{1B}[2J", do: "make room")]
            }
        ])
        let report = DoctorReport(palette: Palette(isColoured: false))
        #expect(
            report.lines(outcomes[0]) == [
                "OK    disk          fine", "FAIL  disk          full ·[2J",
                "                    → make room",
            ]
        )
        #expect(report.conclusion(outcomes) == "1 failed.")
        let text = DoctorReport.object(outcomes).text
        #expect(
            text.hasPrefix(
                #"{"ok":false,"failed":1,"warnings":0,"not_checked":0,"checks":[{"check":"disk","#
            )
        )
        #expect(text.contains(#""status":"fail","code":"doctor.disk_full""#))
    }

    @Test func codesAreWordsThatStayTheSame() {
        #expect(DoctorCode.logUnreachable.description == "doctor.log_unreachable")
        let isWord = DoctorCode.allCases.allSatisfy { code in
            code.rawValue.allSatisfy { $0.isLowercase || $0 == "_" }
        }
        #expect(isWord)
    }

    @Test func sizesAndSpansAreShort() {
        #expect(DoctorText.bytes(999) == "999 bytes")
        #expect(DoctorText.bytes(1_550_000) == "1.5 MB")
        #expect(DoctorText.bytes(.max).hasSuffix(" TB"))
        #expect(DoctorText.span(.microseconds(1250)) == "1.2 ms")
        #expect(DoctorText.span(.seconds(-3)) == "0.0 ms")
        #expect(DoctorText.span(.seconds(119)) == "119.0 s")
        #expect(DoctorText.span(.seconds(600)) == "10 minutes")
        #expect(DoctorText.span(.seconds(864_000)) == "10 days")
        #expect(DoctorText.count(1, "record") == "1 record")
        #expect(DoctorText.count(1200, "record") == "1,200 records")
    }
}
