import Accounts
import CoreMetrics
import Events
import Flow
import GRDB
import NIOCore
import Web

/// What watchers are to be told of an account's presence.
struct PresenceQuestion: Sendable {
    let partition: Partition
    let account: AccountID
    let watchers: [AccountID]
    /// Also those who may not see it are told, namely nothing.
    let isForAll: Bool
}

/// Who of the accounts served here is online, and who may know.
extension DeliveryHub {
    // MARK: Coming and going

    /// A first device of an account has connected.
    func arrived(_ account: AccountID, in number: Partition) {
        lastSeen.post(clock.now(), for: account, number)
        guard !absences.end(account) else { return }
        tellWatchers(of: account, in: number, isForAll: false)
    }

    /// The last device of an account has gone; it may be back in a moment.
    func departed(_ account: AccountID, in number: Partition) {
        guard partitions[number] != nil else { return }
        lastSeen.post(clock.now(), for: account, number)
        absences.begin(account, now: now)
    }

    /// Tells of those who did not come back; once per sweep.
    func tellDepartures(_ now: Duration) {
        for account in absences.lasted(now: now) where accounts[account] == nil {
            // They connect again elsewhere, and that instance tells.
            guard !isShuttingDown else { continue }
            tellWatchers(of: account, in: home(of: account), isForAll: false)
        }
    }

    private func isOnline(_ account: AccountID) -> Bool {
        accounts[account] != nil || absences.contains(account)
    }

    /// Somebody watches an account of a partition served here, or no more: whether that was news to be answered.
    func note(
        _ watch: Signal.Watch,
        of account: AccountID,
        in number: Partition,
        _ now: Timestamp
    ) -> Bool {
        guard let until = watch.until else {
            partitions[number]?.presence.end(watch.watcher, account)
            return false
        }
        guard until > now else { return false }
        // Nobody asks for longer than that; who does is cut short.
        let end = min(until, now + settings.watchLifetime)
        let hasRoom = partitions[number]?.presence.begin(
            watch.watcher,
            account,
            until: end,
            now: now
        )
        if hasRoom != true { metrics.signalsDropped.increment() }
        return hasRoom == true
    }

    /// An account lets others know more or less, or has other contacts.
    func changed(_ changes: [InboxAccounts.Change], in number: Partition) {
        var questions: [PresenceQuestion] = []
        func ask(_ account: AccountID, _ watchers: [AccountID]) {
            guard !watchers.isEmpty else { return }
            questions.append(
                PresenceQuestion(
                    partition: number,
                    account: account,
                    watchers: watchers,
                    isForAll: true
                )
            )
        }
        for change in changes {
            guard let partition = partitions[number] else { return }
            switch change {
            case .privacy(let account, let change, _):
                if change.presence != nil { ask(account, partition.presence.watchers(of: account)) }
            case .contact(let account, let peer, let isContact, _):
                guard partition.presence.watches(peer, account) else { continue }
                partitions[number]?.presence.set(isContact: isContact, peer, of: account)
                if partition.accounts.privacy(of: account).presence == .contacts {
                    ask(account, [peer])
                }
            case .block(let account, let other, _):
                if partition.presence.watches(other, account) { ask(account, [other]) }
            }
        }
        answer(questions[...])
    }

    // MARK: Telling

    private func tellWatchers(of account: AccountID, in number: Partition, isForAll: Bool) {
        guard let watchers = partitions[number]?.presence.watchers(of: account), !watchers.isEmpty
        else { return }
        let question = PresenceQuestion(
            partition: number,
            account: account,
            watchers: watchers,
            isForAll: isForAll
        )
        answer([question])
    }

    /// Tells all watchers of a partition's accounts.
    func tellAll(in number: Partition) {
        guard let presence = partitions[number]?.presence else { return }
        let questions = presence.accounts.map { account in
            PresenceQuestion(
                partition: number,
                account: account,
                watchers: presence.watchers(of: account),
                isForAll: true
            )
        }
        answer(questions[...])
    }

    /// Answers questions, some at a time: what the loop does not know is read from the index first.
    func answer(
        _ questions: ArraySlice<PresenceQuestion>,
        _ done: @escaping @Sendable () -> Void = {}
    ) {
        var rest = questions
        while !rest.isEmpty {
            let part = rest.prefix(settings.presenceAnswersMax)
            rest = rest.dropFirst(part.count)
            let lookUps = part.compactMap(lookUp)
            guard let opening = partitions[part[part.startIndex].partition]?.opening,
                !lookUps.isEmpty
            else {
                for question in part { tell(question) }
                continue
            }
            let left = rest
            return reader.run(on: loop) {
                try opening.answers(to: lookUps)
            } completion: { answers in
                if answers == nil { self.metrics.indexReadsFailed.increment() }
                var times: [AccountID: Timestamp] = [:]
                for answer in answers ?? [] {
                    self.remember(answer)
                    times[answer.account] = answer.lastSeen
                }
                for question in part { self.tell(question, lastSeen: times[question.account]) }
                self.answer(left, done)
            }
        }
        done()
    }

    /// What has to be asked of the index to answer a question, if anything.
    private func lookUp(_ question: PresenceQuestion) -> PresenceLookUp? {
        guard let partition = partitions[question.partition] else { return nil }
        let account = question.account
        let contacts =
            partition.accounts.privacy(of: account).presence == .contacts
            ? question.watchers.filter { partition.presence.isContact($0, of: account) == nil } : []
        let unknown = contacts.filter { watcher in
            guard let isContact = partition.recentContact(watcher, of: account) else { return true }
            partitions[question.partition]?.presence.set(isContact: isContact, watcher, of: account)
            return false
        }
        let wantsTime =
            !isOnline(account) && lastSeen.value(for: account, question.partition) == nil
        guard wantsTime || !unknown.isEmpty else { return nil }
        return PresenceLookUp(
            partition: question.partition,
            account: account,
            contacts: unknown,
            wantsTime: wantsTime
        )
    }

    private func remember(_ answer: PresenceLookUp.Answer) {
        for watcher in answer.asked
        where partitions[answer.partition]?.presence.isContact(watcher, of: answer.account) == nil {
            // What has changed meanwhile was noted by the change itself.
            partitions[answer.partition]?.presence.set(
                isContact: answer.contacts.contains(watcher),
                watcher,
                of: answer.account
            )
        }
    }

    private func tell(_ question: PresenceQuestion, lastSeen time: Timestamp? = nil) {
        guard let partition = partitions[question.partition] else { return }
        let account = question.account
        var (seeing, others): ([AccountID], [AccountID]) = ([], [])
        for watcher in question.watchers {
            if partition.maySee(watcher, account) {
                seeing.append(watcher)
            } else if question.isForAll {
                others.append(watcher)
            }
        }
        let isOnline = isOnline(account)
        let seen = lastSeen.value(for: account, question.partition) ?? time
        send(account, to: seeing, isOnline: isOnline, lastSeen: isOnline ? nil : seen)
        send(account, to: others, isOnline: false, lastSeen: nil)
    }

    private func send(
        _ account: AccountID,
        to watchers: [AccountID],
        isOnline: Bool,
        lastSeen: Timestamp?
    ) {
        for (partition, watchers) in Dictionary(grouping: watchers, by: home) {
            let presence = Signal.Presence(
                watchers: watchers,
                isOnline: isOnline,
                lastSeen: lastSeen
            )
            send(.presence(presence), about: account, to: partition)
        }
    }
}

extension ServedPartition {
    /// Whether a watcher may know of an account's presence.
    fileprivate func maySee(_ watcher: AccountID, _ account: AccountID) -> Bool {
        guard !accounts.hasBlocked(account, watcher) else { return false }
        switch accounts.privacy(of: account).presence {
        case .everyone: return true
        case .contacts: return presence.isContact(watcher, of: account) ?? false
        case .nobody: return false
        }
    }
}
