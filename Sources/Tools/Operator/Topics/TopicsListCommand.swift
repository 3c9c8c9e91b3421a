import ArgumentParser
import EventLog
import Events
import LogTail

/// `martlet topics list`: shows the topics and what is in them.
struct TopicsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows the topics: partitions, retention, records."
    )

    @Flag(help: "Also every partition with its watermarks")
    var partitions = false

    @Flag(help: "One JSON object a line")
    var json = false

    @OptionGroup var connection: LogConnectionOptions

    func run() async throws {
        let configuration = try connection.configuration(clientID: "martlet-topics")
        let showsPartitions = partitions
        let isJSON = json
        try await CommandOutput.write(as: "martlet topics") { writer in
            let overviews = try TopicOverview.all(configuration)
            let table = TopicTable(palette: Palette(isColoured: writer.isColoured))
            if !isJSON { try writer.write(table.heading) }
            for overview in overviews {
                if isJSON {
                    try writer.write(overview.object.text)
                    continue
                }
                try writer.write(table.line(overview))
                guard showsPartitions else { continue }
                for line in table.partitionLines(overview) { try writer.write(line) }
            }
        }
    }
}

/// A topic as the log has it.
struct TopicOverview: Sendable {
    let entry: TopicCatalogue.Entry
    /// Per partition; empty if the topic is missing.
    let watermarks: [LogAdmin.Watermarks]

    /// Records between the watermarks; of a compacted topic, those that were removed are counted, too.
    var records: Int64 {
        watermarks.reduce(0) { $0 + $1.high.number - $1.low.number }
    }

    /// All topics of the catalogue; blocks.
    static func all(_ configuration: EventLogConfiguration) throws -> [TopicOverview] {
        let admin = try LogAdmin(configuration, logger: .quiet)
        defer { admin.close() }
        let counts = try admin.topics()
        return try TopicCatalogue.embedded.entries.map { entry in
            let count = counts[entry.topic.name] ?? 0
            let watermarks = try (0..<count).map {
                try admin.watermarks(of: TopicPartition(entry.topic, Partition(Int32($0))))
            }
            return TopicOverview(entry: entry, watermarks: watermarks)
        }
    }

    /// Everything of it as JSON.
    var object: JSONObject {
        var object = JSONObject()
        object.add("topic", entry.topic.name)
        object.add("exists", !watermarks.isEmpty)
        object.add("partitions", Int64(watermarks.count))
        object.add("retention", entry.retentionText)
        object.add("cleanup", entry.cleanup.rawValue)
        object.add("records", records)
        object.add("purpose", entry.purpose)
        object.add("key", entry.key)
        object.add("producers", entry.producers)
        object.add("consumers", entry.consumers)
        object.add(
            "watermarks",
            watermarks.enumerated().map { number, marks in
                var object = JSONObject()
                object.add("partition", Int64(number))
                object.add("low", marks.low.number)
                object.add("high", marks.high.number)
                return object
            }
        )
        return object
    }
}

/// Topics as lines for people.
struct TopicTable {
    let palette: Palette

    var heading: String {
        palette.paint(
            Self.left("TOPIC", 14) + Self.right("PARTITIONS", 11) + "  " + Self.left("KEPT", 10)
                + Self.left("CLEAN-UP", 9) + Self.right("RECORDS", 12) + "  PURPOSE",
            .faint
        )
    }

    func line(_ overview: TopicOverview) -> String {
        let entry = overview.entry
        let name = palette.paint(Self.left(entry.topic.name, 14), .topic(entry.topic.number))
        let kept = Self.left(entry.retentionText, 10) + Self.left(entry.cleanup.rawValue, 9)
        guard !overview.watermarks.isEmpty else {
            return name + palette.paint(Self.right("missing", 11), .fault) + "  " + kept
                + Self.right("–", 12) + "  " + entry.purpose
        }
        return name + Self.right(String(overview.watermarks.count), 11) + "  " + kept
            + palette.paint(Self.right(String(overview.records), 12), .number) + "  "
            + entry.purpose
    }

    func partitionLines(_ overview: TopicOverview) -> [String] {
        overview.watermarks.enumerated().map { number, marks in
            Self.left("", 14) + Self.right("/\(number)", 11) + "  "
                + Self.right(String(marks.high.number - marks.low.number), 31)
                + palette.paint("  \(marks.low) to \(marks.high)", .faint)
        }
    }

    static func left(_ text: String, _ columns: Int) -> String {
        text + String(repeating: " ", count: max(columns - text.count, 1))
    }

    static func right(_ text: String, _ columns: Int) -> String {
        String(repeating: " ", count: max(columns - text.count, 0)) + text
    }
}
