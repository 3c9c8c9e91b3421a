import Events

extension RecordDescription {
    /// What a decoded record says.
    public init(_ decoded: DecodedRecord) {
        if let signal = decoded.signal {
            self.init(signal)
            return
        }
        switch decoded.value {
        case .submission(let submission): self.init(submission)
        case .timelineEvent(let event): self.init(event)
        case .receipt(let receipt): self.init(receipt)
        case .account(let account): self.init(account)
        case .inbox(let inbox): self.init(inbox)
        case .membership(let membership): self.init(membership)
        case .session(let session): self.init(session)
        case .route(let route): self.init(route)
        case .deadLetter(let letter): self.init(letter)
        case .tombstone: self.init("tombstone")
        case .undecodable(let byteCount):
            self.init("undecodable", isFault: true)
            add("bytes", .number(Int64(byteCount)))
        }
    }

    private init(_ submission: PBSubmission) {
        switch submission.request {
        case .postMessage: self.init("post_message")
        case .action(let action):
            self.init(Self.kind(of: action) ?? "unknown_action", isFault: action.action == nil)
        case nil: self.init("unknown_request", isFault: true)
        }
        add(id: "conversation_id", submission.conversationID)
        add("conversation_kind", Self.kind(submission.conversationKind))
        add(id: "submission_id", submission.submissionID)
        add(id: "sender", submission.sender)
        add(id: "device_id", submission.deviceID)
        switch submission.request {
        case .postMessage(let post):
            add(id: "recipient", post.recipient)
            add(content: post.content)
            add(id: "reply_to", post.replyTo)
        case .action(let action): add(action: action)
        case nil: break
        }
        add(time: "server_time", submission.serverTimeMs)
        add(time: "client_time", submission.clientTimeMs)
    }

    private init(_ event: PBTimelineEvent) {
        switch event.event {
        case .messagePosted: self.init("message_posted")
        case .action(let action):
            self.init(Self.kind(of: action) ?? "unknown_action", isFault: action.action == nil)
        case nil: self.init("unknown_event", isFault: true)
        }
        add(id: "conversation_id", event.conversationID)
        add("conversation_kind", Self.kind(event.conversationKind))
        add(number: "seq", event.seq)
        add(number: "message_count", event.messageCount)
        add(id: "submission_id", event.submissionID)
        add(id: "sender", event.sender)
        add(id: "device_id", event.deviceID)
        switch event.event {
        case .messagePosted(let post):
            add(id: "recipient", post.recipient)
            add(content: post.content)
            add(id: "reply_to", post.replyTo)
            add(time: "expires_at", post.expiresAtMs)
        case .action(let action):
            add(action: action)
            add(number: "message_seq", event.messageSeq)
        case nil: break
        }
        add(changes: event.memberChanges)
        if event.withheld { add("told", .word("sender only")) }
        add(time: "server_time", event.serverTimeMs)
        add(time: "client_time", event.clientTimeMs)
        if event.hasOrigin { add("origin", .origin(Origin(event.origin))) }
    }

    private init(_ receipt: PBReceipt) {
        guard case .marks(let marks)? = receipt.receipt else {
            self.init("unknown_receipt", isFault: true)
            return
        }
        self.init("marks")
        add(id: "conversation_id", receipt.conversationID)
        add(id: "account_id", receipt.accountID)
        add(id: "device_id", receipt.deviceID)
        add(number: "delivered_seq", marks.deliveredSeq)
        add(number: "read_seq", marks.readSeq)
        // What was read is for the account's own devices.
        if marks.private { add("private", Self.yesOrNo(true)) }
        add(time: "server_time", receipt.serverTimeMs)
    }

    private init(_ inbox: PBInboxRecord) {
        switch inbox.record {
        case .event(let event): self.init(event)
        case .ticks(let ticks):
            self.init("ticks")
            add(id: "conversation_id", ticks.conversationID)
            add(id: "account_id", ticks.accountID)
            add(number: "delivered_seq", ticks.deliveredSeq)
            add(number: "read_seq", ticks.readSeq)
            add(time: "server_time", ticks.serverTimeMs)
        case .rejection(let rejection):
            self.init("rejection")
            add(id: "conversation_id", rejection.conversationID)
            add(id: "submission_id", rejection.submissionID)
            add(id: "account_id", rejection.accountID)
            add(id: "device_id", rejection.deviceID)
            if !rejection.code.isEmpty { add("code", .word(rejection.code)) }
            add(text: "detail", rejection.detail)
            add(time: "server_time", rejection.serverTimeMs)
        case .account(let account): self.init(account)
        case .readMark(let mark): self.init(mark)
        case nil: self.init("unknown_inbox_record", isFault: true)
        }
        add(accounts: inbox.joined, as: "joined")
        add(accounts: inbox.left, as: "left")
        add(accounts: inbox.only, as: "only")
        if inbox.hasOrigin { add("inbox_origin", .origin(Origin(inbox.origin))) }
    }

    private init(_ membership: PBMembershipRecord) {
        self.init(Self.kind(of: membership))
        add(id: "conversation_id", membership.conversationID)
        add("conversation_kind", Self.kind(membership.conversationKind))
        add(id: "account_id", membership.accountID)
        add(id: "blocked", membership.blocked)
        add("role", Self.role(membership.role))
        for range in membership.visible {
            add(number: "from_seq", range.fromSeq)
            add(number: "until_seq", range.untilSeq)
        }
        if membership.hasOrigin { add("origin", .origin(Origin(membership.origin))) }
    }

    /// Of direct conversations only blocks are told; their members are in their id.
    private static func kind(of membership: PBMembershipRecord) -> String {
        if membership.conversationKind == .direct {
            return membership.blocked.isEmpty ? "unblocked" : "blocked"
        }
        return membership.role == .unspecified ? "left" : "joined"
    }

    private init(_ session: PBSessionRecord) {
        switch session.record {
        case .connected: self.init("connected")
        case .disconnected: self.init("disconnected")
        case .progressed: self.init("progressed")
        case nil: self.init("unknown_session_record", isFault: true)
        }
        add(id: "account_id", session.accountID)
        add(id: "device_id", session.deviceID)
        add(id: "session_id", session.sessionID)
        add(number: "acknowledged_offset", session.acknowledgedOffset)
        if case .disconnected(let disconnected)? = session.record {
            add(number: "close_code", disconnected.closeCode)
        }
        add(text: "instance", session.instance)
        add(time: "server_time", session.serverTimeMs)
    }

    private init(_ route: PBRouteRecord) {
        switch route.record {
        case .partitionRoute(let partition):
            self.init("partition_route")
            add("partition", .number(Int64(partition.partition)))
            add(text: "instance", partition.instance)
            add(text: "url", partition.url)
        case .inboxEpoch(let epoch):
            self.init("inbox_epoch")
            add("epoch", .word(String(epoch.epoch, radix: 36)))
        case nil: self.init("unknown_route", isFault: true)
        }
        add(time: "server_time", route.serverTimeMs)
    }

    private init(_ letter: PBDeadLetter) {
        self.init("dead_letter", isFault: true)
        if letter.hasOrigin { add("origin", .origin(Origin(letter.origin))) }
        add(text: "consumer", letter.consumer)
        if !letter.code.isEmpty { add("code", .word(letter.code)) }
        add(text: "detail", letter.detail)
        add("bytes", .number(Int64(letter.originalValue.count)))
        add(time: "server_time", letter.serverTimeMs)
    }

    private static func kind(_ kind: PBConversationKind) -> Value? {
        switch kind {
        case .unspecified: nil
        case .direct: .word("direct")
        case .group: .word("group")
        case .channel: .word("channel")
        case .UNRECOGNIZED(let number): .word("kind \(number)")
        }
    }
}
