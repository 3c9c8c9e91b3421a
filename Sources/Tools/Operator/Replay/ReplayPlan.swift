import Events
import LogTail
import Stores

/// What a replay is to do, worked out from the flags.
struct ReplayPlan: Equatable {
    /// The flags do not make sense together.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// The flags as they were given.
    struct Wishes {
        var into = ""
        /// The data folder, absolute.
        var data = ""
        var until: String?
        var swap = false
        /// Seconds.
        var wait: Double?
    }

    /// How long a swap waits for the live store to be let go of, unless told otherwise.
    static let patienceDefault: Duration = .seconds(60)

    /// The file to build, absolute.
    let target: String
    /// The data folder, absolute.
    let data: String
    /// Where to end; `nil`: at the log's end.
    let until: LogPlace?
    /// Whether to put it in place of the live store.
    let swaps: Bool
    /// How long a swap waits for the live store to be let go of.
    let patience: Duration

    /// The store that is being served.
    var live: String { SQLiteHotStore.path(inDataDirectory: data) }

    init(_ wishes: Wishes, now: Timestamp) throws(Refusal) {
        guard !wishes.into.isEmpty, !wishes.into.hasSuffix("/") else {
            throw Refusal(description: "--into takes the name of a file")
        }
        target = DataFolderOption.absolute(wishes.into)
        data = wishes.data
        swaps = wishes.swap
        if let text = wishes.until {
            guard let place = LogPlace(text, now: now) else {
                throw Refusal(
                    description: "--until \(text) is no place in the log: an offset, or a time "
                        + "such as 2026-03-01T14:00 or -5m"
                )
            }
            until = place
        } else {
            until = nil
        }
        if let seconds = wishes.wait {
            guard swaps else { throw Refusal(description: "--wait says nothing without --swap") }
            guard (0...86_400).contains(seconds) else {
                throw Refusal(description: "--wait takes seconds, up to a day")
            }
            patience = .seconds(seconds)
        } else {
            patience = Self.patienceDefault
        }
        guard target != live else {
            throw Refusal(
                description: "--into is the live store itself: name another file, and --swap "
                    + "puts it in its place"
            )
        }
        for suffix in ["-wal", "-shm", ".lock"] where target == live + suffix {
            throw Refusal(description: "--into belongs to the live store: name another file")
        }
    }
}
