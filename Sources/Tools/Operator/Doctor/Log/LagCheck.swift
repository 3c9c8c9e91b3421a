import EventLog
import Events
import Stores

/// Looks how far everybody who reads the log is behind, and whether that grows.
struct LagCheck: DoctorCheck {
    /// Everybody's positions at one moment, and where the log ended.
    private struct Sample: Sendable {
        var positions: [String: [TopicPartition: Offset]] = [:]
        var limits: [TopicPartition: LogAdmin.Watermarks] = [:]
        var time = ContinuousClock.now
    }

    /// What the store is called here.
    static let store = "the hot store"
    private static let interval: Duration = .seconds(1)

    let name = "lag"
    var needs: DoctorNeed? { .log }
    var timeLimit: Duration { .seconds(40) }

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        let location = try? context.settings.storeLocation()
        let before = try await withLog(context) { try Self.sample($0, store: location) }
        try await Task.sleep(for: Self.interval)
        let after = try await withLog(context) { try Self.sample($0, store: location) }
        let groups = ConsumerGroups.all.map { ($0.name, $0.topics) }
        let persistence = ConsumerGroups.all.first { $0.name == "persistence" }?.topics ?? []
        let hasStore = after.positions[Self.store] != nil
        let lags = (groups + (hasStore ? [(Self.store, persistence)] : [])).flatMap {
            reader,
            topics in
            topics.map { topic in
                func standing(_ sample: Sample) -> ReaderLag.Standing {
                    ReaderLag.Standing(
                        of: topic,
                        positions: sample.positions[reader] ?? [:],
                        limits: sample.limits
                    )
                }
                return ReaderLag(
                    reader: reader,
                    topic: topic,
                    before: standing(before),
                    after: standing(after),
                    interval: before.time.duration(to: after.time)
                )
            }
        }
        return Self.judge(lags, isRunning: !context.processes.isEmpty)
    }

    private static func sample(_ admin: LogAdmin, store location: StoreLocation?) throws -> Sample {
        var sample = Sample()
        let counts = try admin.topics()
        let partitions = Set(ConsumerGroups.all.flatMap(\.topics)).flatMap { topic in
            (0..<(counts[topic.name] ?? 0)).map { TopicPartition(topic, Partition(Int32($0))) }
        }.sorted()
        for group in ConsumerGroups.all {
            sample.positions[group.name] = try admin.committed(
                group: group.name,
                partitions: partitions.filter { group.topics.contains($0.topic) }
            )
        }
        // Who has no store, or can't open it, hears of it from the check of stores.
        sample.positions[store] = try? location?.openReader(readersMax: 1).positions()
        // Last: everybody goes on meanwhile, and must not seem to have read what was not written yet.
        for partition in partitions {
            sample.limits[partition] = try admin.watermarks(of: partition)
        }
        sample.time = .now
        return sample
    }

    static func judge(_ lags: [ReaderLag], isRunning: Bool) -> [DoctorFinding] {
        let findings = lags.compactMap { $0.judge(isRunning: isRunning) }
        guard findings.isEmpty else { return findings }
        let furthest = lags.max { $0.after.behind < $1.after.behind }
        guard let furthest, furthest.after.behind > 0 else {
            return [.ok("everybody has read everything")]
        }
        return [
            .ok(
                "\(furthest.reader) is furthest behind: "
                    + "\(DoctorText.count(furthest.after.behind, "record")) of \(furthest.topic)"
            )
        ]
    }
}
