import Conversations
import CoreMetrics
import Events
import Flow
import GRDB
import Logging
import NIOCore
import Web

extension DeliveryHub: InboxSubscriber {
    func opened(_ opening: InboxOpening) {
        loop.execute { self.serve(opening) }
    }

    func closed(_ partition: Partition) {
        loop.execute { self.giveAway(partition) }
    }

    func received(_ news: [InboxNews], done: @escaping @Sendable () -> Void) {
        loop.execute {
            self.deliver(news)
            done()
        }
    }

    func committed(_ rows: [Partition: InboxIndex.PartitionRow]) {
        loop.execute {
            for (partition, row) in rows {
                self.partitions[partition]?.commit(row)
            }
        }
    }

    private func serve(_ opening: InboxOpening) {
        partitionCount = opening.partitionCount
        partitions[opening.partition] = ServedPartition(opening, settings, now: now)
        served.insert(opening.partition)
        do {
            let route = try OutgoingRecords.route(
                opening.partition,
                instance: settings.instance,
                url: settings.url,
                time: clock.now()
            )
            append(WaitingRecord(record: route))
        } catch {
            logger.error("a route could not be written", metadata: ["error": "\(error)"])
        }
    }

    private func giveAway(_ partition: Partition) {
        if partitions[partition]?.isCaughtUp == false {
            // What the account lets others know stood perhaps in what was still to be read.
            for marks in devices.values where marks.partition == partition {
                marks.book.hideWaitingReads()
            }
        }
        partitions[partition] = nil
        served.remove(partition)
        abandonRecoveries(partition)
        for sessions in Array(accounts.values) {
            for session in sessions where session.partition == partition {
                session.socket.close(.moved)
            }
        }
    }

    /// Adds a batch to the tails, then sends its entries to the sessions that are up to date.
    private func deliver(_ news: [InboxNews]) {
        var shown: [(partition: Partition, entries: [InboxEntry])] = []
        for part in news where partitions[part.partition] != nil {
            let entries = partitions[part.partition]?.append(part.entries, end: part.end) ?? []
            shown.append((part.partition, entries))
            partitions[part.partition]?.keptFrom = part.keptFrom
            if part.isCaughtUp { partitions[part.partition]?.wasCaughtUp = true }
            metrics.entries.increment(by: entries.count)
            resumeRecoveries(part.partition)
        }
        var touched: [DeviceSession] = []
        let now = now
        for part in shown {
            for entry in part.entries { offer(entry, part.partition, now, &touched) }
        }
        for session in touched { session.socket.flush() }
        for part in shown {
            guard let changes = partitions[part.partition]?.takeChanges(), !changes.isEmpty else {
                continue
            }
            changed(changes, in: part.partition)
        }
    }

    /// Sends an entry to whoever it is for and is connected and up to date.
    private func offer(
        _ entry: InboxEntry,
        _ partition: Partition,
        _ now: Duration,
        _ touched: inout [DeviceSession]
    ) {
        if entry.changesMembers {
            for change in entry.memberChanges(at: clock.now()) {
                partitions[partition]?.members.apply(change)
            }
        }
        guard !accounts.isEmpty else { return }
        guard entry.only.isEmpty else {
            for account in entry.only { offer(entry, to: account, now, &touched) }
            return
        }
        switch entry.scope {
        case .pair(let first, let second):
            offer(entry, to: first, now, &touched)
            if let second { offer(entry, to: second, now, &touched) }
        case .members(let conversation, let seq):
            let members = partitions[partition]?.members.members(of: conversation) ?? [:]
            // Of a large channel few may be connected, and of many who are connected few may be in a small group.
            if members.count <= accounts.count {
                for (account, stays) in members where stays.sees(seq) {
                    offer(entry, to: account, now, &touched)
                }
            } else {
                for account in accounts.keys where members[account]?.sees(seq) == true {
                    offer(entry, to: account, now, &touched)
                }
            }
        }
    }

    private func offer(
        _ entry: InboxEntry,
        to account: AccountID,
        _ now: Duration,
        _ touched: inout [DeviceSession]
    ) {
        guard let sessions = accounts[account] else { return }
        for session in sessions {
            guard !session.socket.isFull else {
                session.pump.interrupt()
                continue
            }
            let wasIdle = session.pump.inFlightCount == 0
            guard session.pump.offer(entry.offset, entry.mark(for: account), now: now) else {
                continue
            }
            session.socket.write(entry.frame)
            metrics.eventsSent.increment()
            if wasIdle { look(at: session.socket, in: settings.pump.resendAfter) }
            if touched.last !== session { touched.append(session) }
        }
    }

    // MARK: Catching up

    /// Sends what a session that is behind has room for: from the tail at once, from the index when it has been read.
    func drive(_ session: DeviceSession) {
        while session.isOpen, !session.socket.isFull,
            let partition = partitions[session.partition],
            let read = session.pump.nextRead()
        {
            guard read.from >= partition.tail.start else {
                readIndex(read, below: partition.tail.start, partition, for: session)
                break
            }
            readTail(read, partition, for: session)
        }
        session.socket.flush()
    }

    private func readTail(
        _ read: DevicePump.Read,
        _ partition: ServedPartition,
        for session: DeviceSession
    ) {
        let reader = partition.reader(of: session.identity.account)
        let now = now
        var left = read.limit
        var isEnd = true
        let reached = partition.tail.read(reader, from: read.from, below: read.below) { entry in
            guard left > 0, !session.socket.isFull else {
                isEnd = false
                return false
            }
            left -= 1
            send(entry, read, to: session, now)
            return true
        }
        session.pump.finishRead(reached: reached, isEnd: isEnd)
    }

    private func send(
        _ entry: InboxEntry,
        _ read: DevicePump.Read,
        to session: DeviceSession,
        _ now: Duration
    ) {
        let mark = entry.mark(for: session.identity.account)
        let wasIdle = session.pump.inFlightCount == 0
        guard session.pump.accept(entry.offset, mark, now: now) else { return }
        session.socket.write(entry.frame)
        if !read.isRepetition { metrics.eventsSent.increment() }
        if wasIdle { look(at: session.socket, in: settings.pump.resendAfter) }
    }

    private func readIndex(
        _ read: DevicePump.Read,
        below tailStart: Offset,
        _ partition: ServedPartition,
        for session: DeviceSession
    ) {
        metrics.indexReads.increment()
        let opening = partition.opening
        let account = partition.reader(of: session.identity.account)
        let below = min(read.below ?? tailStart, tailStart)
        let bytesMax = settings.readBytesMax
        let (redactions, accounts) = (partition.redactions, partition.accounts)
        reader.run(on: loop) {
            try opening.page(
                of: account,
                redactions,
                accounts,
                from: read.from,
                below: below,
                limit: read.limit,
                bytesMax: bytesMax
            )
        } completion: { page in
            self.took(page, read, for: session)
        }
    }

    private func took(
        _ page: InboxOpening.Page?,
        _ read: DevicePump.Read,
        for session: DeviceSession
    ) {
        guard session.isOpen else { return }
        guard let page else {
            // The next look at the socket asks again.
            metrics.indexReadsFailed.increment()
            session.pump.abandonRead()
            loop.scheduleTask(in: .seconds(1)) { self.drive(session) }
            return
        }
        let now = now
        var reached = page.reached
        for entry in page.entries.map({ partitions[session.partition]?.shown($0) ?? $0 }) {
            guard !session.socket.isFull else {
                reached = entry.offset
                break
            }
            send(entry, read, to: session, now)
        }
        session.pump.finishRead(reached: reached, isEnd: false)
        drive(session)
    }
}

extension InboxOpening {
    /// Entries of an account from the index, ready to be sent.
    struct Page: Sendable {
        let entries: [InboxEntry]
        /// Everything of the account below is in the page or before it.
        let reached: Offset
    }

    /// Reads the index; blocks.
    func page(
        of reader: InboxIndex.Reader,
        _ redactions: Redactions,
        _ accounts: InboxAccounts,
        from: Offset,
        below: Offset,
        limit: Int,
        bytesMax: Int
    ) throws -> Page {
        guard let database else { return Page(entries: [], reached: below) }
        let page = try database.read { database in
            try InboxIndex.page(
                partition,
                of: reader,
                from: from,
                below: below,
                limit: limit,
                bytesMax: bytesMax,
                database
            )
        }
        let entries = page.entries.compactMap { offset, value in
            (try? InboxMessage(value)).flatMap { message in
                InboxEntry(
                    message,
                    of: value,
                    at: offset,
                    epoch: epoch,
                    redactions: redactions,
                    accounts: accounts
                ) {
                    Partitioner.partition(of: $0, count: partitionCount) == partition
                }
            }
        }
        return Page(entries: entries, reached: page.reached)
    }
}
