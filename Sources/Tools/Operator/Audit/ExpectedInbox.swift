import Conversations
import DequeModule
import EventLog
import Events

/// The records that the inboxes must have, worked out from their causes, and held against what they have.
///
/// Causes and records may come in any pieces. What has found its counterpart is dropped at once, so that only what is on its way
/// is in memory.
struct ExpectedInbox {
    /// Where a record belongs, and what makes it this one.
    private struct Name: Hashable {
        let partition: Partition
        let origin: Origin
    }

    /// What one inbox partition has of one partition of causes; there their order is kept.
    private struct Lane: Hashable {
        let partition: Partition
        let source: OriginFilter.Source
    }

    private struct Entry {
        let offset: Offset
        let origin: Origin
        let digest: Int
    }

    /// What must be there and has not been seen.
    private var expected: [Name: Int] = [:]
    /// What was seen and whose causes have not been decided on.
    private var lanes: [Lane: Deque<Entry>] = [:]
    private var filters: [Partition: OriginFilter] = [:]
    /// Where each lane began, of inboxes that are not whole.
    private var begins: [Lane: OriginFilter.Mark] = [:]
    /// Causes below have been decided on.
    private var decided: [OriginFilter.Source: Offset] = [:]
    /// The first causes that are kept.
    private var oldest: [OriginFilter.Source: Offset] = [:]
    private var findings: [AuditFinding] = []
    /// How many records must be there, all in all.
    private(set) var count = 0

    /// How many records wait for their counterparts.
    var pending: Int { expected.count + lanes.values.reduce(0) { $0 + $1.count } }

    /// What was found since the last call.
    mutating func takeFindings() -> [AuditFinding] {
        defer { findings = [] }
        return findings
    }

    // MARK: What must be

    /// Causes of this partition below `oldest` are no longer in the log: nothing is known of what was refused then.
    mutating func begin(_ partition: TopicPartition, oldest offset: Offset) {
        oldest[Self.source(partition)] = offset
    }

    /// Adds a record.
    mutating func add(_ bytes: [UInt8], _ origin: Origin, in partition: Partition) {
        expected[Name(partition: partition, origin: origin)] = InboxEntry.digest(bytes)
        count += 1
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
        var partitions: Set<Partition> = []
        switch (conversation.audience(of: event), event.body) {
        case (.accounts(let accounts), _): only = accounts
        case (.everyone, .messagePosted): break
        case (.everyone, _) where isDirect: only = conversation.members.all.keys.sorted()
        case (.everyone, _): break
        }
        if !only.isEmpty {
            partitions = Set((only + left + joined).map(home))
        } else {
            partitions = Set(left.map(home))
            // No more than all of them can be found, however many members there are.
            for (account, member) in conversation.members.all where member.role != nil {
                partitions.insert(home(account))
                if partitions.count == inboxPartitions { break }
            }
        }
        var order = partitions.sorted()
        // Of a direct message the sender's comes first.
        if isDirect, only.isEmpty, order.last == home(event.sender) { order.reverse() }
        let bytes = event.encoded()
        for (index, partition) in order.enumerated() {
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

    /// All causes of this partition below `end` have been decided on.
    mutating func decide(_ partition: TopicPartition, before end: Offset) {
        let source = Self.source(partition)
        guard end > decided[source] ?? Offset(0) else { return }
        decided[source] = end
        for lane in lanes.keys where lane.source == source { drain(lane) }
    }

    // MARK: What is

    /// Takes what an inbox partition has at an offset; `isWhole`: it has everything that ever was in it.
    mutating func take(
        _ origin: Origin,
        digest: Int,
        in partition: Partition,
        at offset: Offset,
        isWhole: Bool = true
    ) {
        let source = OriginFilter.Source(
            topicNumber: origin.topicNumber,
            partition: origin.partition
        )
        let lane = Lane(partition: partition, source: source)
        if !isWhole, begins[lane] == nil {
            begins[lane] = OriginFilter.Mark(offset: origin.offset, index: origin.index)
        }
        let entry = Entry(offset: offset, origin: origin, digest: digest)
        if lanes[lane]?.isEmpty ?? true, origin.offset < decided[source] ?? Offset(0) {
            compare(entry, lane)
        } else {
            lanes[lane, default: []].append(entry)
            drain(lane)
        }
    }

    private mutating func drain(_ lane: Lane) {
        let end = decided[lane.source] ?? Offset(0)
        while let entry = lanes[lane]?.first, entry.origin.offset < end {
            lanes[lane]?.removeFirst()
            compare(entry, lane)
        }
    }

    private mutating func compare(_ entry: Entry, _ lane: Lane) {
        let place = "inbox/\(lane.partition)@\(entry.offset)"
        let cause = Self.text(entry.origin)
        let name = Name(partition: lane.partition, origin: entry.origin)
        guard filters[lane.partition, default: OriginFilter()].admit(entry.origin) else {
            // Readers drop it: as a repetition, or, if it was never had, as something that came too late.
            guard expected.removeValue(forKey: name) != nil else { return }
            note(.outOfOrder, place, "what comes of \(cause), after what comes of a later cause")
            return
        }
        guard let digest = expected.removeValue(forKey: name) else {
            guard entry.origin.offset >= oldest[lane.source] ?? Offset(0) else { return }
            return note(.wrong, place, "\(cause) does not account for it")
        }
        if digest != entry.digest {
            note(.wrong, place, "what comes of \(cause) says something else")
        }
    }

    /// The inbox has been read so far that it has all that comes of causes before `ends`: what was not seen is missing.
    ///
    /// An inbox that is not whole may lack what lies before where it begins.
    mutating func settle(before ends: [TopicPartition: Offset], isWhole: (Partition) -> Bool) {
        let sources = Dictionary(
            uniqueKeysWithValues: ends.map { (Self.source($0.key), $0.value) }
        )
        let missing = expected.keys.filter { name in
            let source = OriginFilter.Source(
                topicNumber: name.origin.topicNumber,
                partition: name.origin.partition
            )
            return name.origin.offset < sources[source] ?? Offset(0)
        }.sorted {
            ($0.partition, $0.origin.topicNumber, $0.origin.partition, $0.origin.offset)
                < ($1.partition, $1.origin.topicNumber, $1.origin.partition, $1.origin.offset)
        }
        for name in missing {
            expected[name] = nil
            guard isWhole(name.partition) || isAfterBegin(name) else { continue }
            note(.missing, "inbox/\(name.partition)", "what comes of \(Self.text(name.origin))")
        }
    }

    private func isAfterBegin(_ name: Name) -> Bool {
        let source = OriginFilter.Source(
            topicNumber: name.origin.topicNumber,
            partition: name.origin.partition
        )
        guard let begin = begins[Lane(partition: name.partition, source: source)] else {
            return false
        }
        return begin < OriginFilter.Mark(offset: name.origin.offset, index: name.origin.index)
    }

    private mutating func note(_ kind: AuditFinding.Kind, _ place: String, _ detail: String) {
        findings.append(AuditFinding(kind: kind, place: place, detail: detail))
    }

    private static func source(_ partition: TopicPartition) -> OriginFilter.Source {
        OriginFilter.Source(
            topicNumber: partition.topic.number,
            partition: partition.partition
        )
    }

    private static func text(_ origin: Origin) -> String {
        let topic = Topic.all.first { $0.number == origin.topicNumber }
        return
            "\(topic?.name ?? "topic \(origin.topicNumber)")/\(origin.partition)@\(origin.offset)"
    }
}
