import Foundation
import TestKit

/// How much the fault tests of the stores do: little in `make test`, much in `make faults`.
struct StoreDose: Sendable, CustomStringConvertible {
    /// How often persistence is killed after a commit while people talk, with each engine, besides what it is killed at other moments; and how much is
    /// asked for in each installation at least.
    var kills = 4
    var messages = 500
    /// How many installations share the kills, with each engine.
    var installations = 1
    /// How often PostgreSQL is stopped, for how long, and how often it is killed.
    var stops = 1
    var stopSeconds = 3
    var serverKills = 2
    /// How often a replay is killed, and how many messages are in its log.
    var replayKills = 2
    var replayMessages = 12_000
    /// How often persistence is killed while it archives, into each blob store.
    var archiveKills = 4
    var seed: UInt64

    /// The dose that the environment asks for.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        func number(_ name: String, _ standard: Int) -> Int {
            environment["MARTLET_FAULT_\(name)"].flatMap { Int($0) } ?? standard
        }
        kills = number("STORE_KILLS", kills)
        messages = number("STORE_MESSAGES", messages)
        installations = number("STORE_INSTALLATIONS", installations)
        stops = number("SERVER_STOPS", stops)
        stopSeconds = number("SERVER_STOP_SECONDS", stopSeconds)
        serverKills = number("SERVER_KILLS", serverKills)
        replayKills = number("REPLAY_KILLS", replayKills)
        replayMessages = number("REPLAY_MESSAGES", replayMessages)
        archiveKills = number("ARCHIVE_KILLS", archiveKills)
        seed = SeededRandom.seed(environment["MARTLET_FAULT_SEED"])
    }

    /// The variables that run it again.
    var description: String {
        "MARTLET_FAULT_SEED=\(seed) MARTLET_FAULT_STORE_KILLS=\(kills) "
            + "MARTLET_FAULT_STORE_MESSAGES=\(messages) "
            + "MARTLET_FAULT_STORE_INSTALLATIONS=\(installations) "
            + "MARTLET_FAULT_SERVER_STOPS=\(stops) "
            + "MARTLET_FAULT_SERVER_STOP_SECONDS=\(stopSeconds) "
            + "MARTLET_FAULT_SERVER_KILLS=\(serverKills) "
            + "MARTLET_FAULT_REPLAY_KILLS=\(replayKills) "
            + "MARTLET_FAULT_REPLAY_MESSAGES=\(replayMessages) "
            + "MARTLET_FAULT_ARCHIVE_KILLS=\(archiveKills)"
    }
}
