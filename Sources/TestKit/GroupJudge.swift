import Events
import MartletClient

/// Judges one group: its order, what became of each request, and what each device was told.
struct GroupJudge {
    /// So many stays of an account are remembered at least.
    private static let staysMin = 16

    private let conversation: ConversationID
    private let operations: [SubmissionID: GroupLedger.Operation]
    private let events: [UInt64: GroupLedger.Event]
    private let devices: [Ledger.DeviceKey: GroupLedger.Device]
    private let memberships: [AccountID: [ClosedRange<UInt64>]]?
    private var history = GroupHistory()
    /// What devices of each account must have been told, in order.
    private var due: [AccountID: [UInt64]] = [:]
    private var places: [SubmissionID: UInt64] = [:]
    /// The codes that each rejected request was rejected with, once per copy that came to the log.
    private var rejections: [SubmissionID: [String]] = [:]

    init(
        _ conversation: ConversationID,
        operations: [(key: SubmissionID, value: GroupLedger.Operation)],
        events: [UInt64: GroupLedger.Event],
        devices: [Ledger.DeviceKey: GroupLedger.Device],
        memberships: [AccountID: [ClosedRange<UInt64>]]?
    ) {
        self.conversation = conversation
        self.operations = Dictionary(uniqueKeysWithValues: operations.map { ($0.key, $0.value) })
        self.events = events
        self.devices = devices
        self.memberships = memberships
    }

    mutating func run(_ findings: inout GroupLedger.Findings) {
        gatherRejections(&findings)
        judgeOrder(&findings)
        judgeOutcomes(&findings)
        judgeDevices(&findings)
        judgeTicks(&findings)
        judgeMemberships(&findings)
    }

    // MARK: Order

    /// Folds the events in order, and compares each with what was asked for.
    private mutating func judgeOrder(_ findings: inout GroupLedger.Findings) {
        for (seq, event) in events.sorted(by: { $0.key < $1.key }) {
            findings.events += 1
            findings.moves += event.members.isEmpty ? 0 : 1
            if let first = places.updateValue(seq, forKey: event.id) {
                findings.wrong.found(.doubled, "\(name(event.id)) at \(first) and \(seq)")
            }
            judge(event, seq, &findings)
            let left = event.members.filter { $0.role == nil }.map(\.account)
            history.apply(event, seq: seq)
            for account in Array(history.members.keys) + left
            where history.isTold(account, of: event, seq: seq) {
                due[account, default: []].append(seq)
            }
        }
    }

    private func judge(
        _ event: GroupLedger.Event,
        _ seq: UInt64,
        _ findings: inout GroupLedger.Findings
    ) {
        guard let operation = operations[event.id] else {
            findings.wrong.found(.foreign, "\(place(seq)): \(event.kind) \(event.id)")
            return
        }
        if let code = history.refusal(of: operation.request, by: operation.actor, after: seq - 1) {
            findings.wrong.found(.unjustified, "\(place(seq)): \(name(event.id)), not \(code)")
        }
        let wanted = history.event(of: operation, event.id, after: seq - 1)
        // An outcome that is not known has no token to compare with.
        let isKnown = operation.outcome != .unknown
        if event != wanted, isKnown {
            findings.wrong.found(.foreign, "\(place(seq)): \(event), not \(wanted)")
        }
    }

    // MARK: Outcomes

    private mutating func gatherRejections(_ findings: inout GroupLedger.Findings) {
        let owners = Dictionary(grouping: devices) { $0.key.account }
        for (id, operation) in operations {
            let told = owners[operation.actor, default: []].map { $0.value.rejections[id] ?? [] }
            rejections[id] = told.max { $0.count < $1.count }
            if Set(told).count > 1 {
                findings.wrong.found(.rejectionMissing, "\(name(id)): \(told)")
            }
        }
    }

    private func judgeOutcomes(_ findings: inout GroupLedger.Findings) {
        let bounds = PlaceBounds(operations, places, rejections)
        for (id, operation) in operations {
            let codes = rejections[id] ?? []
            if let code = codes.first { findings.rejected[code, default: 0] += 1 }
            if codes.count > operation.attempts {
                findings.wrong.found(.doubled, "\(name(id)): rejected \(codes)")
            }
            let earliest = bounds.latestPlace(settledBefore: operation.sentAt)
            if let place = places[id] {
                if let earliest, earliest > place {
                    findings.wrong.found(
                        .untimely,
                        "\(name(id)) at \(place), not after \(earliest)"
                    )
                }
                // Of what was sent again, one copy may have been rejected before another was accepted.
                if codes.count >= operation.attempts {
                    findings.wrong.found(.both, "\(name(id)) at \(place) and \(codes)")
                }
            } else if codes.isEmpty, case .acknowledged = operation.outcome {
                findings.wrong.found(.lost, name(id))
            }
            guard !codes.isEmpty else { continue }
            var latest = history.last
            if operation.attempts == 1, let settled = operation.settledAt,
                let next = bounds.earliestPlace(sentAfter: settled)
            {
                latest = max(next - 1, earliest ?? 0)
            }
            judge(codes, id, operation, (earliest ?? 0)...max(latest, earliest ?? 0), &findings)
        }
    }

    /// Whether each code is right after at least one of the events that may have been the last before it.
    private func judge(
        _ codes: [String],
        _ id: SubmissionID,
        _ operation: GroupLedger.Operation,
        _ range: ClosedRange<UInt64>,
        _ findings: inout GroupLedger.Findings
    ) {
        var missing = Set(codes)
        for seq in range {
            let code = history.refusal(of: operation.request, by: operation.actor, after: seq)
            if let code { missing.remove(code) }
            if missing.isEmpty { return }
        }
        findings.wrong.found(.unjustified, "\(name(id)) between \(range): \(missing.sorted())")
    }

    // MARK: Devices

    private func judgeDevices(_ findings: inout GroupLedger.Findings) {
        for (key, device) in devices {
            let told = device.seqs[conversation] ?? []
            let due = due[key.account] ?? []
            guard told != due else { continue }
            var seen: Set<UInt64> = []
            var last: UInt64 = 0
            for seq in told {
                if !seen.insert(seq).inserted {
                    findings.wrong.found(.doubled, "\(place(seq)) on \(key)")
                } else if seq < last {
                    findings.wrong.found(.reordered, "\(place(seq)) after \(last) on \(key)")
                }
                last = max(last, seq)
            }
            for seq in Set(due).subtracting(seen).sorted() {
                findings.wrong.found(.missing, "\(place(seq)) on \(key)")
            }
            for seq in seen.subtracting(due).sorted() {
                findings.wrong.found(.outside, "\(place(seq)) on \(key)")
            }
        }
        judgeOwner(&findings)
    }

    /// Whoever was there all the time must have everything from 1 on: without that nobody's stays are known.
    private func judgeOwner(_ findings: inout GroupLedger.Findings) {
        guard let owner = events[1]?.sender else {
            if !events.isEmpty { findings.wrong.found(.missing, place(1)) }
            return
        }
        for (key, device) in devices where key.account == owner {
            let told = Set(device.seqs[conversation] ?? [])
            for seq in 1...history.last where !told.contains(seq) && events[seq] == nil {
                findings.wrong.found(.missing, "\(place(seq)) on \(key), its owner's")
            }
        }
    }

    /// Each member's last message must have two ticks, if somebody else who was to have it is still there.
    private func judgeTicks(_ findings: inout GroupLedger.Findings) {
        var lastMessage: [AccountID: UInt64] = [:]
        for (seq, event) in events where event.kind == "message" {
            lastMessage[event.sender] = max(lastMessage[event.sender] ?? 0, seq)
        }
        for (account, since) in history.members {
            guard let last = lastMessage[account], last > since,
                history.members.contains(where: { $0.key != account && $0.value < last })
            else { continue }
            for (key, device) in devices where key.account == account {
                let delivered = device.ticks[conversation]?.deliveredSeq ?? 0
                if delivered < last {
                    findings.wrong.found(
                        .ticksMissing,
                        "\(place(last)) on \(key): \(delivered) delivered"
                    )
                }
            }
        }
    }

    /// Of an account with many stays the topic may have the newest alone.
    private func judgeMemberships(_ findings: inout GroupLedger.Findings) {
        guard let memberships else { return }
        for account in Set(history.stays.keys).union(memberships.keys).sorted() {
            let wanted = history.stays[account] ?? []
            let said = memberships[account] ?? []
            let isEnough = said.count >= min(wanted.count, Self.staysMin)
            if !isEnough || said != wanted.suffix(said.count) {
                findings.wrong.found(
                    .misremembered,
                    "\(account) in \(conversation): \(said), not \(wanted)"
                )
            }
        }
    }

    // MARK: Words

    private func place(_ seq: UInt64) -> String { "\(conversation.description.suffix(6)) \(seq)" }

    private func name(_ id: SubmissionID) -> String {
        "\(operations[id]?.request.name ?? "?") \(id)"
    }
}

/// What the senders' clock says of places in the order: what was settled before something was sent comes before it.
private struct PlaceBounds {
    /// By the time at which they were settled: the highest place so far.
    private var settled: [(time: Int, place: UInt64)] = []
    /// By the time at which they were sent: the lowest place from there on.
    private var sent: [(time: Int, place: UInt64)] = []

    init(
        _ operations: [SubmissionID: GroupLedger.Operation],
        _ places: [SubmissionID: UInt64],
        _ rejections: [SubmissionID: [String]]
    ) {
        for (id, place) in places {
            guard let operation = operations[id] else { continue }
            sent.append((operation.sentAt, place))
            // The copy that was acknowledged may have been rejected, and a later one accepted.
            if rejections[id, default: []].isEmpty, let time = operation.settledAt {
                settled.append((time, place))
            }
        }
        settled.sort { $0.time < $1.time }
        sent.sort { $0.time < $1.time }
        for index in settled.indices.dropFirst() {
            settled[index].place = max(settled[index].place, settled[index - 1].place)
        }
        for index in sent.indices.dropLast().reversed() {
            sent[index].place = min(sent[index].place, sent[index + 1].place)
        }
    }

    func latestPlace(settledBefore time: Int) -> UInt64? {
        let count = Self.count(settled) { $0 < time }
        return count == 0 ? nil : settled[count - 1].place
    }

    func earliestPlace(sentAfter time: Int) -> UInt64? {
        let count = Self.count(sent) { $0 <= time }
        return count == sent.count ? nil : sent[count].place
    }

    /// How many at the beginning are so, by halves.
    private static func count(
        _ list: [(time: Int, place: UInt64)],
        where isSo: (Int) -> Bool
    ) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if isSo(list[middle].time) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
