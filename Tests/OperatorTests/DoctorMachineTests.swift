import EventLog
import Events
import Foundation
import Testing

@testable import Operator

@Suite struct DoctorProcessTests {
    @Test func theAdminPortIsReadFromTheCommandLine() {
        #expect(RunningProcess.adminPort(in: ["x", "--admin-port", "9021"]) == 9021)
        #expect(RunningProcess.adminPort(in: ["x", "--admin-port"]) == nil)
        #expect(RunningProcess.adminPort(in: ["x"]) == nil)
    }

    @Test func ageAndLimitAreReadAsTheKernelWritesThem() {
        let stat =
            "12 (a) b) S " + Array(repeating: "1", count: 18).joined(separator: " ") + " 5000 9"
        #expect(
            ProcessFiles.age(stat: stat, uptime: "150.5 9", ticksPerSecond: 100) == .seconds(100.5)
        )
        #expect(ProcessFiles.age(stat: "12 (a", uptime: "1", ticksPerSecond: 100) == nil)
        let limits = "Limit  Soft Hard Units\nMax open files            1024   4096  files\n"
        #expect(ProcessFiles.openFilesMax(limits) == 1024)
        #expect(ProcessFiles.openFilesMax("") == nil)
    }

    private func codes(
        _ processes: [ProcessesCheck.Facts],
        supervisor: Duration? = nil,
        limit: Int? = 1 << 20
    ) -> [DoctorCode] {
        ProcessesCheck.judge(processes, supervisorAge: supervisor, ownLimit: limit).map(\.code)
    }

    @Test func aServiceThatIsYoungerThanItsParentWasStartedAgain() {
        func router(_ age: Duration) -> [ProcessesCheck.Facts] { [.init(name: "router", age: age)] }
        #expect(codes(router(.seconds(30)), supervisor: .seconds(3600)) == [.serviceRestarted])
        #expect(codes(router(.seconds(3590)), supervisor: .seconds(3600)) == [.ok])
        #expect(codes(router(.seconds(30))) == [.ok])
    }

    @Test func filesThatRunOutAreSeenComing() {
        func process(_ name: String, _ open: Int, _ most: Int) -> [ProcessesCheck.Facts] {
            [.init(name: name, openFiles: open, openFilesMax: most)]
        }
        #expect(codes(process("delivery-2", 10, 1024)) == [.filesScarce])
        #expect(codes(process("delivery", 10, 200_000)) == [.ok])
        #expect(codes(process("router", 10, 8192)) == [.ok])
        #expect(codes(process("router", 8000, 8192)) == [.filesScarce])
        #expect(codes([], limit: 1024) == [.filesScarce])
        #expect(codes([]) == [.ok])
    }

    private func service(
        _ name: String,
        _ answer: ServicesCheck.Answer,
        isThere: Bool?
    ) -> ServicesCheck.Facts {
        .init(name: name, address: "127.0.0.1:1", isThere: isThere, answer: answer)
    }

    @Test func aStoppedInstallationIsOneHint() {
        let findings = ServicesCheck.judge([
            service("router", .silent, isThere: nil), service("push", .silent, isThere: nil),
        ])
        #expect(findings.map(\.code) == [.servicesStopped])
    }

    @Test func eachServiceIsJudgedByWhatItSays() {
        let findings = ServicesCheck.judge([
            service("gateway", .ready, isThere: true),
            service("router", .notReady(["log (away)"]), isThere: true),
            service("push", .silent, isThere: true), service("history", .silent, isThere: false),
        ])
        #expect(findings.map(\.code) == [.ok, .serviceNotReady, .serviceSilent, .serviceAbsent])
        #expect(findings[1].text == "router is not ready: log (away)")
        let fine = ServicesCheck.judge([service("gateway", .ready, isThere: nil)])
        #expect(fine.map(\.code) == [.ok])
    }

    @Test func theReasonsAreThoseThatDoNotHold() {
        let body = """
            {"ready":false,"conditions":{"store":{"ok":true,"detail":"x"},\
            "log":{"ok":false,"detail":"away"},"keys":{"ok":false,"detail":""}}}
            """
        #expect(ServicesCheck.reasons(in: Array(body.utf8)) == ["keys", "log (away)"])
        #expect(ServicesCheck.reasons(in: Array("<html>".utf8)) == ["it does not say why"])
    }
}

@Suite struct DoctorDiskTests {
    private func disk(
        free: Int64 = 50_000_000_000,
        _ change: (inout DiskCheck.Facts) -> Void = { _ in }
    ) -> DiskCheck.Facts {
        var facts = DiskCheck.Facts(
            purpose: "data",
            path: "/data",
            volume: .init(
                freeBytes: free,
                totalBytes: 100_000_000_000,
                freeFiles: 900,
                totalFiles: 1000,
                isReadOnly: false
            ),
            writeTime: .milliseconds(1)
        )
        change(&facts)
        return facts
    }

    private func code(_ facts: DiskCheck.Facts, growth: Int64? = nil) -> [DoctorCode] {
        let growth = growth.map { DiskCheck.Growth(bytesPerDay: $0, topic: "timeline") }
        return DiskCheck.judge([facts], growth: growth).map(\.code)
    }

    @Test func roomIsJudgedByShareAndByTime() {
        #expect(code(disk()) == [.ok])
        #expect(code(disk(free: 5_000_000_000)) == [.diskFull])
        #expect(DiskCheck.judge([disk(free: 500_000_000)], growth: nil).map(\.status) == [.fail])
        #expect(code(disk(), growth: 1_000_000_000) == [.ok])
        let soon = DiskCheck.judge(
            [disk()],
            growth: .init(bytesPerDay: 10_000_000_000, topic: "inbox")
        )
        #expect(soon.map(\.status) == [.warn])
        #expect(soon[0].text.contains("gone in 5 days") && soon[0].text.contains("inbox"))
        let now = DiskCheck.judge([disk()], growth: .init(bytesPerDay: .max, topic: "inbox"))
        #expect(now.map(\.status) == [.fail])
    }

    @Test func whatStopsWritesIsAFailure() {
        #expect(code(disk { $0.volume.isReadOnly = true }) == [.diskReadOnly])
        #expect(code(disk { $0.writeTime = nil }) == [.diskUnwritable])
        #expect(code(disk { $0.volume.freeFiles = 50 }) == [.inodesScarce])
        #expect(code(disk { $0.volume.totalFiles = 0 }) == [.ok])
        #expect(code(disk { $0.writeTime = .milliseconds(50) }) == [.diskSlow])
    }

    @Test func growthIsThatOfTheLastHourTopicByTopic() throws {
        func topic(
            _ name: String,
            _ bytes: Int64,
            _ records: Int64,
            _ recent: Int64
        ) -> LogGrowth.Topic {
            .init(
                name: name,
                bytes: bytes,
                records: records,
                recordsOfLastHour: recent,
                isTransient: name == "signals"
            )
        }
        let growth = try #require(
            LogGrowth.growth(of: [
                topic("timeline", 1000, 10, 5), topic("inbox", 4000, 10, 5),
                topic("routes", 9, 0, 0),
                topic("signals", 1_000_000, 1, 1),
            ])
        )
        #expect(growth == .init(bytesPerDay: 24 * 500 + 24 * 2000, topic: "inbox"))
        #expect(LogGrowth.growth(of: []) == nil)
        #expect(LogGrowth.growth(of: [topic("timeline", .max, 1, .max)]) != nil)
    }

    @Test func aProbeOfTheDiskLeavesNothingBehind() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "martlet-doctor-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try #require(DiskProbe.writeTime(in: folder.path)) > .zero)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        #expect(DiskProbe.writeTime(in: folder.path + "/none") == nil)
    }
}

@Suite struct DoctorClockTests {
    private let now = Timestamp(milliseconds: 1_770_000_000_000)

    private func codes(_ change: (inout ClockCheck.Facts) -> Void) -> [DoctorCode] {
        findings(change).map(\.code)
    }

    private func findings(_ change: (inout ClockCheck.Facts) -> Void) -> [DoctorFinding] {
        var facts = ClockCheck.Facts(now: now, synchronisation: .synchronised, newest: [:])
        change(&facts)
        return ClockCheck.judge(facts)
    }

    @Test func recordsFromTheFutureAreTold() {
        #expect(codes { $0.newest = [.timeline: now + .seconds(1)] } == [.ok])
        #expect(codes { $0.newest = [.timeline: now + .seconds(10)] } == [.clockBehind])
        #expect(findings { $0.newest = [.timeline: now + .seconds(3600)] }.map(\.status) == [.fail])
        #expect(findings { $0.newest = nil }[0].text.contains("which is away"))
    }

    @Test func clocksThatNobodySetsOrThatDifferAreTold() {
        #expect(codes { $0.synchronisation = .unsynchronised } == [.clockUnsynchronised])
        #expect(codes { $0.blobServerTime = now - .seconds(600) } == [.clockDiffers])
        #expect(codes { $0.blobServerTime = now + .seconds(600) } == [.clockDiffers])
        #expect(codes { $0.blobServerTime = now - .seconds(2) } == [.ok])
    }

    @Test func datesOfHTTPAreRead() {
        let time = ClockCheck.time(ofHeader: "Mon, 02 Feb 2026 02:40:00 GMT")
        #expect(time == Timestamp(milliseconds: 1_770_000_000_000))
        #expect(ClockCheck.time(ofHeader: "yesterday") == nil)
        let url = "s3://bucket/p?endpoint=http://127.0.0.1:5000"
        #expect(ClockCheck.endpoint(of: url) == "http://127.0.0.1:5000/")
        #expect(ClockCheck.endpoint(of: "file:/data") == nil)
    }
}
