import EventLog
import Events
import Foundation
import LogTail
import ServiceKit

/// Looks at the room that is left where data and log are, and how long a write takes to be safe.
struct DiskCheck: DoctorCheck {
    /// What the file system says of a folder.
    struct Volume: Hashable, Sendable {
        var freeBytes: Int64
        var totalBytes: Int64
        var freeFiles: Int64
        /// 0: the file system doesn't count them.
        var totalFiles: Int64
        var isReadOnly: Bool
    }

    /// What was gathered of a folder.
    struct Facts: Sendable {
        /// What is in it, in a word.
        var purpose: String
        var path: String
        var volume: Volume
        /// How long a small write took until it was safe; `nil`: it could not be written.
        var writeTime: Duration?
    }

    /// How fast the log grows, in bytes, if that can be told.
    struct Growth: Sendable, Equatable {
        var bytesPerDay: Int64
        /// The topic with most of it.
        var topic: String
    }

    static let freeShareMin = 0.1
    static let freeBytesMin: Int64 = 1_000_000_000
    static let leftUsual: Duration = .seconds(14 * 86_400)
    static let leftMin: Duration = .seconds(2 * 86_400)
    static let writeTimeMax: Duration = .milliseconds(20)

    let name = "disk"
    var timeLimit: Duration { .seconds(30) }

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        let data = context.settings.data
        let facts = try await LogReader.onThread("doctor") {
            var seen: Set<UInt64> = []
            return [("data", data), ("log", data + "/broker")].compactMap { purpose, path in
                // What is on the same device is told once.
                guard let (volume, device) = Self.volume(path), seen.insert(device).inserted else {
                    return nil as Facts?
                }
                let time = volume.isReadOnly ? nil : DiskProbe.writeTime(in: path)
                return Facts(purpose: purpose, path: path, volume: volume, writeTime: time)
            }
        }
        guard !facts.isEmpty else { return [.notChecked("there is no data folder")] }
        let growth = try? await Self.growth(context)
        return Self.judge(facts, growth: growth)
    }

    private static func volume(_ path: String) -> (Volume, device: UInt64)? {
        var about = statvfs()
        var status = stat()
        guard statvfs(path, &about) == 0, stat(path, &status) == 0 else { return nil }
        let size = Int64(about.f_frsize)
        let volume = Volume(
            freeBytes: Int64(about.f_bavail) * size,
            totalBytes: Int64(about.f_blocks) * size,
            freeFiles: Int64(about.f_favail),
            totalFiles: Int64(about.f_files),
            isReadOnly: about.f_flag & UInt(ST_RDONLY) != 0
        )
        return (volume, UInt64(status.st_dev))
    }

    /// From the embedded log's files and the records of the last hour.
    private static func growth(_ context: DoctorContext) async throws -> Growth? {
        guard context.settings.isLogEmbedded, !context.processes.isEmpty else { return nil }
        let folder = context.settings.data + "/broker/topics"
        let now = context.clock.now()
        let log = context.log
        return try await LogReader.onThread("doctor") {
            let admin = try LogAdmin(log, logger: .quiet)
            defer { admin.close() }
            return try LogGrowth.measure(admin, folder: folder, now: now)
        }
    }

    static func judge(_ facts: [Facts], growth: Growth?) -> [DoctorFinding] {
        let findings = facts.flatMap { judge($0, growth) }
        guard findings.isEmpty else { return findings }
        return facts.map { disk in
            var text = "\(disk.purpose): \(DoctorText.bytes(disk.volume.freeBytes)) free of "
            text += DoctorText.bytes(disk.volume.totalBytes)
            if let time = disk.writeTime {
                text += "; a write is safe after \(DoctorText.span(time))"
            }
            if let growth, growth.bytesPerDay > 0 {
                text += "; the log grows by \(DoctorText.bytes(growth.bytesPerDay)) a day"
            }
            return .ok(text)
        }
    }

    private static func judge(_ disk: Facts, _ growth: Growth?) -> [DoctorFinding] {
        let volume = disk.volume
        guard !volume.isReadOnly else {
            return [
                .fail(
                    .diskReadOnly,
                    "\(disk.path) is mounted read-only",
                    do: "look at the kernel's log for faults of the disk, and mount it for writing"
                )
            ]
        }
        var findings = judgeRoom(disk, growth)
        if volume.totalFiles > 0,
            Double(volume.freeFiles) < Double(volume.totalFiles) * freeShareMin
        {
            findings.append(
                .warn(
                    .inodesScarce,
                    "\(disk.path): \(ProgressText.grouped(volume.freeFiles)) of "
                        + "\(ProgressText.grouped(volume.totalFiles)) inodes are free",
                    do:
                        "remove files that nobody needs: at 0 nothing can be written, whatever room there is"
                )
            )
        }
        guard let time = disk.writeTime else {
            findings.append(
                .fail(
                    .diskUnwritable,
                    "nothing can be written in \(disk.path)",
                    do:
                        "see who owns it and whether it is full; run this command as the services' user"
                )
            )
            return findings
        }
        if time > writeTimeMax {
            findings.append(
                .warn(
                    .diskSlow,
                    "\(disk.path): a small write is safe only after \(DoctorText.span(time))",
                    do:
                        "use a disk with a protected write cache: every message waits for one such write"
                )
            )
        }
        return findings
    }

    private static func judgeRoom(_ disk: Facts, _ growth: Growth?) -> [DoctorFinding] {
        let free = disk.volume.freeBytes
        let text =
            "\(disk.path): \(DoctorText.bytes(free)) of "
            + "\(DoctorText.bytes(disk.volume.totalBytes)) are free"
        if let growth, growth.bytesPerDay > 0 {
            let left = Duration.seconds(Double(free) / Double(growth.bytesPerDay) * 86_400)
            if left < leftUsual {
                let end =
                    "\(text), gone in \(DoctorText.span(left)) at the present rate, most of it by "
                    + "\(growth.topic)"
                let advice =
                    "make room, or a larger disk; shorter retention helps only where the design allows it"
                return [
                    left < leftMin
                        ? .fail(.diskFilling, end, do: advice)
                        : .warn(.diskFilling, end, do: advice)
                ]
            }
        }
        guard free >= freeBytesMin else {
            return [
                .fail(
                    .diskFull,
                    text,
                    do: "make room: without it nothing is accepted, though nothing is lost"
                )
            ]
        }
        guard Double(free) >= Double(disk.volume.totalBytes) * freeShareMin else {
            return [.warn(.diskFull, text, do: "make room before it is gone")]
        }
        return []
    }
}
