import CoreMetrics
import Events
import Flow
import NIOCore
import Web

/// What devices connected here want to know of others' presence.
extension DeliveryHub {
    /// A device says whom it watches from now on.
    func watches(_ wanted: Set<AccountID>, _ session: DeviceSession) {
        guard let state = admitSignal(of: session) else { return }
        let before = state.watched
        let watcher = session.identity.account
        let wanted = wanted.subtracting([watcher])
        let (begun, ended) = (wanted.subtracting(before), before.subtracting(wanted))
        let changes = begun.count + ended.count
        guard state.changes.take(changes, now: now) else {
            return metrics.signalsDropped.increment()
        }
        state.watched = wanted
        for account in begun {
            watching.begin(watcher, account, now: now)
            // Said for each device: the answer is what it shows first.
            say(watcher, account, isWatching: true)
        }
        for account in ended { stop(watcher, account) }
    }

    /// The device is gone, and with it what it watched.
    func stopWatching(_ session: DeviceSession) {
        guard let watched = session.signals?.watched, !watched.isEmpty else { return }
        session.signals?.watched = []
        for account in watched { stop(session.identity.account, account) }
    }

    private func stop(_ watcher: AccountID, _ account: AccountID) {
        guard watching.end(watcher, account) else { return }
        // A watcher who only moves to another instance says it there; this one must not take it back.
        guard !isShuttingDown, partitions[home(of: watcher)] != nil else { return }
        say(watcher, account, isWatching: false)
    }

    private func say(_ watcher: AccountID, _ account: AccountID, isWatching: Bool) {
        let until = isWatching ? clock.now() + settings.watchLifetime : nil
        send(
            .watch(Signal.Watch(watcher: watcher, until: until)),
            about: account,
            to: home(of: account)
        )
    }

    /// Says again what holds on; once per sweep.
    func renewWatches(_ now: Duration) {
        for (watcher, accounts) in watching.due(now: now, limit: settings.watchRenewalsPerSweep) {
            for account in accounts { say(watcher, account, isWatching: true) }
        }
    }

    /// Shows to the watchers connected here what has become of an account.
    func show(
        _ presence: Signal.Presence,
        of account: AccountID,
        _ touched: inout [DeviceSession]
    ) {
        guard !accounts.isEmpty else { return }
        var frame: ByteBuffer?
        for watcher in presence.watchers {
            for session in accounts[watcher] ?? []
            where session.signals?.watched.contains(account) == true && !session.socket.isFull {
                let shown = frame ?? ServerFrame.presence(presence, of: account)
                frame = shown
                write(shown, to: session, &touched)
            }
        }
    }
}
