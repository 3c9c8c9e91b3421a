import CoreMetrics
import Events
import Flow
import Ingest
import NIOCore
import Web

/// What became of a device's submission.
struct SubmissionReport: Sendable {
    let session: DeviceSession
    let id: String
    let outcome: SubmissionOutcome
}

extension DeliveryHub {
    /// Whether frames of a device have to wait because a bound was reached.
    func isSaturated(_ session: DeviceSession) -> Bool {
        session.submissionsInFlight >= settings.submissionsInFlightMax
            || session.marks.book.waitingCount >= settings.marksWaitingMax
    }

    /// A text frame came.
    func received(_ bytes: [UInt8], from socket: SocketHandler) {
        let frame: ClientFrame
        do {
            frame = try ClientFrame(bytes)
        } catch {
            return socket.fail(.badFrame, error.detail, problem: error.code)
        }
        switch (frame, socket.session) {
        case (.hello(let token, let position), nil):
            authenticate(token, position, socket)
        case (_, nil):
            socket.fail(
                .unauthenticated,
                "the first frame is hello",
                problem: "hello_expected"
            )
        case (.hello, _):
            socket.fail(.badFrame, "the session is open already", problem: "unexpected_hello")
        case (.ack(let position), let session?):
            acknowledge(position, session)
        case (.read(let conversation, let seq), let session?):
            session.marks.book.read(
                conversation,
                seq: seq,
                isPrivate: hidesReads(session.marks)
            )
            queue(session.marks)
        case (.submit(let id, let request), let session?):
            submit(id, request, session)
        case (.refused(let id, let code, let detail), let session?):
            session.socket.write(ServerFrame.rejected(id: id, code: code, detail: detail))
        case (.typing(let conversation, let activity), let session?):
            typed(activity, in: conversation, session)
        case (.watch(let accounts), let session?):
            watches(accounts, session)
        }
    }

    // MARK: hello

    private func authenticate(
        _ token: String,
        _ position: ClientFrame.ResumePosition,
        _ socket: SocketHandler
    ) {
        do throws(Problem) {
            if let identity = try tokens.known(token) { return open(identity, position, socket) }
        } catch {
            return refuse(socket, error)
        }
        socket.startAuthenticating()
        let tokens = tokens
        let loop = loop
        Task {
            let result: Result<Identity, Problem>
            do throws(Problem) {
                result = .success(try await tokens.identify(token))
            } catch {
                result = .failure(error)
            }
            loop.execute {
                guard case .authenticating = socket.phase else { return }
                switch result {
                case .success(let identity): self.open(identity, position, socket)
                case .failure(let problem): self.refuse(socket, problem)
                }
                socket.flush()
                socket.resume()
            }
        }
    }

    /// Says why a token opens nothing, with the close code that says what the device does next.
    private func refuse(_ socket: SocketHandler, _ problem: Problem) {
        let code: CloseCode
        switch problem.code {
        case .deviceRemoved: code = .revoked
        case .logUnavailable: code = .goingAway
        default: code = .unauthenticated
        }
        socket.fail(code, problem.detail, problem: problem.code.name)
    }

    private func open(
        _ identity: Identity,
        _ wanted: ClientFrame.ResumePosition,
        _ socket: SocketHandler
    ) {
        // From here on a removal finds the session.
        guard !registry.isRemoved(identity) else { return refuse(socket, .deviceRemoved) }
        guard partitionCount > 0 else { return socket.close(.moved) }
        let number = Partitioner.partition(of: identity.account, count: partitionCount)
        guard let partition = partitions[number] else { return socket.close(.moved) }
        for other in accounts[identity.account] ?? [] where other.identity == identity {
            other.socket.close(.replaced)
        }
        guard (accounts[identity.account]?.count ?? 0) < Limits.socketsPerAccountMax else {
            return socket.fail(
                .limit,
                "an account has at most \(Limits.socketsPerAccountMax) connections",
                problem: "too_many_connections"
            )
        }
        guard let start = start(wanted, partition) else { return socket.close(.moved) }
        let session = makeSession(identity, number, start, socket)
        socket.open(session)
        let isFirst = accounts[identity.account] == nil
        accounts[identity.account, default: []].append(session)
        sessionCount += 1
        metrics.sessions.record(sessionCount)
        let position = InboxPosition(
            epoch: partition.opening.epoch.number,
            offset: start.position
        )
        socket.write(
            ServerFrame.welcome(
                account: identity.account,
                device: identity.device,
                position: position
            )
        )
        if start.isGap {
            metrics.gaps.increment()
            session.gapBelow = start.position
            socket.write(ServerFrame.gap(position))
        }
        tell(.connected, session)
        if isFirst { arrived(identity.account, in: number) }
        settle(session, start)
        look(at: socket, in: settings.pingInterval)
        drive(session)
    }

    private struct Start {
        let position: Offset
        /// What the device wanted can't be served: it has to ask history.
        var isGap = false
        /// The device had no position.
        var isNew = false
    }

    /// Where a device goes on; `nil`: that is not known yet, and it has to ask again.
    private func start(
        _ wanted: ClientFrame.ResumePosition,
        _ partition: ServedPartition
    ) -> Start? {
        switch wanted {
        case .now:
            return Start(position: partition.end, isNew: true)
        case .at(let position)
        where position.epoch == partition.opening.epoch.number
            && position.offset >= partition.keptFrom && position.offset <= partition.end:
            return Start(position: position.offset)
        case .at(let position)
        where position.epoch == partition.opening.epoch.number && position.offset > partition.end
            && now < partition.opened + settings.handOverGrace:
            // The last owner may have gone on for a moment after this one had asked where the log ends.
            return nil
        case .at, .unreadable:
            return Start(position: partition.end, isGap: true)
        }
    }

    private func makeSession(
        _ identity: Identity,
        _ partition: Partition,
        _ start: Start,
        _ socket: SocketHandler
    ) -> DeviceSession {
        let marks =
            devices[identity]
            ?? DeviceMarks(identity: identity, partition: partition, durable: Offset(0))
        devices[identity] = marks
        let session = DeviceSession(
            id: nextSessionID(),
            identity: identity,
            partition: partition,
            socket: socket,
            marks: marks,
            pump: DevicePump(position: start.position, now: now, options: settings.pump)
        )
        marks.session = session
        return session
    }

    private func settle(_ session: DeviceSession, _ start: Start) {
        if start.isNew {
            session.marks.told(upTo: start.position)
            post(session.marks)
        } else if !start.isGap {
            recoverMarks(session.marks, below: start.position)
        }
    }

    // MARK: ack and submit

    private func acknowledge(_ position: InboxPosition, _ session: DeviceSession) {
        guard position.epoch == partitions[session.partition]?.opening.epoch.number else { return }
        if let gap = session.gapBelow, position.offset >= gap {
            session.gapBelow = nil
            recoverMarks(session.marks, below: gap)
        }
        let marks = session.marks
        let progress = session.pump.acknowledge(position.offset, now: now) { mark in
            marks.book.delivered(mark.conversation, seq: mark.seq)
        }
        guard let progress else { return }
        if session.gapBelow == nil { marks.told(upTo: session.pump.acknowledged) }
        queue(marks)
        if let waited = progress.waited {
            metrics.acknowledgement.recordNanoseconds(Int64(waited.seconds * 1e9))
        }
        if !session.hasProgressed {
            session.hasProgressed = true
            progressed.append(session)
        }
        if !session.pump.isLive { drive(session) }
    }

    private func submit(_ id: String, _ request: MessageRequest, _ session: DeviceSession) {
        session.submissionsInFlight += 1
        let outcomes = outcomes
        submissions.submit(request, from: session.identity) { outcome in
            outcomes.post(SubmissionReport(session: session, id: id, outcome: outcome))
        }
    }

    /// Answers submissions whose fate is known.
    func answer(_ reports: [SubmissionReport]) {
        for report in reports {
            let session = report.session
            session.submissionsInFlight -= 1
            guard session.isOpen else { continue }
            switch report.outcome {
            case .accepted(let message, let conversation, let time):
                session.socket.write(
                    ServerFrame.accepted(
                        id: report.id,
                        message: message,
                        conversation: conversation,
                        time: time
                    )
                )
            case .refused(let code, let detail):
                session.socket.write(
                    ServerFrame.rejected(id: report.id, code: code, detail: detail)
                )
            }
        }
        for report in reports where report.session.isOpen {
            report.session.socket.flush()
            report.session.socket.resume()
        }
    }

    // MARK: The end of a session

    /// A device does not belong to its account any more.
    func removed(_ identity: Identity) {
        for session in accounts[identity.account] ?? [] where session.identity == identity {
            session.socket.fail(
                .revoked,
                Problem.deviceRemoved.detail,
                problem: Problem.deviceRemoved.code.name
            )
        }
    }

    /// The socket closes or is gone: the device gets nothing more.
    func sessionEnded(_ session: DeviceSession, closeCode: UInt16) {
        guard session.isOpen else { return }
        session.isOpen = false
        let account = session.identity.account
        accounts[account]?.removeAll { $0 === session }
        stopWatching(session)
        if accounts[account]?.isEmpty == true {
            accounts[account] = nil
            departed(account, in: session.partition)
        }
        sessionCount -= 1
        metrics.sessions.record(sessionCount)
        if session.marks.session === session { session.marks.session = nil }
        tell(.disconnected(closeCode: closeCode), session)
        forgetIfFinished(session.marks)
        if devices.count - sessionCount > settings.settlingDevicesMax {
            devices[session.identity] = nil
        }
    }
}
