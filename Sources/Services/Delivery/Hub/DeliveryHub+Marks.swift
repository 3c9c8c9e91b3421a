import Conversations
import CoreMetrics
import EventLog
import Events
import Flow
import GRDB
import NIOCore
import Web

/// What the log said about one receipt of a device.
struct MarkReport: Sendable {
    let marks: DeviceMarks
    let isDurable: Bool
}

/// A record for `sessions` or `routes` that must not be lost lightly.
struct WaitingRecord: Sendable {
    let record: OutgoingRecord
}

extension DeliveryHub {
    // MARK: Delivered and read marks

    /// Marks wait in the device's book: appends them soon.
    func queue(_ marks: DeviceMarks) {
        guard !marks.isQueued, marks.reportsAwaited == 0 else { return }
        marks.isQueued = true
        markQueue.append(marks)
        guard !isMarkFlushScheduled else { return }
        isMarkFlushScheduled = true
        let delay = TimeAmount.nanoseconds(Int64(settings.markDelay.seconds * 1e9))
        loop.scheduleTask(in: delay) { self.flushMarks() }
    }

    private func flushMarks() {
        isMarkFlushScheduled = false
        let queue = markQueue
        markQueue = []
        for marks in queue {
            marks.isQueued = false
            if partitions[marks.partition]?.isCaughtUp == false {
                // Whether others may know what was read stands in what is still to be read.
                failedMarks.append(marks)
            } else {
                appendMarks(marks)
            }
            marks.session?.socket.resume()
        }
    }

    private func appendMarks(_ marks: DeviceMarks) {
        guard let batch = marks.book.takeBatch() else { return post(marks) }
        marks.reportsAwaited = batch.marks.count
        marks.isBatchDurable = true
        metrics.marks.increment(by: batch.marks.count)
        let time = clock.now()
        let reports = reports
        let isPrivate = hidesReads(marks)
        for (conversation, mark) in batch.marks {
            var mark = mark
            if isPrivate { mark.isPrivate = true }
            let record = OutgoingRecords.receipt(
                conversation: conversation,
                account: marks.identity.account,
                device: marks.identity.device,
                time: time,
                marks: mark
            )
            records.append(record) { isDurable in
                reports.post(MarkReport(marks: marks, isDurable: isDurable))
            }
        }
    }

    /// Whether others are not to know what a device's person has read.
    func hidesReads(_ marks: DeviceMarks) -> Bool {
        partitions[marks.partition]?.accounts.hidesReads(marks.identity.account) ?? false
    }

    /// Delivery reports of receipts came.
    func reported(_ reports: [MarkReport]) {
        for report in reports {
            let marks = report.marks
            marks.reportsAwaited -= 1
            if !report.isDurable {
                marks.isBatchDurable = false
                metrics.appendsFailed.increment()
            }
            guard marks.reportsAwaited == 0 else { continue }
            marks.book.reported(isDurable: marks.isBatchDurable)
            post(marks)
            if !marks.isBatchDurable {
                failedMarks.append(marks)
            } else if marks.book.waitingCount > 0 {
                queue(marks)
            }
            forgetIfFinished(marks)
        }
        finishIfDrained()
    }

    /// Tries again what the log refused; once per sweep.
    func retryMarks() {
        let failed = failedMarks
        failedMarks = []
        for marks in failed { queue(marks) }
    }

    /// Hands the durable position to the next checkpoint.
    func post(_ marks: DeviceMarks) {
        guard marks.book.durable > marks.posted, partitions[marks.partition] != nil else { return }
        marks.posted = marks.book.durable
        acknowledgements.post(marks.posted, for: marks.identity, marks.partition)
    }

    func forgetIfFinished(_ marks: DeviceMarks) {
        guard marks.isFinished, devices[marks.identity] === marks else { return }
        devices[marks.identity] = nil
    }

    // MARK: What a crash swallowed

    /// Writes the delivered marks of everything below a position that a device says it has, if the log may not have them.
    ///
    /// Up to the stored position the log has them; for a device of which nothing is stored, a bounded look back does.
    func recoverMarks(_ marks: DeviceMarks, below position: Offset) {
        let isUnderWay = marks.isRecovering
        marks.recoveringBelow = max(marks.recoveringBelow ?? position, position)
        if !isUnderWay { recover(marks) }
    }

    private func recover(_ marks: DeviceMarks) {
        let identity = marks.identity
        guard let position = marks.recoveringBelow, let partition = partitions[marks.partition]
        else { return }
        // What was not committed before a crash is in neither tail nor index until it has been read again.
        guard partition.tail.end >= position else {
            partitions[marks.partition]?.recoveries.append(marks)
            return
        }
        let posted = acknowledgements.value(for: identity, marks.partition)
        let durable = max(posted ?? Offset(0), marks.book.durable)
        let known: Offset? = posted == nil && durable == Offset(0) ? nil : durable
        if let known, known >= position { return finishRecovery(marks, below: position) }
        let limit = settings.recoveredEntriesMax
        let inTail = partition.marksInTail(of: identity, known: known, below: position, limit)
        let opening = partition.opening
        let account = partition.reader(of: identity.account)
        let below = min(position, partition.tail.start)
        let strangerLimit = settings.recoveredEntriesOfStrangerMax
        reader.run(on: loop) {
            try opening.marks(
                of: identity,
                account,
                known: known,
                below: below,
                limit: limit,
                strangerLimit: strangerLimit
            )
        } completion: { recovered in
            guard let recovered else {
                self.metrics.indexReadsFailed.increment()
                self.loop.scheduleTask(in: .seconds(1)) { self.recover(marks) }
                return
            }
            let stored = recovered.stored ?? known ?? Offset(0)
            for (offset, mark) in inTail where offset >= stored {
                marks.book.delivered(mark.conversation, seq: mark.seq)
            }
            for mark in recovered.marks {
                marks.book.delivered(mark.conversation, seq: mark.seq)
            }
            self.finishRecovery(marks, below: position)
        }
    }

    private func finishRecovery(_ marks: DeviceMarks, below position: Offset) {
        guard let wanted = marks.recoveringBelow else { return }
        // The device said hello again meanwhile, with a later position.
        if wanted > position { return recover(marks) }
        marks.recoveringBelow = nil
        marks.told(upTo: max(position, marks.toldWhileRecovering ?? position))
        marks.toldWhileRecovering = nil
        queue(marks)
        forgetIfFinished(marks)
    }

    /// The tail has grown: goes on with those who waited for it.
    func resumeRecoveries(_ partition: Partition) {
        guard let waiting = partitions[partition]?.recoveries, !waiting.isEmpty else { return }
        partitions[partition]?.recoveries = []
        for marks in waiting { recover(marks) }
    }

    /// The partition is somebody else's now, who looks the marks up when the devices say hello there.
    func abandonRecoveries(_ partition: Partition) {
        for marks in Array(devices.values)
        where marks.partition == partition && marks.isRecovering {
            marks.recoveringBelow = nil
            marks.toldWhileRecovering = nil
            forgetIfFinished(marks)
        }
    }

    // MARK: Sessions and routes

    /// Tells `sessions` what happened to a device's session.
    func tell(_ change: OutgoingRecords.SessionChange, _ session: DeviceSession) {
        append(
            WaitingRecord(
                record: OutgoingRecords.session(
                    change,
                    of: session,
                    instance: settings.instance,
                    time: clock.now()
                )
            )
        )
    }

    /// Tells `sessions` of the devices whose position moved since the last sweep.
    func tellProgress() {
        let moved = progressed
        progressed = []
        for session in moved {
            session.hasProgressed = false
            if session.isOpen { tell(.progressed, session) }
        }
    }

    /// Appends a record; keeps it for later if the log refuses it.
    func append(_ waiting: WaitingRecord) {
        guard waitingRecords.isEmpty else { return keep([waiting]) }
        send(waiting)
    }

    private func send(_ waiting: WaitingRecord) {
        let refusals = refusals
        records.append(waiting.record) { isDurable in
            if !isDurable { refusals.post(waiting) }
        }
    }

    /// Keeps records that the log refused, in order, up to a bound.
    func keep(_ refused: [WaitingRecord]) {
        for record in refused where !waitingRecords.append(record) {
            metrics.recordsDropped.increment()
        }
    }

    /// Tries again what the log refused; once per sweep.
    func retryRecords() {
        for _ in 0..<waitingRecords.count {
            guard let waiting = waitingRecords.popFirst() else { return }
            send(waiting)
        }
    }
}

extension ServedPartition {
    /// The marks of an account's entries in the tail, from the newest below a position on.
    fileprivate func marksInTail(
        of identity: Identity,
        known: Offset?,
        below position: Offset,
        _ limit: Int
    ) -> [(Offset, DevicePump.Mark)] {
        var found: [(Offset, DevicePump.Mark)] = []
        tail.readBackwards(
            reader(of: identity.account),
            from: known ?? Offset(0),
            below: position
        ) { entry in
            if let mark = entry.mark(for: identity.account) { found.append((entry.offset, mark)) }
            return found.count < limit
        }
        return found
    }
}

extension InboxOpening {
    /// Delivered marks that the log may not have.
    struct Recovered: Sendable {
        let stored: Offset?
        let marks: [DevicePump.Mark]
    }

    /// Looks up the marks of an account's entries from the device's stored position on; blocks.
    func marks(
        of identity: Identity,
        _ reader: InboxIndex.Reader,
        known: Offset?,
        below: Offset,
        limit: Int,
        strangerLimit: Int
    ) throws -> Recovered {
        guard let database else { return Recovered(stored: known, marks: []) }
        return try database.read { database in
            let stored = try known ?? InboxIndex.acknowledged(identity, database)
            let from = stored ?? Offset(0)
            guard from < below else { return Recovered(stored: stored, marks: []) }
            var marks: [DevicePump.Mark] = []
            let values = try InboxIndex.newest(
                partition,
                of: reader,
                from: from,
                below: below,
                limit: stored == nil ? strangerLimit : limit,
                database
            )
            for value in values {
                guard case .event(let event)? = try? InboxMessage(value).body,
                    event.sender != identity.account, event.kind != .channel
                else { continue }
                marks.append(DevicePump.Mark(conversation: event.conversation, seq: event.seq))
            }
            return Recovered(stored: stored, marks: marks)
        }
    }
}
