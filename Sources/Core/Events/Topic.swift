/// A topic of the log, by its name and the number that stands for it in origins.
public struct Topic: Hashable, Sendable, CustomStringConvertible {
    /// The number in `Origin`; never used again for another topic.
    public let number: UInt32

    /// What devices asked for.
    public static let submissions = Topic(number: 1)
    /// What was accepted, with its seq.
    public static let timeline = Topic(number: 2)
    /// Delivered and read marks.
    public static let receipts = Topic(number: 3)
    /// Accounts and their devices.
    public static let accounts = Topic(number: 4)
    /// What the accounts of a partition must be told.
    public static let inbox = Topic(number: 5)
    /// Who is in what.
    public static let memberships = Topic(number: 6)
    /// Connections of devices.
    public static let sessions = Topic(number: 7)
    /// Which instance serves which partition.
    public static let routes = Topic(number: 8)
    /// Records that could not be processed.
    public static let deadLetters = Topic(number: 9)
    /// Typing and presence.
    public static let signals = Topic(number: 10)

    /// Every topic of the design that exists so far.
    public static let all: [Topic] = names.indices.map { Topic(number: UInt32($0 + 1)) }

    /// In the order of their numbers, from 1.
    private static let names = [
        "submissions", "timeline", "receipts", "accounts", "inbox", "memberships", "sessions",
        "routes", "dead-letters", "signals",
    ]

    /// The topic of this name, if it is one of ours.
    public init?(name: String) {
        guard let place = Self.names.firstIndex(of: name) else { return nil }
        self.init(number: UInt32(place + 1))
    }

    // A topic is its number alone: every record carries it, and keys of dictionaries are made of it.
    private init(number: UInt32) {
        self.number = number
    }

    /// The name, as the broker knows it.
    public var name: String { Self.names[Int(number) - 1] }
    /// The name.
    public var description: String { name }
}

/// The number of a partition of a topic, from 0.
public struct Partition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number, from 0.
    public let number: Int32

    /// The partition of this number.
    public init(_ number: Int32) {
        self.number = number
    }

    /// Orders by number.
    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
    /// The number.
    public var description: String { String(number) }
}

/// A record's place in its partition, from 0, growing by one a record.
public struct Offset: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number, from 0.
    public var number: Int64

    /// The offset of this number.
    public init(_ number: Int64) {
        self.number = number
    }

    /// The offset after this one.
    public var next: Offset { Offset(number + 1) }
    /// Orders by number.
    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
    /// The number.
    public var description: String { String(number) }
}

/// One partition of one topic.
public struct TopicPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The topic.
    public let topic: Topic
    /// The partition.
    public let partition: Partition

    /// One partition of one topic.
    public init(_ topic: Topic, _ partition: Partition) {
        self.topic = topic
        self.partition = partition
    }

    /// Orders by topic number, then by partition.
    public static func < (left: Self, right: Self) -> Bool {
        (left.topic.number, left.partition) < (right.topic.number, right.partition)
    }

    /// Topic and partition, such as `inbox/3`.
    public var description: String { "\(topic.name)/\(partition)" }
}
