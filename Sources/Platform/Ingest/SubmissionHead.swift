public import Events
import Web

/// What every submission begins with: its id and the device's time, checked.
public struct SubmissionHead: Sendable, Equatable {
    /// The id that the device chose, or that was made for it.
    public let id: SubmissionID
    /// What the device's clock said, if it said anything.
    public let clientTimestamp: Timestamp?

    /// Checks what a device said.
    ///
    /// - Throws: `Problem` with code `invalid_id`, `too_old` or `invalid_client_timestamp`.
    init(
        id text: String?,
        clientTimestamp: Int64?,
        at now: Timestamp,
        makeID: () -> SubmissionID
    ) throws(Problem) {
        id = try text.map { text throws(Problem) in try Self.id(text, at: now) } ?? makeID()
        self.clientTimestamp = try clientTimestamp.map { milliseconds throws(Problem) in
            guard let moment = Timestamp(checking: milliseconds) else {
                throw Problem(
                    .invalidClientTimestamp,
                    "client_timestamp is in milliseconds since 1970"
                )
            }
            return moment
        }
    }

    private static func id(_ text: String, at now: Timestamp) throws(Problem) -> SubmissionID {
        guard let id = SubmissionID(text), id.isUUIDv7 else {
            throw Problem(.invalidID, "id is a UUIDv7 in 26 characters of base32")
        }
        guard id.uuidTimestamp <= now + Limits.submissionAgeAheadMax else {
            throw Problem(.invalidID, "the time in id is more than 24 hours ahead")
        }
        guard id.uuidTimestamp >= now - Limits.submissionAgeMax else {
            throw Problem(.tooOld, "the time in id is more than 14 days ago")
        }
        return id
    }
}

extension Timestamp {
    /// A moment of the years 1970 to 9999; `nil` for any other.
    public init?(checking milliseconds: Int64) {
        guard (0...253_402_300_799_999).contains(milliseconds) else { return nil }
        self.init(milliseconds: milliseconds)
    }
}
