public import EventLog
public import Events
import SwiftProtobuf

/// A record with its value read as its topic says.
public struct DecodedRecord: Sendable {
    /// What a record's value is.
    public enum Value: Sendable {
        /// Of `submissions`.
        case submission(PBSubmission)
        /// Of `timeline`.
        case timelineEvent(PBTimelineEvent)
        /// Of `receipts`.
        case receipt(PBReceipt)
        /// Of `accounts`.
        case account(PBAccountRecord)
        /// Of `inbox`.
        case inbox(PBInboxRecord)
        /// Of `memberships`.
        case membership(PBMembershipRecord)
        /// Of `sessions`.
        case session(PBSessionRecord)
        /// Of `routes`.
        case route(PBRouteRecord)
        /// Of `dead-letters`.
        case deadLetter(PBDeadLetter)
        /// No value: its key is gone.
        case tombstone
        /// Bytes that are not what the topic says.
        case undecodable(byteCount: Int)
    }

    /// The record as it was read.
    public let record: LogRecord
    /// What it says.
    public let value: Value

    /// Reads a record; never fails: what can't be read is `undecodable`.
    public init(_ record: LogRecord) {
        self.record = record
        guard let bytes = record.value else {
            value = .tombstone
            return
        }
        do {
            value = try Self.decode(bytes, of: record.topicPartition.topic)
        } catch {
            value = .undecodable(byteCount: bytes.count)
        }
    }

    /// What a record of `signals` says; `nil`: it is none, or can't be decoded.
    ///
    /// Apart from `value`, which is what lasts: nobody who follows a message's life has to ask whether it is a signal.
    public var signal: PBSignalRecord? {
        guard record.topicPartition.topic == .signals, let bytes = record.value else { return nil }
        return try? PBSignalRecord(serializedBytes: bytes)
    }

    private static func decode(_ bytes: [UInt8], of topic: Topic) throws -> Value {
        switch topic {
        case .submissions: .submission(try PBSubmission(serializedBytes: bytes))
        case .timeline: .timelineEvent(try PBTimelineEvent(serializedBytes: bytes))
        case .receipts: .receipt(try PBReceipt(serializedBytes: bytes))
        case .accounts: .account(try PBAccountRecord(serializedBytes: bytes))
        case .inbox: .inbox(try PBInboxRecord(serializedBytes: bytes))
        case .memberships: .membership(try PBMembershipRecord(serializedBytes: bytes))
        case .sessions: .session(try PBSessionRecord(serializedBytes: bytes))
        case .routes: .route(try PBRouteRecord(serializedBytes: bytes))
        case .deadLetters: .deadLetter(try PBDeadLetter(serializedBytes: bytes))
        default: .undecodable(byteCount: bytes.count)
        }
    }
}
