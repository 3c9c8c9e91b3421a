import Events

/// Typing, presence, and who watches whom.
extension RecordDescription {
    init(_ signal: PBSignalRecord) {
        switch signal.signal {
        case .typing(let typing):
            self.init("typing")
            add(id: "conversation_id", typing.conversationID)
            add(id: "account_id", signal.accountID)
            add(id: "recipient", typing.recipient)
            add("activity", Self.activity(typing.activity))
        case .watch(let watch):
            self.init(watch.untilMs == 0 ? "unwatch" : "watch")
            add(id: "account_id", signal.accountID)
            add(id: "watcher", watch.watcher)
            add(time: "until", watch.untilMs)
        case .presence(let presence):
            self.init("presence")
            add(id: "account_id", signal.accountID)
            add("online", Self.yesOrNo(presence.online))
            add(time: "last_seen", presence.lastSeenMs)
            add(accounts: presence.watchers, as: "watchers")
        case nil:
            self.init("unknown_signal", isFault: true)
            add(id: "account_id", signal.accountID)
        }
        add(time: "server_time", signal.serverTimeMs)
    }

    private static func activity(_ activity: PBActivity) -> Value {
        switch activity {
        case .idle: .word("idle")
        case .typing: .word("typing")
        case .recording: .word("recording")
        case .UNRECOGNIZED(let number): .word("activity \(number)")
        }
    }
}
