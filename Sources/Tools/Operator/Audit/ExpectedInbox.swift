import Conversations
import Crypto
import EventLog
import Events

/// The records that the inboxes must have, worked out from the timeline; then held against what they have.
struct ExpectedInbox {
    /// Where a record belongs, and what makes it this one.
    private struct Name: Hashable {
        let partition: Partition
        let origin: Origin
    }

    private struct Expectation {
        let digest: UInt64
        var isThere = false
    }

    private var expected: [Name: Expectation] = [:]
    private var filters: [Partition: OriginFilter] = [:]
    /// How many records must be there.
    var count: Int { expected.count }

    // MARK: What must be

    /// Adds a record.
    mutating func add(_ bytes: [UInt8], _ origin: Origin, in partition: Partition) {
        expected[Name(partition: partition, origin: origin)] = Expectation(
            digest: Self.digest(bytes)
        )
    }

    /// Adds what an event, which was folded in last, must be told as.
    mutating func add(
        _ event: TimelineEvent,
        in conversation: Conversation,
        inboxPartitions: Int
    ) {
        func home(_ account: AccountID) -> Partition {
            Partitioner.partition(of: account, count: inboxPartitions)
        }
        let isDirect = event.kind == .direct
        let left = event.memberChanges.filter { $0.role == nil }.map(\.account)
        let joined = event.memberChanges.filter {
            $0.role != nil && conversation.members.all[$0.account]?.since == event.seq
        }.map(\.account)
        var only: [AccountID] = []
        var partitions: [Partition]
        let members = conversation.members.all.filter { $0.value.role != nil }.keys
        switch (conversation.audience(of: event), event.body) {
        case (.accounts(let accounts), _): only = accounts
        case (.everyone, .messagePosted): break
        case (.everyone, _): only = isDirect ? members.sorted() : []
        }
        if !only.isEmpty {
            partitions = (only + left + joined).map(home)
        } else {
            partitions = (Array(members) + left).map(home)
        }
        partitions = Set(partitions).sorted()
        // Of a direct message the sender's comes first.
        if isDirect, only.isEmpty, partitions.last == home(event.sender) { partitions.reverse() }
        let bytes = event.encoded()
        for (index, partition) in partitions.enumerated() {
            let origin = event.origin.indexed(index)
            let value = InboxCoding.event(
                bytes,
                origin: origin,
                joined: joined.filter { home($0) == partition },
                left: left.filter { home($0) == partition },
                only: only.filter { home($0) == partition }
            )
            add(value, origin, in: partition)
        }
    }

    /// Takes another's expectations over.
    mutating func merge(_ other: ExpectedInbox) {
        expected.merge(other.expected) { $1 }
    }

    // MARK: What is

    /// Holds a record against what must be; `nil`: it is as it should be, or a repetition that readers drop.
    ///
    /// Nothing is said of what comes of submissions from `ends` on.
    mutating func take(
        _ record: LogRecord,
        before ends: [Partition: Offset]
    ) -> AuditFinding? {
        let partition = record.topicPartition.partition
        let place = "inbox/\(partition)@\(record.offset)"
        guard let value = record.value, let origin = Self.origin(of: value),
            origin.offset < ends[origin.partition] ?? Offset(0)
        else { return nil }
        guard filters[partition, default: OriginFilter()].admit(origin) else {
            // Readers drop it: as a repetition, or, if it was never had, as something that came too late.
            let isLate = expected[Name(partition: partition, origin: origin)]?.isThere == false
            guard isLate else { return nil }
            return AuditFinding(
                kind: .outOfOrder,
                place: place,
                detail: "after what came of a later cause"
            )
        }
        let name = Name(partition: partition, origin: origin)
        guard let expectation = expected[name] else {
            return AuditFinding(kind: .wrong, place: place, detail: "nothing accounts for it")
        }
        expected[name]?.isThere = true
        guard expectation.digest == Self.digest(value) else {
            return AuditFinding(kind: .wrong, place: place, detail: "it says something else")
        }
        return nil
    }

    /// What must be there and is not; `isKept` says whether an inbox partition still has everything.
    func missing(isKept: (Partition) -> Bool) -> [AuditFinding] {
        expected.filter { !$0.value.isThere && isKept($0.key.partition) }.keys.sorted {
            ($0.partition, $0.origin.partition, $0.origin.offset) < (
                $1.partition, $1.origin.partition, $1.origin.offset
            )
        }.map { name in
            AuditFinding(
                kind: .missing,
                place: "inbox/\(name.partition)",
                detail: "what comes of submissions/\(name.origin.partition)@\(name.origin.offset)"
            )
        }
    }

    /// The origin of an event or a rejection; ticks are cumulative and looked at elsewhere.
    private static func origin(of value: [UInt8]) -> Origin? {
        var origin: Origin?
        var isTicks = false
        do throws(ProtobufReader.Fault) {
            var reader = ProtobufReader(value[...])
            while let tag = try reader.next() {
                if tag.field == 1 {
                    origin = try reader.origin(tag)
                } else {
                    isTicks = isTicks || tag.field == 3
                    try reader.skip(tag)
                }
            }
        } catch {
            return nil
        }
        return isTicks ? nil : origin
    }

    private static func digest(_ bytes: [UInt8]) -> UInt64 {
        SHA256.hash(data: bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
