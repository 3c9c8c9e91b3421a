/// A line that a client program writes.
protocol ToldLine: Decodable, Sendable {
    /// The line's member `event`.
    static var event: String { get }
}

/// What client programs tell, a JSON line each.
enum Told {
    /// The outcome of a call, as an error code of the Kafka protocol.
    struct Outcome: ToldLine, Hashable {
        static let event = "outcome"
        let what: String
        let code: Int
    }

    /// The topics that there are.
    struct Listed: ToldLine {
        static let event = "listed"
        let topics: [String]
    }

    /// A topic's partitions.
    struct Described: ToldLine {
        static let event = "described"
        let partitions: [Int]
    }

    /// A setting of a topic.
    struct Config: ToldLine {
        static let event = "config"
        let value: String?
    }

    /// A delivery report.
    struct Delivered: ToldLine, Hashable {
        static let event = "delivered"
        let index: Int
        let partition: Int
        let offset: Int64
    }

    /// A delivery report of a failure.
    struct Failed: ToldLine {
        static let event = "failed"
        let index: Int
        let error: String
    }

    /// A record that came.
    struct Record: ToldLine, Hashable {
        static let event = "record"
        let partition: Int
        let offset: Int64
        let timestamp: Int64
        let key: String?
        let value: String?
        let headers: [[String]]

        /// Which of the test's records it is.
        var index: Int? { value.flatMap(SampleRecord.index(of:)) }
    }

    /// A commit that was not taken.
    struct CommitRefused: ToldLine {
        static let event = "commit_refused"
        let error: String
    }

    /// The partitions that a group member has now.
    struct Owned: ToldLine {
        static let event = "owned"
        let partitions: [Int]
    }

    /// A commit that was acknowledged.
    struct Committed: ToldLine {
        static let event = "committed"
        let partition: Int
        let offset: Int64
    }

    /// The groups that there are.
    struct Groups: ToldLine {
        static let event = "groups"
        let names: [String]
        let errors: Int
    }

    /// A group.
    struct Group: ToldLine {
        /// A member of it.
        struct Member: Decodable, Sendable, Equatable {
            let client: String
            let partitions: [Int]
        }

        static let event = "group"
        let state: String
        let members: [Member]
    }

    /// A group's committed offset, as an administrator sees it.
    struct Offset: ToldLine, Hashable {
        static let event = "offset"
        let partition: Int
        let offset: Int64
    }

    /// A partition's first and next offset.
    struct Watermarks: ToldLine {
        static let event = "watermarks"
        let low: Int64
        let high: Int64
    }

    /// The first offset not before a time.
    struct ByTime: ToldLine, Equatable {
        static let event = "by_time"
        let timestamp: Int64
        let offset: Int64?
    }

    /// The end, the offset of the newest record and that of the third time, as an administrator sees them.
    struct AdminOffsets: ToldLine, Equatable {
        static let event = "admin_offsets"
        let latest: Int64
        let newest: Int64
        let timed: Int64
    }

    /// The first record after a seek.
    struct Sought: ToldLine, Equatable {
        static let event = "sought"
        let wanted: Int64
        let offset: Int64
    }

    /// A record of the long polls' test came.
    struct Came: ToldLine {
        static let event = "came"
        let index: Int
    }

    /// How many Fetch requests two consumers sent.
    struct Fetches: ToldLine {
        static let event = "fetches"
        let busy: Int
        let quiet: Int
    }

    /// A kind of request that the broker announces.
    struct Announced: ToldLine {
        static let event = "announced"
        let api: Int16
        let first: Int16
        let last: Int16
    }

    /// A message's bytes, in hexadecimal digits.
    struct Sample: ToldLine {
        static let event = "sample"
        let api: Int16
        let version: Int16
        let kind: String
        let plain: String
        let tagged: String
    }
}
