import Events
import LogTail
import ServiceKit
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
        /// The store that is served.
        var live = StoreLocation.sqlite(path: "")
        var until: String?
        var swap = false
        /// Seconds.
        var wait: Double?
    }

    /// How long a swap waits for the live store to be let go of, unless told otherwise.
    static let patienceDefault: Duration = .seconds(60)

    /// The store to build.
    let target: StoreLocation
    /// The data folder, absolute.
    let data: String
    /// Where to end; `nil`: at the log's end.
    let until: LogPlace?
    /// Whether to put it in place of the live store.
    let swaps: Bool
    /// How long a swap waits for the live store to be let go of.
    let patience: Duration

    /// The store that is being served.
    let live: StoreLocation

    init(_ wishes: Wishes, now: Timestamp) throws(Refusal) {
        do {
            let folder = InstallationSettings.absolute(".")
            target = try StoreLocation(wishes.into, relativeTo: folder).normalized
        } catch {
            throw Refusal(description: "--into: \(error.message)")
        }
        live = wishes.live
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
    }

    /// Refuses to build over the live store, or what belongs to it.
    func checkTarget() throws(Refusal) {
        guard target != live else {
            throw Refusal(
                description: "--into is the live store itself: name another, and --swap "
                    + "puts it in its place"
            )
        }
        guard case .sqlite(let own) = target, case .sqlite(let live) = live else { return }
        for suffix in ["-wal", "-shm", ".lock"] where own == live + suffix {
            throw Refusal(description: "--into belongs to the live store: name another file")
        }
    }
}

extension StoreLocation {
    /// The same without `.` and `..`.
    fileprivate var normalized: StoreLocation {
        guard case .sqlite(let path) = self else { return self }
        return .sqlite(path: InstallationSettings.absolute(path))
    }
}
