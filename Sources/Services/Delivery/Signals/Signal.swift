import EventLog
import Events
import Foundation
import SwiftProtobuf

/// A record of `signals`: what may be lost without harm.
struct Signal: Equatable, Sendable {
    /// What somebody does; not said again within some seconds, it has ended.
    enum Activity: Int, Sendable {
        case idle = 0
        case typing = 1
        case recording = 2

        /// The word for it, as clients read it.
        var name: StaticString {
            switch self {
            case .idle: "idle"
            case .typing: "typing"
            case .recording: "recording"
            }
        }
    }

    struct Typing: Equatable, Sendable {
        let conversation: ConversationID
        /// The other account of a direct conversation; `nil`: every member.
        let recipient: AccountID?
        let activity: Activity
    }

    struct Watch: Equatable, Sendable {
        let watcher: AccountID
        /// When it ends; `nil`: now.
        let until: Timestamp?
    }

    struct Presence: Equatable, Sendable {
        let watchers: [AccountID]
        let isOnline: Bool
        /// `nil`: not known, or not for these watchers.
        let lastSeen: Timestamp?
    }

    enum Body: Equatable, Sendable {
        case typing(Typing)
        case watch(Watch)
        case presence(Presence)
    }

    /// Whom it is about.
    let account: AccountID
    let time: Timestamp
    let body: Body
}

extension Signal {
    /// Reads a record's value; `nil` if it says nothing that this version understands.
    init?(decoding bytes: [UInt8]) {
        guard let record = try? PBSignalRecord(serializedBytes: bytes),
            let account = AccountID(bytes: record.accountID), let body = Self.body(of: record)
        else { return nil }
        self.account = account
        time = Timestamp(milliseconds: record.serverTimeMs)
        self.body = body
    }

    private static func body(of record: PBSignalRecord) -> Body? {
        switch record.signal {
        case .typing(let typing):
            guard let conversation = ConversationID(bytes: typing.conversationID),
                let activity = Activity(rawValue: typing.activity.rawValue),
                typing.recipient.isEmpty || typing.recipient.count == 16
            else { return nil }
            return .typing(
                Typing(
                    conversation: conversation,
                    recipient: AccountID(bytes: typing.recipient),
                    activity: activity
                )
            )
        case .watch(let watch):
            guard let watcher = AccountID(bytes: watch.watcher) else { return nil }
            let until = Timestamp(milliseconds: watch.untilMs)
            return .watch(Watch(watcher: watcher, until: watch.untilMs == 0 ? nil : until))
        case .presence(let presence):
            let lastSeen = Timestamp(milliseconds: presence.lastSeenMs)
            return .presence(
                Presence(
                    watchers: presence.watchers.compactMap { AccountID(bytes: $0) },
                    isOnline: presence.online,
                    lastSeen: presence.lastSeenMs == 0 ? nil : lastSeen
                )
            )
        case nil: return nil
        }
    }

    /// The record for one partition.
    func record(to partition: Partition) -> OutgoingRecord {
        let record = PBSignalRecord.with {
            $0.accountID = Data(account.bytes)
            $0.serverTimeMs = time.milliseconds
            switch body {
            case .typing(let typing):
                $0.typing.conversationID = Data(typing.conversation.bytes)
                $0.typing.recipient = typing.recipient.map { Data($0.bytes) } ?? Data()
                $0.typing.activity = PBActivity(rawValue: typing.activity.rawValue) ?? .idle
            case .watch(let watch):
                $0.watch.watcher = Data(watch.watcher.bytes)
                $0.watch.untilMs = watch.until?.milliseconds ?? 0
            case .presence(let presence):
                $0.presence.watchers = presence.watchers.map { Data($0.bytes) }
                $0.presence.online = presence.isOnline
                $0.presence.lastSeenMs = presence.lastSeen?.milliseconds ?? 0
            }
        }
        return OutgoingRecord(
            topic: .signals,
            partition: partition,
            key: account.bytes,
            // Only a required field could fail, and there is none.
            value: (try? record.serializedBytes()) ?? []
        )
    }
}
