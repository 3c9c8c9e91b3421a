import SwiftProtobuf

/// The record that caused a derived record.
///
/// Duplicates are recognised by it: see `OriginFilter`.
public struct Origin: Hashable, Sendable {
    /// The number of the topic of the cause: `Topic.number`.
    public let topicNumber: UInt32
    /// The partition of the cause.
    public let partition: Partition
    /// The offset of the cause.
    public let offset: Offset
    /// Which of the records that the cause gave rise to, in one topic, from 0.
    public let index: UInt32

    /// An origin of its parts.
    public init(topicNumber: UInt32, partition: Partition, offset: Offset, index: UInt32 = 0) {
        self.topicNumber = topicNumber
        self.partition = partition
        self.offset = offset
        self.index = index
    }

    /// The same cause, and which of the records of one topic that it gave rise to.
    public func indexed(_ index: Int) -> Origin {
        Origin(
            topicNumber: topicNumber,
            partition: partition,
            offset: offset,
            index: UInt32(clamping: index)
        )
    }

    /// Reads the generated form.
    public init(_ message: PBOrigin) {
        self.init(
            topicNumber: message.topic,
            partition: Partition(Int32(bitPattern: message.partition)),
            offset: Offset(message.offset),
            index: message.index
        )
    }

    /// The generated form.
    public var message: PBOrigin {
        .with {
            $0.topic = topicNumber
            $0.partition = UInt32(bitPattern: partition.number)
            $0.offset = offset.number
            $0.index = index
        }
    }
}

/// Drops derived records that were had before, exactly, with one mark per origin partition.
///
/// A reader keeps one filter per *input* partition. It relies on producers being gapless and consumers being
/// deterministic (docs/DESIGN.md): then, of one origin partition, whatever comes with an origin not higher
/// than the highest seen is a repetition. Cumulative records (ticks, marks) must not be filtered.
public struct OriginFilter: Sendable, Equatable {
    /// The highest (offset, index) seen of one origin partition.
    public struct Mark: Hashable, Comparable, Sendable {
        /// The offset of the cause.
        public let offset: Offset
        /// The place among the records of one cause.
        public let index: UInt32

        /// A mark of its parts.
        public init(offset: Offset, index: UInt32) {
            self.offset = offset
            self.index = index
        }

        /// Orders by offset, then by index.
        public static func < (left: Self, right: Self) -> Bool {
            (left.offset, left.index) < (right.offset, right.index)
        }
    }

    /// Names an origin partition.
    public struct Source: Hashable, Sendable {
        /// The topic's `Topic.number`.
        public let topicNumber: UInt32
        /// The partition.
        public let partition: Partition

        /// A source of its parts.
        public init(topicNumber: UInt32, partition: Partition) {
            self.topicNumber = topicNumber
            self.partition = partition
        }
    }

    /// The highest seen, per origin partition.
    public private(set) var marks: [Source: Mark]

    /// A filter that has seen what `marks` say; by default nothing.
    public init(marks: [Source: Mark] = [:]) {
        self.marks = marks
    }

    /// Whether the record is new; if so, remembers it.
    public mutating func admit(_ origin: Origin) -> Bool {
        let source = Source(topicNumber: origin.topicNumber, partition: origin.partition)
        let mark = Mark(offset: origin.offset, index: origin.index)
        if let highest = marks[source], mark <= highest { return false }
        marks[source] = mark
        return true
    }
}
