import ArgumentParser
import NIOCore

/// What loads on one conversation have in common.
struct CrowdOptions: ParsableArguments {
    @OptionGroup var load: LoadOptions

    @Option(
        help:
            "Milliseconds that a message that gets ticks waits for others to be acknowledged with it. Default: as the Swift client does it."
    )
    var ackDelay = 50

    @Flag(help: "Everybody reads everything at once.")
    var reads = false

    func validate() throws {
        guard (0...10_000).contains(ackDelay) else {
            throw ValidationError("--ack-delay is from 0 to 10000")
        }
    }

    /// Event loops of the load generator.
    var loops: Int { load.loops }

    /// A plan of these options.
    func plan(rate: Double, postsMax: Int?, seconds: Double, warmup: Double) -> CrowdPlan {
        CrowdPlan(
            pace: load.pace(perSecond: rate),
            postsMax: postsMax,
            textBytes: load.size,
            seconds: seconds,
            warmup: warmup,
            loops: load.loops,
            drainSeconds: load.drain,
            reads: reads,
            acknowledgementDelay: .milliseconds(Int64(ackDelay))
        )
    }
}
