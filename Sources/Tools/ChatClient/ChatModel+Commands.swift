import Events
import MartletClient

/// What is typed.
extension ChatModel {
    typealias Complaint = CommandTable.Complaint

    /// Does what a command says; `id`: for what is asked or sent by it.
    mutating func run(
        _ line: String,
        id: SubmissionID,
        now: Timestamp
    ) -> [ChatEffect] {
        do throws(Complaint) {
            switch try CommandTable.parse(line) {
            case .screen(let command):
                return try run(command)
            case .conversation(let command):
                return ask(try request(for: command), line, id, now)
            case .message(let command):
                return try run(command, line, id, now)
            case .personal(let command):
                return set(try request(for: command, now), line, id)
            }
        } catch {
            return [.notice(error.text)]
        }
    }

    /// Sends a text.
    mutating func say(
        _ text: String,
        answering message: SubmissionID? = nil,
        id: SubmissionID,
        now: Timestamp
    ) -> [ChatEffect] {
        guard !text.allSatisfy(\.isWhitespace) else { return [] }
        guard text.unicodeScalars.count <= Limits.messageCharactersMax else {
            return [.notice("too long: at most \(Limits.messageCharactersMax) characters")]
        }
        let message = OutgoingMessage(
            id: id,
            to: target.recipient,
            content: .text(text),
            replyTo: message,
            clientTimestamp: now
        )
        submitted(message, at: now)
        // Who writes is where the newest messages are.
        return returnToEnd() + [.submit(message)]
    }

    private mutating func ask(
        _ request: ConversationRequest,
        _ line: String,
        _ id: SubmissionID,
        _ now: Timestamp
    ) -> [ChatEffect] {
        if pending.count >= Self.pendingMax, let oldest = pending.keys.min() {
            pending[oldest] = nil
        }
        pending[id] = PendingRequest(
            request: request,
            typed: line,
            conversation: conversation,
            time: now
        )
        unansweredIDs.insert(id)
        return [.call(request, id)]
    }

    // MARK: The screen

    private mutating func run(_ command: ScreenCommand) throws(Complaint) -> [ChatEffect] {
        switch command {
        case .help(let page): return [.panel(.help(page: page))]
        case .quit: return [.quit]
        case .older: return [.scrollUp]
        case .newest: return returnToEnd() + [.showEnd]
        case .search(let words, let isHere): return try find(words, isHere: isHere)
        case .open(let number): return try open(number)
        case .export(let path):
            guard exportedBytes == nil else { return [.notice("an export is under way")] }
            exportedBytes = 0
            return [.export(path)]
        case .list: return [.showList]
        case .members: return [.showMembers(try group())]
        case .numbers:
            showsNumbers.toggle()
            return []
        case .retry:
            let failed = retry()
            let words = failed.isEmpty ? "nothing has failed" : "sending \(failed.count) again"
            return [.notice(words)] + failed.map { again($0) }
        case .who: return [who()]
        case .requests: return [.showRequests(try group())]
        case .look(let list): return [.look(list)]
        case .link: return [.makeLink]
        case .turn(let text): return turned(to: try destination(text))
        }
    }

    private func again(_ message: OutgoingMessage) -> ChatEffect {
        if case .text = message.content { .submit(message) } else { .post(message) }
    }

    private func who() -> ChatEffect {
        guard !elsewhere.isEmpty else { return .notice("you are \(me); this is \(title)") }
        let others = elsewhere.prefix(3).map { id, news in
            let name = book[id] == nil ? nameOrID(news.sender) : book.name(of: id)
            return "\(name) (\(news.count))"
        }
        return .notice("new from \(others.joined(separator: ", ")); /to one of them")
    }

    func nameOrID(_ account: AccountID) -> String {
        names.known(account) ?? account.description
    }

    private func destination(_ text: String) throws(Complaint) -> ChatTarget {
        // What a conversation is called is for others to choose: an address or an id means what it says.
        let conversations = ChatTarget(parsing: text) == nil ? book.named(text) : []
        if conversations.count == 1 { return ChatTarget(.conversation(conversations[0])) }
        guard conversations.isEmpty else {
            throw Complaint(text: "several are called “\(text)”: /list shows their ids")
        }
        if let id = ConversationID(text) {
            if book[id] != nil { return ChatTarget(.conversation(id)) }
            if let account = directs[id] { return ChatTarget(.account(account)) }
        }
        if let there = ChatTarget(parsing: text), there.conversation != nil { return there }
        guard let who = ChatTarget(parsing: try account(text)) else {
            throw Complaint(text: "nobody and nothing is called “\(text)” here")
        }
        return who
    }

    // MARK: Conversations

    private func request(
        for command: ConversationCommand
    ) throws(Complaint) -> ConversationRequest {
        switch command {
        case .group(let name, let members):
            return .createGroup(name: name, members: try accounts(members))
        case .channel(let name): return .createChannel(name: name)
        case .name(let text):
            return .setProfile(try group(), ConversationProfile(name: text))
        case .about(let text):
            return .setProfile(try group(), ConversationProfile(description: text))
        case .disappear(let time):
            return .setSettings(try here(), ConversationSettings(disappearAfter: time))
        case .invite(let needsApproval):
            return .createInvite(try group(), needsApproval: needsApproval)
        case .revoke(let token): return .revokeInvite(try leads(token), token: token)
        case .join(let token):
            _ = try leads(token)
            return .acceptInvite(token: token)
        case .leave: return .leave(try group())
        case .block(let who): return .block(try other(who))
        case .unblock(let who): return .unblock(try other(who))
        case .add, .remove, .role, .owner, .ban, .unban, .decide:
            return try memberRequest(for: command)
        }
    }

    private func memberRequest(
        for command: ConversationCommand
    ) throws(Complaint) -> ConversationRequest {
        let group = try group()
        switch command {
        case .add(let who): return .addMembers(group, try accounts(who))
        case .remove(let who): return .removeMember(group, try account(who))
        case .role(let who, let role):
            guard [.member, .moderator, .admin].contains(role) else {
                throw Complaint(text: "a role is member, moderator or admin; /owner for the owner")
            }
            return .setRole(group, try account(who), role)
        case .owner(let who): return .transferOwnership(group, try account(who))
        case .ban(let who): return .ban(group, try account(who))
        case .unban(let who): return .unban(group, try account(who))
        case .decide(let who, let isApproved):
            return .decideRequest(group, try account(who), isApproved: isApproved)
        default: throw Complaint(text: "that cannot be done here")
        }
    }

    /// The conversation on show.
    func here() throws(Complaint) -> ConversationID {
        guard let conversation, isConfirmed else {
            throw Complaint(text: "write something first: there is no conversation yet")
        }
        return conversation
    }

    /// The group or the channel on show.
    private func group() throws(Complaint) -> ConversationID {
        guard let id = target.conversation else {
            throw Complaint(text: "this is no group or channel: /to one, or /group makes one")
        }
        return id
    }

    /// The conversation that a token leads to: it says so itself.
    private func leads(_ token: String) throws(Complaint) -> ConversationID {
        guard token.utf8.count == 52, let id = ConversationID(token.prefix(26)) else {
            throw Complaint(text: "an invite's token has 52 letters and digits")
        }
        return id
    }

    /// The account that was named, or that of the direct conversation on show.
    private func other(_ who: String?) throws(Complaint) -> String {
        if let who { return try account(who) }
        guard target.conversation == nil else { throw Complaint(text: "whom?") }
        return target.text
    }

    private func accounts(_ who: [String]) throws(Complaint) -> [String] {
        var accounts: [String] = []
        for name in who { accounts.append(try account(name)) }
        return accounts
    }

    /// What the server is to be told: the id of an account with that name, or the address or id as it was typed.
    private func account(_ who: String) throws(Complaint) -> String {
        let near = Set(members.keys).union(waiting)
        var found = names.accounts(called: who, among: near)
        if found.isEmpty { found = names.accounts(called: who, among: names.everybody) }
        if found.count == 1 { return found[0].description }
        guard found.isEmpty else {
            throw Complaint(
                text: "several are called “\(who)”: use the id, phone number or address"
            )
        }
        guard let target = ChatTarget(parsing: who), target.conversation == nil else {
            throw Complaint(
                text: "nobody is called “\(who)” here; a number, an e-mail address or an id will do"
            )
        }
        return target.text
    }

    // MARK: Oneself

    private func request(
        for command: PersonalCommand,
        _ now: Timestamp
    ) throws(Complaint) -> PersonalRequest {
        switch command {
        case .mute(let span):
            let end = span.map { $0 == .zero ? Timestamp(milliseconds: 0) : now + $0 }
            return .setPreferences(
                try here(),
                ConversationPreferences(mutedUntil: end ?? Self.forEver)
            )
        case .archive(let isArchived):
            return .setPreferences(try here(), ConversationPreferences(isArchived: isArchived))
        case .star(let number, let isStarred):
            let here = try here()
            let message = try message(number).id
            return isStarred ? .star(here, message) : .unstar(here, message)
        case .hide(let number): return .hide(try here(), try message(number).id)
        case .privacy(let settings): return .setPrivacy(settings)
        case .contact(let who, let isContact):
            let account = try other(who)
            return isContact ? .addContact(account) : .removeContact(account)
        case .removeDevice(let id): return .removeDevice(try device(id))
        }
    }

    /// The end of the year 9999: who mutes something for ever wants no date.
    static let forEver = Timestamp(milliseconds: 253_402_300_799_000)

    /// The device of an id, or of the end of one that was listed.
    private func device(_ text: String) throws(Complaint) -> DeviceID {
        if let id = DeviceID(text) { return id }
        let found = devices.filter { $0.deviceID.description.hasSuffix(text.lowercased()) }
        guard found.count == 1 else {
            throw Complaint(text: "there is no such device; /devices lists their ids")
        }
        return found[0].deviceID
    }

    // MARK: Messages

    private mutating func run(
        _ command: MessageCommand,
        _ line: String,
        _ id: SubmissionID,
        _ now: Timestamp
    ) throws(Complaint) -> [ChatEffect] {
        switch command {
        case .reply(let number, let text):
            return say(text, answering: try message(number).id, id: id, now: now)
        case .poll(let poll):
            let message = OutgoingMessage(
                id: id,
                to: target.recipient,
                content: .poll(poll),
                clientTimestamp: now
            )
            submitted(message, at: now)
            return returnToEnd() + [.post(message)]
        default:
            return ask(try request(for: command), line, id, now)
        }
    }

    private func request(for command: MessageCommand) throws(Complaint) -> ConversationRequest {
        let here = try here()
        switch command {
        case .react(let number, let emoji):
            return .react(here, try message(number).id, emoji: emoji)
        case .edit(let number, let text): return .edit(here, try message(number).id, text: text)
        case .delete(let number): return .delete(here, try message(number).id)
        case .pin(let number): return .pin(here, try message(number).id)
        case .unpin(let number): return .unpin(here, try message(number).id)
        case .vote(let number, let options):
            let message = try message(number)
            guard case .poll? = message.content else {
                throw Complaint(text: "message \(number) is no poll")
            }
            return .vote(here, message.id, options: options)
        case .reply, .poll: throw Complaint(text: "that cannot be done here")
        }
    }

    /// The message of a number, which the log must have.
    private func message(_ number: Int) throws(Complaint) -> ChatLine {
        var count = 0
        for line in lines.reversed() where line.isMessage {
            count += 1
            guard count == number else { continue }
            guard line.seq != nil else {
                throw Complaint(text: "message \(number) is still on its way")
            }
            return line
        }
        throw Complaint(text: "there is no message \(number) here; /numbers shows the numbers")
    }
}
