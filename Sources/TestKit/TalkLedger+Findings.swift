public import Events
import MartletClient

extension TalkLedger {
    /// What the ledger found.
    public struct Findings: Sendable, CustomStringConvertible {
        /// What was asked for.
        public internal(set) var asked = 0
        /// Of these, acknowledged.
        public internal(set) var acknowledged = 0
        /// Messages of these.
        public internal(set) var messages = 0
        /// What is wrong.
        public internal(set) var wrong = WrongCounts<Kind>()

        /// Kinds of wrong.
        public enum Kind: String, Sendable, CaseIterable {
            /// An outcome stayed unknown.
            case unresolved = "outcome unresolved"
            /// Something was refused.
            case refused
            /// The router rejected what was acknowledged.
            case rejected = "acknowledged and rejected later"
            /// A device never got a message.
            case undelivered = "acknowledged and not delivered"
            /// A device got a message twice, under different positions.
            case doubled = "doubled on a device"
            /// A device was told of a gap.
            case gap = "gaps"
            /// History has not got a message.
            case missingInStore = "acknowledged and not in the store"
            /// History has what nobody sent, or has a message twice.
            case extraInStore = "in the store and not acknowledged, or twice"
            /// A message says, or is reacted to, otherwise than was asked for last.
            case otherInStore = "otherwise in the store"
            /// Events do not come in the order of their seqs.
            case outOfPlace = "out of order in the store"
            /// History says that it can't read something.
            case unreadable = "not readable"
        }

        /// Whether nothing is wrong.
        public var isClean: Bool { wrong.isEmpty }

        /// All counts, one a line, then the examples.
        public var description: String {
            "asked for \(asked), acknowledged \(acknowledged), of these messages \(messages)\n\(wrong)"
        }

        mutating func found(_ kind: Kind, _ example: @autoclosure () -> String) {
            wrong.found(kind, example())
        }
    }

    /// Judges what the ledger holds, and, if that was asked for, what history tells of every conversation.
    public func findings(
        told: [ConversationID: ToldConversation]? = nil
    ) -> Findings {
        var findings = Findings()
        findings.asked = changes.count
        findings.messages = messages.count
        judgeOutcomes(&findings)
        for (key, device) in devices { judge(device, key, &findings) }
        guard let told else { return findings }
        for conversation in members.keys {
            judge(told[conversation] ?? ToldConversation(), conversation, &findings)
        }
        return findings
    }

    private func judgeOutcomes(_ findings: inout Findings) {
        for (id, change) in changes {
            switch change.outcome {
            case .unknown: findings.found(.unresolved, "\(id)")
            case .refused(let code): findings.found(.refused, "\(id): \(code)")
            case .acknowledged: findings.acknowledged += 1
            }
        }
    }

    private func judge(
        _ device: Device,
        _ key: Ledger.DeviceKey,
        _ findings: inout Findings
    ) {
        for (id, message) in messages
        where members[message.conversation]?.contains(key.account) == true {
            let count = device.messages[id] ?? 0
            if count == 0 { findings.found(.undelivered, "\(id) on \(key)") }
            if count > 1 { findings.found(.doubled, "\(id) on \(key), \(count) times") }
        }
        for (id, code) in device.rejections {
            // What somebody else takes back meanwhile can't be reacted to any more.
            if case .react? = changes[id]?.request { continue }
            findings.found(.rejected, "\(id): \(code)")
        }
        for words in device.trail.gaps { findings.found(.gap, "\(key) \(words)") }
    }

    private func judge(
        _ told: ToldConversation,
        _ conversation: ConversationID,
        _ findings: inout Findings
    ) {
        for range in told.missing {
            findings.found(
                .unreadable,
                "\(conversation) \(range.fromSeq)…\(range.toSeq) \(range.reason.rawValue)"
            )
        }
        for (one, next) in zip(told.seqs, told.seqs.dropFirst()) where one >= next {
            findings.found(.outOfPlace, "\(conversation): seq \(next) after \(one)")
        }
        var seen: Set<SubmissionID> = []
        for event in told.messages {
            let id = event.messageID
            guard let message = messages[id], message.conversation == conversation,
                seen.insert(id).inserted
            else {
                findings.found(.extraInStore, "\(id) in \(conversation) at \(event.seq)")
                continue
            }
            if let fault = message.fault(in: event) {
                findings.found(.otherInStore, "\(id): \(fault)")
            }
        }
        for (id, message) in messages
        where message.conversation == conversation && !seen.contains(id) {
            findings.found(.missingInStore, "\(id) in \(conversation)")
        }
    }
}

extension TalkLedger.Message {
    /// In which respect it is told otherwise, without its text; `nil`: in none.
    fileprivate func fault(in event: MessageEvent) -> String? {
        guard !isDeleted else { return event.content == .deleted ? nil : "it is still there" }
        guard event.text == text else { return "another text" }
        let told = Dictionary(
            event.updates.reactions.map { ($0.emoji, Int($0.count)) },
            uniquingKeysWith: +
        )
        let own = reactions.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        return told == own ? nil : "other reactions"
    }
}
