import Accounts
import Conversations
import CoreMetrics
import Events
import Flow
import GRDB
import NIOCore
import Web

extension DeliveryHub {
    // MARK: A device types

    /// A device says that its person types, or has stopped.
    func typed(
        _ activity: Signal.Activity,
        in conversation: ConversationID,
        _ session: DeviceSession
    ) {
        guard let state = admitSignal(of: session) else { return }
        if let known = knownConversations[conversation] {
            tell(activity, in: conversation, known, session)
        } else if state.isLookingUp {
            metrics.signalsDropped.increment()
        } else {
            lookUp(conversation, session, state, activity)
        }
    }

    private func tell(
        _ activity: Signal.Activity,
        in conversation: ConversationID,
        _ known: KnownConversation,
        _ session: DeviceSession
    ) {
        let account = session.identity.account
        guard let partition = partitions[session.partition] else { return }
        switch known.kind {
        case .channel:
            refuse(session, "not_allowed", "nobody is told who types in a channel")
        case .group:
            guard partition.isMember(account, of: conversation) else {
                return refuseStranger(session)
            }
            // Contacts can't be told from others where the others are: who shows it to them alone shows it in no group.
            guard partition.accounts.privacy(of: account).presence == .everyone,
                admits(activity, in: conversation, session)
            else { return }
            for number in 0..<partitionCount {
                sendTyping(activity, in: conversation, account, nil, Partition(Int32(number)))
            }
        case .direct:
            guard let pair = known.pair, account == pair.first || account == pair.second else {
                return refuseStranger(session)
            }
            // Whoever is blocked is not told; who writes to himself has nobody to tell.
            guard let other = pair.other(than: account),
                !partition.accounts.hasBlocked(account, other),
                admits(activity, in: conversation, session)
            else { return }
            ifSeen(by: other, account, partition) {
                self.sendTyping(activity, in: conversation, account, other, self.home(of: other))
            }
        }
    }

    /// Calls `tell` if the account shows its presence to another; whether that is a contact may have to be read from the index.
    private func ifSeen(
        by other: AccountID,
        _ account: AccountID,
        _ partition: ServedPartition,
        _ tell: @escaping @Sendable () -> Void
    ) {
        switch partition.accounts.privacy(of: account).presence {
        case .everyone: tell()
        case .nobody: return
        case .contacts:
            let known =
                partition.recentContact(other, of: account)
                ?? partition.presence.isContact(other, of: account)
            if let known { return known ? tell() : () }
            let opening = partition.opening
            let lookUp = PresenceLookUp(
                partition: opening.partition,
                account: account,
                contacts: [other],
                wantsTime: false
            )
            reader.run(on: loop) {
                try opening.answers(to: [lookUp])
            } completion: { answers in
                if answers == nil { self.metrics.indexReadsFailed.increment() }
                if answers?.first?.contacts.contains(other) == true { tell() }
            }
        }
    }

    private func admits(
        _ activity: Signal.Activity,
        in conversation: ConversationID,
        _ session: DeviceSession
    ) -> Bool {
        session.signals?.typing.admits(conversation, isOn: activity != .idle, now: now) ?? false
    }

    private func sendTyping(
        _ activity: Signal.Activity,
        in conversation: ConversationID,
        _ account: AccountID,
        _ recipient: AccountID?,
        _ partition: Partition
    ) {
        let typing = Signal.Typing(
            conversation: conversation,
            recipient: recipient,
            activity: activity
        )
        send(.typing(typing), about: account, to: partition)
    }

    private func refuseStranger(_ session: DeviceSession) {
        refuse(session, "not_a_member", "the account is no member of this conversation")
    }

    private func refuse(_ session: DeviceSession, _ code: String, _ detail: String) {
        guard session.isOpen else { return }
        session.socket.write(ServerFrame.error(code: code, detail: detail))
    }

    // MARK: Of what kind a conversation is

    /// Looks a conversation up away from the loop, one at a time for a device.
    private func lookUp(
        _ conversation: ConversationID,
        _ session: DeviceSession,
        _ state: SessionSignals,
        _ activity: Signal.Activity
    ) {
        guard let opening = partitions[session.partition]?.opening else { return }
        state.isLookingUp = true
        reader.run(on: loop) {
            try opening.conversation(conversation)
        } completion: { result in
            session.signals?.isLookingUp = false
            guard let result else { return self.metrics.indexReadsFailed.increment() }
            guard session.isOpen, let partition = self.partitions[session.partition] else { return }
            if let known = result ?? partition.tail.newest(of: conversation)?.knownConversation {
                self.remember(known, conversation)
                self.tell(activity, in: conversation, known, session)
            } else {
                self.notFound(conversation, session, partition)
            }
            session.socket.flush()
        }
    }

    private func notFound(
        _ conversation: ConversationID,
        _ session: DeviceSession,
        _ partition: ServedPartition
    ) {
        // Not to be asked for often: in a second at the earliest.
        session.signals?.frames.exhaust(now: now)
        // A member of a group of which nothing was heard for long is only not served.
        guard partition.isMember(session.identity.account, of: conversation) else {
            return refuseStranger(session)
        }
        metrics.signalsDropped.increment()
    }

    private func remember(_ known: KnownConversation, _ conversation: ConversationID) {
        if knownConversations.count >= settings.knownConversationsMax {
            knownConversations.removeAll(keepingCapacity: true)
        }
        knownConversations[conversation] = known
    }

    // MARK: Somebody types

    /// Shows to the members connected here that somebody types.
    func show(
        _ typing: Signal.Typing,
        of account: AccountID,
        in number: Partition,
        _ touched: inout [DeviceSession]
    ) {
        guard !accounts.isEmpty, let partition = partitions[number] else { return }
        var frame: ByteBuffer?
        func show(to reader: AccountID) {
            guard reader != account, let sessions = accounts[reader],
                !partition.accounts.hasBlocked(reader, account)
            else { return }
            for session in sessions where session.pump.isLive && !session.socket.isFull {
                let shown = frame ?? ServerFrame.typing(typing, of: account)
                frame = shown
                write(shown, to: session, &touched)
            }
        }
        if let recipient = typing.recipient { return show(to: recipient) }
        let members = partition.members.members(of: typing.conversation)
        let cost = min(members.count, accounts.count, settings.typingFramesPerSecond)
        guard typingFrames.take(cost, now: now) else { return metrics.signalsDropped.increment() }
        if members.count <= accounts.count {
            for (member, stays) in members where stays.isOpen { show(to: member) }
        } else {
            for reader in accounts.keys where members[reader]?.isOpen == true { show(to: reader) }
        }
    }
}

extension InboxOpening {
    /// Of what kind a conversation is, as far as the index knows; blocks.
    func conversation(_ conversation: ConversationID) throws -> KnownConversation? {
        try database?.read { try InboxIndex.conversation(conversation, partition, $0) }
    }
}
