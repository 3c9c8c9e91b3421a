import ArgumentParser
import EventLog
import Events
import LogTail
import ServiceKit

/// `martlet dead-letters redrive`: sends letters' records through again.
struct DeadLettersRedriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive",
        abstract: "Appends letters' original records to their topics once more.",
        discussion: """
            For after the fault was mended. Name letters by their offsets, or choose them by topic, consumer, code or time, \
            or say --all. The letters stay where they are.

            Doing it twice does no harm. The log is searched for what came after each record: one that is there again, byte for byte, was \
            sent before and is left alone; a change of an account that was overtaken by another is not undone. Submissions that were \
            accepted meanwhile are recognised by their ids and dropped, and marks merge.

            Exit code 1 if something that was asked for could not be sent.
            """
    )

    @Argument(help: "The letters' offsets in dead-letters")
    var offsets: [Int64] = []

    @Flag(help: "All letters")
    var all = false

    @Flag(help: "Say what would be sent, and send nothing")
    var dryRun = false

    @Flag(help: "Also what was sent before, was overtaken, or can't be decoded")
    var force = false

    @OptionGroup var letters: LetterFilterOptions
    @OptionGroup var connection: LogConnectionOptions

    func validate() throws {
        guard offsets.isEmpty == (all || !letters.isOpen) else {
            throw ValidationError(
                "Name the letters' offsets, or choose them by --topic, --consumer, --code, --since, or say --all."
            )
        }
    }

    func run() async throws {
        let now = SystemClock().now()
        var filter = try letters.filter()
        if !offsets.isEmpty { filter.offsets = Set(offsets.map { Offset($0) }) }
        let run = RedriveRun(
            box: DeadLetterBox(configuration: try connection.configuration(clientID: "martlet")),
            place: try letters.place(now: now),
            filter: filter,
            now: now,
            isForced: force,
            isRehearsal: dryRun
        )
        try await CommandOutput.write(as: "martlet dead-letters") { writer in
            // Nobody need read it for all letters to be sent.
            let isComplete = try run.run { writer.tell([$0]) }
            if !isComplete { throw ExitCode.failure }
        }
    }
}
