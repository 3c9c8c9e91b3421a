public import Events
public import MartletClient

extension Ledger {
    /// What the ledger found; every count but the first few must be 0.
    public struct Findings: Sendable, CustomStringConvertible {
        /// Messages sent.
        public internal(set) var sent = 0
        /// Of these, acknowledged.
        public internal(set) var acknowledged = 0
        /// Times that a message was sent again with the same id.
        public internal(set) var repeated = 0
        /// Frames that came again and were recognised by their position.
        public internal(set) var resends = 0
        /// What is wrong.
        public internal(set) var wrong = WrongCounts<Kind>()

        /// Kinds of wrong.
        public enum Kind: String, Sendable, CaseIterable {
            /// A device never got a message that was acknowledged.
            case lost = "acknowledged and lost"
            /// A device got a message twice, under different positions.
            case doubled = "doubled on a device"
            /// A device got a conversation's messages otherwise than 1, 2, 3, …, or a frame came late.
            case reordered = "out of order"
            /// Two devices disagree about what a seq is.
            case disagreeing = "differently ordered on two devices"
            /// A device got a message that was refused or never sent.
            case foreign = "received though refused or never sent"
            /// Ticks went back.
            case ticksBackwards = "ticks went backwards"
            /// Ticks did not reach the last message at the end.
            case ticksMissing = "ticks missing at the end"
            /// A message's outcome stayed unknown.
            case unresolved = "outcome unresolved"
            /// A message was refused.
            case refused = "refused"
            /// The router rejected a message that had been acknowledged.
            case rejected = "acknowledged and rejected later"
            /// A device was told of a gap.
            case gap = "gaps"
            /// The store lacks a message.
            case missingInStore = "accepted and not in the store"
            /// The store has a row that nobody sent, or has one twice.
            case extraInStore = "in the store and not accepted"
            /// A recipient was away and got no notification.
            case notNotified = "away and not notified"
            /// A repeated notification does not collapse with the first.
            case notCollapsing = "repeated notification with another collapse id"
        }

        /// How often something of this kind was found.
        public func count(_ kind: Kind) -> Int { wrong.count(kind) }

        /// Whether nothing is wrong.
        public var isClean: Bool { wrong.isEmpty }

        /// All counts, one a line, then the examples.
        public var description: String {
            "sent \(sent), acknowledged \(acknowledged), sent again \(repeated), "
                + "frames repeated \(resends)\n\(wrong)"
        }

        mutating func found(_ kind: Kind, _ example: @autoclosure () -> String) {
            wrong.found(kind, example())
        }
    }

    /// What to judge besides messages and order.
    public struct Expectations: Sendable {
        /// Accounts that had no device connected while messages were sent to them: each must have been notified.
        public var away: Set<AccountID> = []
        /// Whether each sender's last message must have two ticks by now.
        public var ticksAreComplete = true
        /// Per conversation what the store has, in its order; `nil`: not asked.
        public var store: [ConversationID: [MessageEvent]]?

        /// Nobody was away, ticks are complete, the store was not asked.
        public init() {}
    }

    /// Judges what the ledger holds.
    public func findings(_ expectations: Expectations = Expectations()) -> Findings {
        var findings = Findings()
        findings.sent = sentCount
        findings.acknowledged = acknowledgedCount
        findings.repeated = repeatedCount
        findings.resends = resendCount
        judgeOutcomes(&findings)
        judgeDevices(&findings)
        judgeAgreement(&findings)
        if expectations.ticksAreComplete { judgeTicks(&findings) }
        if let store = expectations.store { judge(store, &findings) }
        judgeNotifications(away: expectations.away, &findings)
        return findings
    }

    private func judgeOutcomes(_ findings: inout Findings) {
        for (id, message) in messages {
            switch message.outcome {
            case .unknown: findings.found(.unresolved, "\(id) after \(message.attempts) attempts")
            case .refused(let code): findings.found(.refused, "\(id): \(code)")
            case .acknowledged: break
            }
        }
    }

    /// The acknowledged messages that concern each account.
    private func expected() -> [AccountID: Set<SubmissionID>] {
        var expected: [AccountID: Set<SubmissionID>] = [:]
        for (id, message) in messages {
            if case .acknowledged = message.outcome {
                expected[message.sender, default: []].insert(id)
                expected[message.recipient, default: []].insert(id)
            }
        }
        return expected
    }

    private func judgeDevices(_ findings: inout Findings) {
        let expected = expected()
        for (key, device) in devices {
            var seen: Set<SubmissionID> = []
            var next: [ConversationID: UInt64] = [:]
            for event in device.events {
                if !seen.insert(event.message).inserted {
                    findings.found(.doubled, "\(event.message) on \(key) at \(event.position)")
                    continue
                }
                let wanted = next[event.conversation] ?? 1
                if event.seq != wanted {
                    findings.found(
                        .reordered,
                        "\(key): seq \(event.seq) where \(wanted) was due"
                    )
                }
                next[event.conversation] = event.seq + 1
                switch messages[event.message]?.outcome {
                case .acknowledged?, .unknown?: break
                case .refused?, nil: findings.found(.foreign, "\(event.message) on \(key)")
                }
            }
            for missing in expected[key.account, default: []].subtracting(seen).sorted() {
                findings.found(.lost, "\(missing) on \(key)")
            }
            for (id, code) in device.rejections {
                guard case .acknowledged? = messages[id]?.outcome else { continue }
                findings.found(.rejected, "\(id): \(code)")
            }
            for _ in 0..<device.trail.late { findings.found(.reordered, "\(key): a late frame") }
            for words in device.trail.gaps { findings.found(.gap, "\(key) \(words)") }
            for _ in 0..<device.ticksBackwards { findings.found(.ticksBackwards, "\(key)") }
        }
    }

    private func judgeAgreement(_ findings: inout Findings) {
        var places: [ConversationID: [UInt64: SubmissionID]] = [:]
        for (key, device) in devices {
            for event in device.events {
                let there = places[event.conversation, default: [:]][event.seq]
                if let there, there != event.message {
                    findings.found(
                        .disagreeing,
                        "seq \(event.seq) is \(event.message) on \(key), \(there)"
                    )
                }
                places[event.conversation, default: [:]][event.seq] = event.message
            }
        }
    }

    private func judgeTicks(_ findings: inout Findings) {
        let owners = Set(devices.keys.map(\.account))
        for (key, device) in devices {
            var last: [ConversationID: UInt64] = [:]
            for event in device.events where messages[event.message]?.sender == key.account {
                // Only recipients with a device can have anything.
                guard let recipient = messages[event.message]?.recipient,
                    owners.contains(recipient)
                else { continue }
                last[event.conversation] = max(last[event.conversation] ?? 0, event.seq)
            }
            for (conversation, seq) in last {
                let delivered = device.ticks[conversation]?.deliveredSeq ?? 0
                if delivered < seq {
                    findings.found(
                        .ticksMissing,
                        "\(key): \(delivered) delivered of \(seq)"
                    )
                }
            }
        }
    }

    private func judge(_ store: [ConversationID: [MessageEvent]], _ findings: inout Findings) {
        var stored: Set<SubmissionID> = []
        for (conversation, rows) in store {
            for (place, row) in rows.enumerated() {
                if !stored.insert(row.messageID).inserted {
                    findings.found(.extraInStore, "\(row.messageID) twice")
                }
                if row.seq != UInt64(place + 1) {
                    findings.found(.reordered, "store: seq \(row.seq) at place \(place + 1)")
                }
                guard case .acknowledged(conversation)? = messages[row.messageID]?.outcome else {
                    findings.found(.extraInStore, "\(row.messageID)")
                    continue
                }
            }
        }
        for (id, message) in messages {
            guard case .acknowledged = message.outcome, !stored.contains(id) else { continue }
            findings.found(.missingInStore, "\(id)")
        }
    }

    private func judgeNotifications(away: Set<AccountID>, _ findings: inout Findings) {
        for (id, message) in messages where away.contains(message.recipient) {
            guard case .acknowledged = message.outcome else { continue }
            let own = notifications[id, default: []].filter { $0.account == message.recipient }
            if own.isEmpty { findings.found(.notNotified, "\(id)") }
        }
        for (id, all) in notifications {
            for (_, same) in Dictionary(grouping: all, by: \.account)
            where Set(same.map(\.collapse)).count > 1 {
                findings.found(.notCollapsing, "\(id)")
            }
        }
    }
}
