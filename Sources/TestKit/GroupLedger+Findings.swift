public import Events

extension GroupLedger {
    /// What the ledger found; every count but the first few must be 0.
    public struct Findings: Sendable, CustomStringConvertible {
        /// What was asked for.
        public internal(set) var asked = 0
        /// Of this, acknowledged.
        public internal(set) var acknowledged = 0
        /// Times that something was asked again with the same id.
        public internal(set) var repeated = 0
        /// Events, each counted once.
        public internal(set) var events = 0
        /// Comings and goings among them.
        public internal(set) var moves = 0
        /// Events on devices.
        public internal(set) var received = 0
        /// Frames that came again and were recognised by their position.
        public internal(set) var resends = 0
        /// Ticks that said less than the device knew: of a receipts instance that does not know yet that it was replaced.
        public internal(set) var ticksLate = 0
        /// Operations that were rejected, by code.
        public internal(set) var rejected: [String: Int] = [:]
        /// What is wrong.
        public internal(set) var wrong = WrongCounts<Kind>()

        /// Kinds of wrong.
        public enum Kind: String, Sendable, CaseIterable {
            /// What was acknowledged is neither in the order nor rejected.
            case lost = "acknowledged and lost"
            /// Something has two places in the order, or a device has an event twice.
            case doubled = "doubled"
            /// A device lacks an event of a stay of its account.
            case missing = "missing between coming and going"
            /// A device has an event from before its account came, or from after it went.
            case outside = "told outside of a stay"
            /// A device was told in another order than by seq, or late.
            case reordered = "out of order on a device"
            /// Two devices were told different things of one seq.
            case disagreeing = "differently told to two devices"
            /// Something has its place after what was only sent when it had been acknowledged.
            case untimely = "ordered against the order of the senders"
            /// An event that nobody asked for, or not so.
            case foreign = "not as it was asked for"
            /// It was accepted, or rejected with a code, that the state in its place does not justify.
            case unjustified = "decided against the state"
            /// What was sent once was accepted and rejected.
            case both = "accepted and rejected"
            /// Not all devices of the account were told of a rejection, or not the same.
            case rejectionMissing = "rejections missing on a device"
            /// An outcome stayed unknown.
            case unresolved = "outcome unresolved"
            /// A request was refused at once.
            case refused = "refused"
            /// A device was told of a gap.
            case gap = "gaps"
            /// Ticks did not reach the last message at the end.
            case ticksMissing = "ticks missing at the end"
            /// The topic of memberships says something else of an account's stays.
            case misremembered = "memberships with other stays"
        }

        /// How often something of this kind was found.
        public func count(_ kind: Kind) -> Int { wrong.count(kind) }

        /// Whether nothing is wrong.
        public var isClean: Bool { wrong.isEmpty }

        /// All counts, one a line, then the examples.
        public var description: String {
            let codes = rejected.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            return "asked \(asked), acknowledged \(acknowledged), asked again \(repeated), "
                + "events \(events) with \(moves) comings and goings, "
                + "rejected \(codes.isEmpty ? "0" : codes.joined(separator: ", "))\n"
                + "events on devices \(received), frames repeated \(resends), "
                + "late ticks \(ticksLate)\n\(wrong)"
        }
    }

    /// From which seq to which accounts were in groups; the last one may be open, up to the largest number.
    public typealias Memberships = [ConversationID: [AccountID: [ClosedRange<UInt64>]]]

    /// Judges what the ledger holds, once everything has come to rest.
    ///
    /// `memberships` is what the topic of that name says; `nil`: it was not asked.
    public func findings(memberships: Memberships? = nil) -> Findings {
        var findings = Findings()
        findings.asked = operations.count
        for (id, operation) in operations {
            findings.repeated += operation.attempts - 1
            switch operation.outcome {
            case .unknown:
                findings.wrong.found(.unresolved, "\(id) after \(operation.attempts) attempts")
            case .refused(let code):
                findings.wrong.found(.refused, "\(id) \(operation.request.name): \(code)")
            case .acknowledged: findings.acknowledged += 1
            }
        }
        for words in disagreements { findings.wrong.found(.disagreeing, words) }
        for (key, device) in devices { judge(key, device, &findings) }
        let byGroup = Dictionary(grouping: operations) { $0.value.conversation }
        for conversation in Set(events.keys).union(byGroup.keys) {
            var judge = GroupJudge(
                conversation,
                operations: byGroup[conversation] ?? [],
                events: events[conversation] ?? [:],
                devices: devices,
                memberships: memberships.map { $0[conversation] ?? [:] }
            )
            judge.run(&findings)
        }
        return findings
    }

    private func judge(
        _ key: Ledger.DeviceKey,
        _ device: Device,
        _ findings: inout Findings
    ) {
        findings.resends += device.trail.resends
        findings.received += device.seqs.values.reduce(0) { $0 + $1.count }
        for _ in 0..<device.trail.late {
            findings.wrong.found(.reordered, "\(key): a late frame")
        }
        for words in device.trail.gaps { findings.wrong.found(.gap, "\(key) \(words)") }
        findings.ticksLate += device.ticksLate
    }
}

extension GroupLedger.Request {
    /// What is asked for, in a word.
    var name: String {
        switch self {
        case .create: "create"
        case .post: "post"
        case .add: "add"
        case .remove: "remove"
        case .leave: "leave"
        case .setRole: "set role"
        case .createInvite: "create invite"
        case .join: "join"
        }
    }
}
