public import ArgumentParser
import EventLog
import Events
import ServiceKit

/// `log-tail`: shows what goes through the log.
public struct LogTailCommand: AsyncParsableCommand {
    /// Name, abstract and discussion for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "log-tail",
        abstract: "Follows topics of the log and shows every record in one line.",
        discussion: """
            A place is `beginning`, `end`, an offset, `-10` (ten before the end of each partition), \
            `-5m` (five minutes ago; ms, s, m, h, d) or a moment (ISO 8601; local unless it says \
            otherwise).

            It shows messages' texts: mind who looks over your shoulder.
            """
    )

    @Argument(help: "Topics. Default: all", completion: .list(Topic.all.map(\.name)))
    var topics: [String] = []

    @Option(parsing: .unconditional, help: "The place to begin")
    var from = "end"

    @Option(parsing: .unconditional, help: "The place to end before. Default: follow for ever")
    var until: String?

    @Option(help: "Only this partition; may be given several times")
    var partition: [Int32] = []

    @Option(help: "Only what is about this conversation")
    var conversation: String?

    @Option(help: "Only what this account did or is told of")
    var account: String?

    @Option(help: "End after so many records")
    var count: Int?

    @Flag(help: "One JSON object a line, with everything in full")
    var json = false

    @OptionGroup var connection: LogConnectionOptions

    /// For the parser.
    public init() {}

    /// Checks the flags.
    public func validate() throws {
        _ = try tailer()
    }

    /// Follows until the end that was asked for, Ctrl-C, or a closed pipe.
    public func run() async throws {
        let tailer = try tailer()
        let isJSON = json
        do {
            try await LogReader.onThread {
                try Self.follow(tailer, isJSON: isJSON)
            }
        } catch is LineWriter.ReaderGone {
            return
        } catch {
            LineWriter(descriptor: 2).tell(["log-tail: \(error)"])
            throw ExitCode.failure
        }
    }

    private static func follow(_ tailer: LogTailer, isJSON: Bool) throws {
        let writer = LineWriter()
        let lines = RecordLine(
            palette: Palette(isColoured: writer.isColoured),
            columns: writer.columns,
            now: tailer.clock.now()
        )
        let objects = RecordJSON()
        try tailer.run(
            show: { try writer.write(isJSON ? objects.line($0) : lines.line($0)) },
            pause: { try writer.flush() }
        )
        try writer.flush()
    }

    private func tailer() throws -> LogTailer {
        let clock = SystemClock()
        let now = clock.now()
        let topics = try self.topics.map { name in
            guard let topic = Topic(name: name) else {
                let known = Topic.all.map(\.name).joined(separator: ", ")
                throw ValidationError("There is no topic \(name). There are \(known).")
            }
            return topic
        }
        guard let from = LogPlace(from, now: now) else {
            throw ValidationError("--from \(from) is no place in the log.")
        }
        let until = try self.until.map { text in
            guard let place = LogPlace(text, now: now) else {
                throw ValidationError("--until \(text) is no place in the log.")
            }
            return place
        }
        if let count, count < 1 { throw ValidationError("--count takes a number from 1 on.") }
        return LogTailer(
            configuration: try connection.configuration(clientID: "log-tail"),
            topics: topics,
            partitions: Set(partition.map { Partition($0) }),
            from: from,
            until: until,
            count: count,
            filter: try filter(),
            clock: clock
        )
    }

    private func filter() throws -> RecordFilter {
        var filter = RecordFilter()
        if let conversation {
            guard let id = ConversationID(conversation) else {
                throw ValidationError("--conversation takes an id of 26 characters.")
            }
            filter.conversation = id
        }
        if let account {
            guard let id = AccountID(account) else {
                throw ValidationError("--account takes an id of 26 characters.")
            }
            filter.account = id
        }
        return filter
    }
}
