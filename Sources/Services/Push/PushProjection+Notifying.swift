import Events
import GRDB
import Logging
import Metrics

extension PushProjection {
    /// What is to become of an account that a post is for.
    private enum Verdict {
        case notify([DeviceID])
        /// It gets some more time.
        case wait
        case leave
    }

    /// Hands the next notifications over; unless the provider refuses, goes on from there.
    func notifyDue(_ held: HeldPartition, _ now: Timestamp) throws {
        guard let database else { return }
        let (looks, notifications) = try database.read { try self.look(at: held, now, $0) }
        guard !looks.isEmpty else { return }
        do {
            try provider.deliver(notifications)
        } catch {
            metrics.failures.increment()
            logger.error("notifications were not taken over; they will be tried again: \(error)")
            pausedUntil = now + options.providerPause
            return
        }
        metrics.notified.increment(by: notifications.count)
        held.move(held.state.waiting.take(looks))
    }

    /// Looks at accounts of the first posts that are due, a share of each, so that nobody waits for a big group.
    private func look(
        at held: HeldPartition,
        _ now: Timestamp,
        _ database: Database
    ) throws -> ([Look], [PushNotification]) {
        var left = options.notificationsPerCall
        let due = held.state.waiting.firstDue(left)
        let share = max(1, left / max(1, min(due.count, 4)))
        var looks: [Look] = []
        var notifications: [PushNotification] = []
        for post in due where left > 0 {
            let page = held.state.accounts(of: post, limit: min(share, left))
            left -= max(1, page.accounts.count)
            var look = Look(offset: post.offset, reached: page.reached, isComplete: page.isLast)
            for account in page.accounts {
                switch try verdict(on: account, post, held, database) {
                case .leave: break
                case .wait: look.graced.append(account)
                case .notify(let devices):
                    notifications.append(
                        PushNotification(post, for: account, devices: devices, at: now)
                    )
                }
            }
            looks.append(look)
        }
        return (looks, notifications)
    }

    private func verdict(
        on account: AccountID,
        _ post: WaitingPost,
        _ held: HeldPartition,
        _ database: Database
    ) throws -> Verdict {
        let room = held.state.waiting
        guard account != post.sender, !post.readers.contains(account) else { return .leave }
        try load(account, held, database)
        if held.state.has(post.offset, account) { return .leave }
        if let end = post.expiresAt, let decided = room.decided, end <= decided {
            metrics.expired.increment()
            return .leave
        }
        if let until = try book.muted(post.conversation, by: account, database),
            post.serverTime < until
        {
            return .leave
        }
        if held.state.isConnected(account), !room.isGraceOver(post) { return .wait }
        guard let devices = try book.devices(of: account, database) else { return .leave }
        return .notify(devices)
    }
}

extension PushNotification {
    fileprivate init(
        _ post: WaitingPost,
        for account: AccountID,
        devices: [DeviceID],
        at time: Timestamp
    ) {
        self.init(
            kind: post.kind,
            time: time,
            account: account,
            devices: devices,
            conversation: post.conversation,
            messageID: post.event,
            origin: post.origin
        )
    }
}
