import CoreMetrics
import EventLog
import Events
import Flow
import NIOCore
import Web

/// Typing, presence and watching: what may be lost, and never delays a message.
extension DeliveryHub {
    /// Appends a signal, and forgets it: one that the log does not take is dropped.
    func send(_ body: Signal.Body, about account: AccountID, to partition: Partition) {
        let signal = Signal(account: account, time: clock.now(), body: body)
        metrics.signalsSent.increment()
        let dropped = metrics.signalsDropped
        signals.append(signal.record(to: partition)) { isDurable in
            if !isDurable { dropped.increment() }
        }
    }

    /// The partition of an account, here or elsewhere.
    func home(of account: AccountID) -> Partition {
        Partitioner.partition(of: account, count: partitionCount)
    }

    /// What a device's ephemeral frames have led to, if it may send another one.
    func admitSignal(of session: DeviceSession) -> SessionSignals? {
        let now = now
        let state = session.signals ?? SessionSignals(settings, now: now)
        session.signals = state
        guard state.frames.take(now: now) else {
            metrics.signalsDropped.increment()
            return nil
        }
        return state
    }

    /// Records of `signals` were read; `done` is called when they have been dealt with.
    ///
    /// From any thread.
    func received(signals records: [LogRecord], done: @escaping @Sendable () -> Void) {
        loop.execute { self.take(records, done) }
    }

    private func take(_ records: [LogRecord], _ done: @escaping @Sendable () -> Void) {
        let now = clock.now()
        var questions: [PresenceQuestion] = []
        var touched: [DeviceSession] = []
        for record in records {
            let number = record.topicPartition.partition
            guard partitions[number] != nil, let value = record.value,
                let signal = Signal(decoding: value)
            else { continue }
            metrics.signalsReceived.increment()
            let isFresh = now - signal.time <= settings.signalAgeMax
            switch signal.body {
            case .typing(let typing):
                if isFresh { show(typing, of: signal.account, in: number, &touched) }
            case .presence(let presence):
                if isFresh { show(presence, of: signal.account, &touched) }
            case .watch(let watch):
                let isNew = note(watch, of: signal.account, in: number, now)
                guard isNew, isFresh else { continue }
                questions.append(
                    PresenceQuestion(
                        partition: number,
                        account: signal.account,
                        watchers: [watch.watcher],
                        isForAll: true
                    )
                )
            }
        }
        for session in touched { session.socket.flush() }
        answer(questions[...], done)
    }

    /// Writes a frame that may be lost to a device whose socket takes it.
    func write(
        _ frame: ByteBuffer,
        to session: DeviceSession,
        _ touched: inout [DeviceSession]
    ) {
        session.socket.write(frame)
        if touched.last !== session { touched.append(session) }
    }

    /// What is due by now; once per sweep.
    func sweepSignals() {
        let now = now
        renewWatches(now)
        tellDepartures(now)
        for (number, partition) in partitions {
            if let due = partition.presenceDue, now >= due {
                partitions[number]?.presenceDue = nil
                // Who was here when the last owner went may have gone with it, and the other way round.
                tellAll(in: number)
            }
            if now >= partition.expiryDue {
                partitions[number]?.expiryDue = now + settings.watchExpiryInterval
                partitions[number]?.presence.expire(now: clock.now())
            }
        }
    }
}
