public import ArgumentParser
import EventLog
import Events
import Foundation
import LogTail
import ServiceKit

/// `martlet bench fill`: a log as it is after people have been talking for a while.
public struct FillCommand: AsyncParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "fill",
        abstract: "Write a synthetic history into a log.",
        discussion: """
            Accounts, conversations of two and groups, and what was said in them over some days up to now: straight into the \
            topics that stores are built from, as fast as the log takes it. DATA/fill.json then says where what can be asked \
            for; `martlet bench history` reads it. With the same --seed and sizes the same accounts say the same in the same order; times \
            go by the clock, and so do the ids of devices, groups and messages.

            It is for reading. Its events say that they come from `submissions`, where nothing of them is: what is really sent \
            in an installation afterwards has lower offsets there, and stores take it for a repetition.
            """
    )

    @Option(help: "Messages; edits, deletions and reactions come on top.")
    var messages = 1_000_000

    @Option(help: "Accounts. Default: two for five conversations")
    var accounts: Int?

    @Option(help: "Conversations, groups included. Default: one for 400 messages")
    var conversations: Int?

    @Option(help: "How many of them are groups. Default: every tenth")
    var groups: Int?

    @Option(help: "Over how many days the messages are spread.")
    var days = 30

    @Option(help: "Names the accounts, and decides who says what where.")
    var seed: UInt64 = 1

    @Flag(help: "Also write what devices have received and people have read.")
    var receipts = false

    @Flag(help: "Go on though there are records already.")
    var append = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "Print the result only.")
    var quiet = false

    @OptionGroup var connection: LogConnectionOptions

    /// The defaults.
    public init() {}

    /// Checks the arguments.
    public func validate() throws {
        if let fault = plan(Timestamp(milliseconds: 0)).fault { throw ValidationError(fault) }
        // What is filled in can't be taken out again.
        guard connection.data != nil else {
            throw ValidationError("--data must say which installation is filled")
        }
    }

    private func plan(_ now: Timestamp) -> FillPlan {
        FillPlan(
            messages: messages,
            accounts: accounts,
            conversations: conversations,
            groups: groups,
            days: days,
            seed: seed,
            hasReceipts: receipts,
            end: now
        )
    }

    /// Fills the log.
    public func run() async throws {
        let settings = try connection.settings()
        let run = FillRun(
            plan: plan(SystemClock().now()),
            log: EventLogConfiguration(brokers: settings.brokers, clientID: "martlet-bench"),
            dataDirectory: settings.data,
            isAppending: append,
            note: CommandResult.note(isQuiet: quiet)
        )
        try await CommandResult.tell(isJSON: json) {
            FillReport(try await LogReader.onThread("fill") { try run.run() })
        }
    }
}

/// What a fill came to.
struct FillReport: BenchReport, Encodable {
    var seed: UInt64
    var messages: Int
    var accounts: Int
    var conversations: Int
    var groups: Int
    var records: [String: Int]
    var seconds: Double
    var recordsPerSecond: Double

    init(_ summary: FillSummary) {
        seed = summary.seed
        messages = summary.messages
        accounts = summary.accounts
        conversations = summary.conversations
        groups = summary.groups
        records = summary.records
        seconds = summary.seconds
        let count = Double(summary.records.values.reduce(0, +))
        recordsPerSecond = seconds > 0 ? (count / seconds).rounded() : 0
    }

    var isExact: Bool { true }

    func table() -> String {
        let topics = records.sorted { $0.key < $1.key }.map { "\($0.value) in \($0.key)" }
        let number = ReportText.number
        return """
            \(messages) messages of \(accounts) accounts in \(conversations) conversations, \(groups) of them groups
            records: \(topics.joined(separator: ", "))
            \(number(seconds, 1)) s, \(number(recordsPerSecond, 0)) records/s, seed \(seed)

            """
    }
}
