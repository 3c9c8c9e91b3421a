import ArgumentParser
import Events

/// What loads of messages have in common.
struct LoadOptions: ParsableArguments {
    @Option(
        help:
            "Instead of a rate: so many on their way at any time, to find the highest rate."
    )
    var closed: Int?

    @Option(help: "Bytes of text of a message.")
    var size = 100

    @Option(help: "Event loops of the load generator.")
    var loops = 1

    @Option(help: "How many seconds without progress end the wait for stragglers.")
    var drain = 10.0

    func validate() throws {
        guard closed ?? 1 >= 1 else { throw ValidationError("--closed is at least 1") }
        guard (1...Limits.messageCharactersMax).contains(size) else {
            throw ValidationError("--size is from 1 to \(Limits.messageCharactersMax)")
        }
        guard (1...16).contains(loops), drain >= 0 else {
            throw ValidationError("--loops is from 1 to 16, --drain not negative")
        }
    }

    /// How messages are started, unless so many are on their way.
    func pace(perSecond rate: Double) -> DirectPlan.Pace {
        closed.map { .closed(outstanding: $0) } ?? .open(perSecond: rate)
    }
}
