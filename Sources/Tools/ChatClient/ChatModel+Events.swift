import Events
import MartletClient

/// What happens in conversations besides messages.
extension ChatModel {
    mutating func happened(_ event: ConversationEvent) -> [ChatEffect] {
        book.apply(event, me: me)
        unansweredIDs.remove(event.submissionID)
        let asked = pending.removeValue(forKey: event.submissionID)
        var effects = learn(from: event, asked)
        if asked != nil, event.conversationID != conversation, event.change.leadsThere {
            effects += turned(to: ChatTarget(.conversation(event.conversationID)))
        }
        guard event.conversationID == conversation else {
            return effects + happenedElsewhere(event)
        }
        highestSeq = max(highestSeq, event.seq)
        let isForScreen = history.take(live: event.seq)
        follow(event)
        fold(event)
        if isForScreen { show(event) }
        if event.sender == me, case .joinRequested = event.change {
            effects.append(.notice("you will see it when you are let in"))
        }
        return effects
    }

    /// An account that was typed as an address is known by its id from now on.
    private mutating func learn(
        from event: ConversationEvent,
        _ asked: PendingRequest?
    ) -> [ChatEffect] {
        guard let asked else { return [] }
        var accounts = event.members.map(\.account).filter { $0 != me }
        if accounts.isEmpty, case .banned(let account) = event.change { accounts = [account] }
        guard accounts.count == asked.accounts.count else { return [] }
        return zip(accounts, asked.accounts).compactMap { account, typed in
            guard case .address(let address)? = ChatTarget(parsing: typed)?.recipient else {
                return nil
            }
            let direct = ConversationID(directBetween: me, and: account)
            names.learn(address, of: account)
            addresses[address] = direct
            return .learned(direct, address: address)
        }
    }

    private mutating func happenedElsewhere(_ event: ConversationEvent) -> [ChatEffect] {
        let name = book.name(of: event.conversationID)
        switch event.change {
        case .joinRequested where event.sender == me:
            return [.notice("you asked to be let in; you will see it when you are")]
        case .joinDeclined(me):
            return [.notice("you were not let in to “\(name)”")]
        default:
            break
        }
        guard event.sender != me, let change = event.members.first(where: { $0.account == me })
        else { return [] }
        let who = names.name(of: event.sender)
        guard change.role != nil else {
            return [.notice("\(who) removed you from “\(name)”")]
        }
        switch event.change {
        case .created, .membersAdded, .joinApproved:
            let there = event.conversationID
            elsewhere[there] = elsewhere[there] ?? Unread(sender: event.sender)
            return [.notice("\(who) added you to “\(name)”; /to \(CommandWords.quoted(name))")]
        default:
            return []
        }
    }

    // MARK: Who is in it

    /// Follows who is in the conversation on show, and who waits.
    private mutating func follow(_ event: ConversationEvent) {
        for change in event.members {
            members[change.account] = change.role
        }
        followWaiting(event)
    }

    mutating func followWaiting(_ event: ConversationEvent) {
        switch event.change {
        case .joinRequested where !waiting.contains(event.sender):
            waiting.append(event.sender)
        case .joinApproved(let account), .joinDeclined(let account), .banned(let account):
            waiting.removeAll { $0 == account }
        default:
            for change in event.members {
                waiting.removeAll { $0 == change.account }
            }
        }
    }

    /// Takes the members of the conversation on show.
    mutating func take(_ page: [MemberPage.Member], of id: ConversationID) {
        guard id == conversation else { return }
        for member in page {
            members[member.account] = member.role ?? .member
            names.call(member.account, member.name)
        }
        book.count(members.count, of: id)
    }

    /// Takes the list of conversations.
    mutating func take(_ list: [ConversationSummary]) {
        for summary in list {
            book.take(summary)
            personal.read(summary.conversationID, upTo: summary.readSeq)
            guard summary.kind == "direct", summary.members.count == 2,
                let other = summary.members.first(where: { $0 != me })
            else { continue }
            directs[summary.conversationID] = other
            names.call(other, summary.name)
        }
    }

    // MARK: What happens to messages

    /// Changes the message that something happened to.
    private mutating func fold(_ event: ConversationEvent) {
        guard let message = event.change.message, !event.change.isShown else { return }
        guard let place = lines.lastIndex(where: { $0.id == message.messageID && $0.isMessage })
        else {
            if unplaced.count >= Self.unplacedMax { unplaced.removeFirst() }
            return unplaced.append(event)
        }
        guard event.seq > lines[place].stateSeq else { return }
        fold(event, at: place)
    }

    /// Changes a line by what happened to its message.
    mutating func fold(_ event: ConversationEvent, at place: Int) {
        lines[place].stateSeq = max(lines[place].stateSeq, event.seq)
        switch event.change {
        case .edited(_, let content) where content != .edited:
            guard lines[place].content.map(ContentText.isGone) == false else { break }
            lines[place].body = .message(content)
            lines[place].isEdited = true
        case .deleted:
            lines[place].body = .message(.deleted)
            lines[place].tally = MessageTally()
        case .reaction(_, let emoji):
            lines[place].tally.react(event.sender, emoji, seq: event.seq)
        case .voted(_, let options):
            lines[place].tally.vote(event.sender, options, seq: event.seq)
        case .locationMoved(_, let there):
            guard case .liveLocation(_, let end)? = lines[place].content else { break }
            lines[place].body = .message(.liveLocation(there, endsAt: end))
        default:
            break
        }
    }

    mutating func show(_ event: ConversationEvent) {
        guard event.change.isShown else { return }
        add(
            ChatLine(
                id: event.submissionID,
                isMine: event.sender == me,
                sender: event.sender,
                body: .event(event),
                time: event.serverTimestamp,
                seq: event.seq,
                isAccepted: true
            )
        )
    }
}
