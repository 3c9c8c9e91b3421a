import AsyncHTTPClient
import Blobs
import EventLog
import Events
import Foundation
import LogTail
import Logging
import NIOCore
import NIOHTTP1

/// Holds this machine's clock against the log's newest records, the time service, and the blob store's clock.
struct ClockCheck: DoctorCheck {
    /// What the kernel says of the time service.
    enum Synchronisation: Sendable {
        case synchronised
        case unsynchronised
        case unknown
    }

    /// What was gathered.
    struct Facts: Sendable {
        var now: Timestamp
        var synchronisation = Synchronisation.unknown
        /// The newest record of each topic that has one; `nil`: the log is away.
        var newest: [Topic: Timestamp]?
        /// What the S3 server's clock said at that moment.
        var blobServerTime: Timestamp?
    }

    /// Records from so far in the future are another machine's clock and not the way here.
    static let aheadMax: Duration = .seconds(2)
    /// Ids and tokens stop working at such differences.
    static let aheadFatal: Duration = .seconds(300)
    /// S3 refuses requests beyond 15 minutes.
    static let blobServerMax: Duration = .seconds(300)

    private static let topics: [Topic] = [.submissions, .timeline, .accounts, .receipts, .sessions]

    let name = "clock"
    var timeLimit: Duration { .seconds(20) }

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        let log = context.log
        let newest = try? await withLog(context) { try Self.newest($0, log) }
        var facts = Facts(now: context.clock.now())
        facts.synchronisation = KernelClock.synchronisation()
        facts.newest = newest
        if let endpoint = Self.endpoint(of: context.settings.blobsURL) {
            facts.blobServerTime = await Self.serverTime(endpoint)
        }
        return Self.judge(facts)
    }

    private static func newest(
        _ admin: LogAdmin,
        _ configuration: EventLogConfiguration
    ) throws -> [Topic: Timestamp] {
        let counts = try admin.topics(timeout: .seconds(3))
        var start: [TopicPartition: StartPosition] = [:]
        for topic in topics {
            for number in 0..<(counts[topic.name] ?? 0) {
                let partition = TopicPartition(topic, Partition(Int32(number)))
                let limits = try admin.watermarks(of: partition)
                guard limits.high > limits.low else { continue }
                start[partition] = .offset(Offset(limits.high.number - 1))
            }
        }
        var newest: [Topic: Timestamp] = [:]
        guard !start.isEmpty else { return newest }
        try LogReader.readToEnd(configuration, start: start, logger: .quiet) { records in
            for record in records {
                let topic = record.topicPartition.topic
                newest[topic] = max(newest[topic] ?? record.timestamp, record.timestamp)
            }
        }
        return newest
    }

    /// The server of a blob URL of S3; `nil`: it is no such URL.
    static func endpoint(of url: String) -> String? {
        guard case .s3(let location)? = try? BlobLocation(url) else { return nil }
        return "\(location.scheme)://\(location.authority)/"
    }

    private static func serverTime(_ endpoint: String) async -> Timestamp? {
        let answer = try? await HTTPClient.shared.execute(
            HTTPClientRequest(url: endpoint),
            timeout: .seconds(3)
        )
        return answer?.headers.first(name: "date").flatMap(time(ofHeader:))
    }

    /// Reads the date of an HTTP answer (RFC 9110, section 5.6.7).
    static func time(ofHeader text: String) -> Timestamp? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = .gmt
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: text).map {
            Timestamp(milliseconds: Int64($0.timeIntervalSince1970 * 1000))
        }
    }

    static func judge(_ facts: Facts) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        let advice = "let a time service (chrony, systemd-timesyncd) set the clocks of all machines"
        let ahead = (facts.newest ?? [:]).filter { $0.value > facts.now + aheadMax }
        if let (topic, time) = ahead.max(by: { $0.value < $1.value }) {
            let span = time - facts.now
            let text =
                "the newest record of \(topic) is \(DoctorText.span(span)) in the future: "
                + "this clock is behind, or that of who wrote it is ahead"
            findings.append(
                span > aheadFatal
                    ? .fail(.clockBehind, text, do: advice) : .warn(.clockBehind, text, do: advice)
            )
        }
        if facts.synchronisation == .unsynchronised {
            findings.append(
                .warn(
                    .clockUnsynchronised,
                    "no time service sets this machine's clock",
                    do: advice
                )
            )
        }
        if let server = facts.blobServerTime {
            // Its time is in whole seconds.
            let difference = server > facts.now ? server - facts.now : facts.now - server
            if difference > blobServerMax {
                findings.append(
                    .fail(
                        .clockDiffers,
                        "the S3 server's clock differs by \(DoctorText.span(difference))",
                        do: "\(advice): it refuses requests of another time"
                    )
                )
            }
        }
        guard findings.isEmpty else { return findings }
        return [.ok(summary(facts))]
    }

    private static func summary(_ facts: Facts) -> String {
        var parts: [String] = []
        switch facts.synchronisation {
        case .synchronised: parts.append("set by a time service")
        case .unknown, .unsynchronised: parts.append("whether a time service sets it is not known")
        }
        if let newest = facts.newest {
            parts.append(newest.isEmpty ? "the log is empty" : "no record from the future")
        } else {
            parts.append("not compared with the log, which is away")
        }
        return parts.joined(separator: "; ")
    }
}
