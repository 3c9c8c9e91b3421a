import Foundation
import KafkaWire
import Logging
import Metrics
import NIOCore
import SegmentLog

/// All groups: hands requests to their ``ConsumerGroup``, sends the answers, keeps the time.
final class GroupCoordinator: @unchecked Sendable {
    // Unchecked: only touched on `loop`, after it is made.

    /// A group and the task that wakes it.
    private struct Entry {
        var group: ConsumerGroup
        var wakeUp: Scheduled<Void>?
        var wakesAt: NIODeadline?
    }

    let offsets: OffsetStore
    private let loop: any EventLoop
    private let configuration: BrokerConfiguration
    private let logger: Logger
    private let meters: BrokerMeters
    /// Until then members of an earlier broker are taken back.
    private let reinstatesUntil: NIODeadline
    private var entries: [String: Entry] = [:]
    private var waiting: [Int: Exchange] = [:]
    private var nextToken = 0

    init(
        loop: any EventLoop,
        offsets: OffsetStore,
        configuration: BrokerConfiguration,
        logger: Logger,
        meters: BrokerMeters
    ) {
        self.loop = loop
        self.offsets = offsets
        self.configuration = configuration
        self.logger = logger
        self.meters = meters
        reinstatesUntil = .now() + configuration.groupReinstatement
    }

    /// Handles a request about groups.
    ///
    /// - Throws: also for a kind of request that is not served at all.
    func handle(_ incoming: Incoming) throws(WireError) {
        switch incoming.header.key {
        case .findCoordinator: try incoming.handle(incoming.core.findCoordinator)
        case .joinGroup: try incoming.handle(join)
        case .syncGroup: try incoming.handle(sync)
        case .heartbeat: try incoming.handle(heartbeat)
        case .leaveGroup: try incoming.handle(leave)
        case .offsetCommit: try incoming.handle(commit)
        case .offsetFetch: try incoming.handle(fetchOffsets)
        case .describeGroups: try incoming.handle(describe)
        case .listGroups: try incoming.handle(list)
        case .deleteGroups: try incoming.handle(delete)
        default: throw WireError(.unsupportedVersion)
        }
    }

    /// Stops waking groups.
    func close() {
        for entry in entries.values { entry.wakeUp?.cancel() }
        entries = [:]
        waiting = [:]
    }

    /// Keeps the offsets' topic small.
    func compact() {
        offsets.compactIfWorthwhile()
    }

    /// A topic was deleted.
    func forgetTopic(_ name: String) {
        offsets.removeTopic(name)
    }

    // MARK: Groups

    /// Lets a group do something, then answers whom it answers and sets its alarm.
    private func with<Result>(
        _ id: String,
        _ body: (inout ConsumerGroup) -> Result
    ) -> Result? {
        guard var entry = entries[id] else { return nil }
        let before = entry.group.rebalanceCount
        let result = body(&entry.group)
        let answers = entry.group.takeAnswers()
        meters.rebalances.increment(by: entry.group.rebalanceCount - before)
        setAlarm(&entry)
        if entry.group.phase == .empty, entry.group.expected.isEmpty {
            entry.wakeUp?.cancel()
            entries[id] = nil
        } else {
            entries[id] = entry
        }
        meters.groups.record(entries.count)
        for answer in answers {
            switch answer {
            case .join(let token, let response):
                waiting.removeValue(forKey: token)?.answer(JoinGroupRequest.self, response)
            case .sync(let token, let response):
                waiting.removeValue(forKey: token)?.answer(SyncGroupRequest.self, response)
            }
        }
        return result
    }

    private func setAlarm(_ entry: inout Entry) {
        let deadline = entry.group.deadline
        // An alarm that rings too early only looks and is set again: cheaper than a new one for every heartbeat.
        if let deadline, let wakesAt = entry.wakesAt, wakesAt <= deadline { return }
        entry.wakeUp?.cancel()
        entry.wakeUp = nil
        entry.wakesAt = deadline
        guard let deadline else { return }
        let id = entry.group.id
        entry.wakeUp = loop.scheduleTask(deadline: deadline) { self.wake(id) }
    }

    private func wake(_ id: String) {
        entries[id]?.wakesAt = nil
        entries[id]?.wakeUp = nil
        _ = with(id) { $0.tick(now: .now()) }
    }

    /// Makes a group unless it is there.
    ///
    /// - Returns: whether it is.
    private func open(_ id: String) -> Bool {
        guard entries[id] == nil else { return true }
        guard entries.count < configuration.groupsMax else { return false }
        entries[id] = Entry(
            group: ConsumerGroup(
                id: id,
                initialDelay: configuration.groupInitialDelay,
                membersMax: configuration.groupMembersMax
            )
        )
        return true
    }

    /// Takes a member back, if it can only be one that an earlier broker had.
    private func reinstate(
        _ memberID: String,
        of generation: Int32,
        instanceID: String?,
        in id: String
    ) {
        let now = NIODeadline.now()
        guard now < reinstatesUntil, !id.isEmpty, !memberID.isEmpty, generation > 0, open(id)
        else { return }
        _ = with(id) {
            $0.reinstate(
                memberID,
                of: generation,
                instanceID: instanceID,
                until: reinstatesUntil,
                now: now
            )
        }
    }

    private func token(for exchange: Exchange) -> Int {
        nextToken += 1
        waiting[nextToken] = exchange
        return nextToken
    }

    private func join(_ exchange: Exchange, _ request: JoinGroupRequest) {
        var refusal = JoinGroupResponse()
        guard !request.groupID.isEmpty else {
            refusal.error = .invalidGroupID
            exchange.answer(JoinGroupRequest.self, refusal)
            return
        }
        guard open(request.groupID) else {
            refusal.error = .groupMaxSizeReached
            exchange.answer(JoinGroupRequest.self, refusal)
            return
        }
        let client = exchange.header.clientID ?? "client"
        let applicant = ConsumerGroup.Applicant(
            version: exchange.version,
            clientID: client,
            clientHost: "/" + exchange.connection.clientHost,
            newID: "\(client)-\(UUID().uuidString.lowercased())",
            token: token(for: exchange)
        )
        _ = with(request.groupID) { $0.join(request.detached, applicant, now: .now()) }
    }

    private func sync(_ exchange: Exchange, _ request: SyncGroupRequest) {
        let token = token(for: exchange)
        guard with(request.groupID, { $0.sync(request, token: token, now: .now()) }) == nil else {
            return
        }
        waiting[token] = nil
        var response = SyncGroupResponse()
        response.error = .unknownMemberID
        exchange.answer(SyncGroupRequest.self, response)
    }

    private func heartbeat(_ exchange: Exchange, _ request: HeartbeatRequest) {
        reinstate(
            request.memberID,
            of: request.generation,
            instanceID: request.instanceID,
            in: request.groupID
        )
        var response = HeartbeatResponse()
        response.error =
            with(request.groupID) { $0.heartbeat(request, now: .now()) } ?? .unknownMemberID
        exchange.answer(HeartbeatRequest.self, response)
    }

    private func leave(_ exchange: Exchange, _ request: LeaveGroupRequest) {
        var response = LeaveGroupResponse()
        if exchange.version >= 3 {
            response.members = request.members.map { member in
                var answer = LeaveGroupResponse.Member()
                answer.memberID = member.memberID
                answer.instanceID = member.instanceID
                answer.error = leave(request.groupID, member.memberID, member.instanceID)
                return answer
            }
        } else {
            response.error = leave(request.groupID, request.memberID, nil)
        }
        exchange.answer(LeaveGroupRequest.self, response)
    }

    private func leave(_ group: String, _ member: String, _ instance: String?) -> ErrorCode {
        with(group) { $0.leave(memberID: member, instanceID: instance, now: .now()) }
            ?? .unknownMemberID
    }

    // MARK: Offsets

    private func commit(_ exchange: Exchange, _ request: OffsetCommitRequest) {
        reinstate(
            request.memberID,
            of: request.generation,
            instanceID: request.instanceID,
            in: request.groupID
        )
        let verdict =
            with(request.groupID) { $0.checkCommit(request, now: .now()) }
            ?? (request.generation < 0 ? .none : .illegalGeneration)
        var response = OffsetCommitResponse()
        var accepted: [(OffsetStore.Place, OffsetStore.Committed)] = []
        response.topics = request.topics.map { topic in
            var answers = OffsetCommitResponse.Topic()
            answers.name = topic.name
            answers.partitions = topic.partitions.map { partition in
                var answer = OffsetCommitResponse.Partition()
                answer.index = partition.index
                answer.error = verdict
                if (partition.metadata?.utf8.count ?? 0) > OffsetStore.metadataBytesMax {
                    answer.error = .offsetMetadataTooLarge
                }
                if answer.error == .none {
                    let place = OffsetStore.Place(topic: topic.name, partition: partition.index)
                    let committed = OffsetStore.Committed(
                        offset: partition.offset,
                        leaderEpoch: partition.leaderEpoch,
                        metadata: partition.metadata
                    )
                    accepted.append((place, committed))
                }
                return answer
            }
            return answers
        }
        let decided = response
        offsets.commit(accepted, of: request.groupID) { isDurable in
            var response = decided
            if !isDurable { response.fail(.coordinatorNotAvailable) }
            exchange.answer(OffsetCommitRequest.self, response)
        }
    }

    private func fetchOffsets(_ exchange: Exchange, _ request: OffsetFetchRequest) {
        let known = offsets.groups[request.groupID] ?? [:]
        var response = OffsetFetchResponse()
        func answer(_ place: OffsetStore.Place) -> OffsetFetchResponse.Partition {
            var answer = OffsetFetchResponse.Partition()
            answer.index = place.partition
            answer.metadata = ""
            if let committed = known[place] {
                answer.offset = committed.offset
                answer.leaderEpoch = committed.leaderEpoch
                answer.metadata = committed.metadata ?? ""
            }
            return answer
        }
        var wanted: [String: [Int32]] = [:]
        if let topics = request.topics {
            for topic in topics { wanted[topic.name, default: []] += topic.partitions }
        } else {
            for place in known.keys { wanted[place.topic, default: []].append(place.partition) }
        }
        response.topics = wanted.sorted { $0.key < $1.key }.map { name, partitions in
            var topic = OffsetFetchResponse.Topic()
            topic.name = name
            topic.partitions = partitions.map {
                answer(OffsetStore.Place(topic: name, partition: $0))
            }
            return topic
        }
        exchange.answer(OffsetFetchRequest.self, response)
    }

    // MARK: Looking

    private func describe(_ exchange: Exchange, _ request: DescribeGroupsRequest) {
        var response = DescribeGroupsResponse()
        response.groups = request.groups.map { id in
            var answer = DescribeGroupsResponse.Group()
            answer.groupID = id
            guard let group = entries[id]?.group else {
                answer.state = offsets.groups[id] == nil ? "Dead" : "Empty"
                return answer
            }
            answer.state = group.phase.rawValue
            answer.protocolType = group.protocolType ?? ""
            answer.protocolName = group.protocolName ?? ""
            answer.members = group.members.values.sorted { $0.age < $1.age }.map { member in
                var entry = DescribeGroupsResponse.Member()
                entry.memberID = member.id
                entry.instanceID = member.instanceID
                entry.clientID = member.clientID
                entry.clientHost = member.clientHost
                entry.metadata = member.metadata(for: group.protocolName)
                entry.assignment = member.assignment
                return entry
            }
            return answer
        }
        exchange.answer(DescribeGroupsRequest.self, response)
    }

    private func list(_ exchange: Exchange, _ request: ListGroupsRequest) {
        var response = ListGroupsResponse()
        let names = Set(entries.keys).union(offsets.groups.keys)
        response.groups = names.sorted().compactMap { id in
            var group = ListGroupsResponse.Group()
            group.groupID = id
            group.protocolType = entries[id]?.group.protocolType ?? ""
            group.state = entries[id]?.group.phase.rawValue ?? "Empty"
            return request.states.isEmpty || request.states.contains(group.state) ? group : nil
        }
        exchange.answer(ListGroupsRequest.self, response)
    }

    private func delete(_ exchange: Exchange, _ request: DeleteGroupsRequest) {
        let collector = DeletionCollector(count: request.groups.count) { results in
            var response = DeleteGroupsResponse()
            response.results = results
            exchange.answer(DeleteGroupsRequest.self, response)
        }
        for (index, id) in request.groups.enumerated() {
            var result = DeleteGroupsResponse.Result()
            result.groupID = id
            if entries[id] != nil {
                result.error = .nonEmptyGroup
            } else if offsets.groups[id] == nil {
                result.error = .groupIDNotFound
            } else {
                let name = id
                offsets.removeGroup(id) { isDurable in
                    var result = DeleteGroupsResponse.Result()
                    result.groupID = name
                    result.error = isDurable ? .none : .coordinatorNotAvailable
                    collector.set(result, at: index)
                }
                continue
            }
            collector.set(result, at: index)
        }
        collector.finishIfDone()
    }
}

/// Collects the outcomes of deletions that end at different times.
private final class DeletionCollector {
    private var results: [DeleteGroupsResponse.Result?]
    private var done: (([DeleteGroupsResponse.Result]) -> Void)?

    init(count: Int, done: @escaping ([DeleteGroupsResponse.Result]) -> Void) {
        results = Array(repeating: nil, count: count)
        self.done = done
    }

    func set(_ result: DeleteGroupsResponse.Result, at index: Int) {
        results[index] = result
        finishIfDone()
    }

    func finishIfDone() {
        let finished = results.compactMap { $0 }
        guard finished.count == results.count else { return }
        done?(finished)
        done = nil
    }
}

extension OffsetCommitResponse {
    /// Sets an error wherever there is none.
    fileprivate mutating func fail(_ error: ErrorCode) {
        for topic in topics.indices {
            for partition in topics[topic].partitions.indices
            where topics[topic].partitions[partition].error == .none {
                topics[topic].partitions[partition].error = error
            }
        }
    }
}

extension JoinGroupRequest {
    /// The request with copies of its bytes: slices would keep the whole request alive as long as the member.
    fileprivate var detached: JoinGroupRequest {
        var copy = self
        for index in copy.protocols.indices {
            copy.protocols[index].metadata = ByteBuffer(
                bytes: copy.protocols[index].metadata.readableBytesView
            )
        }
        return copy
    }
}

extension BrokerCore {
    /// This broker coordinates every group.
    func findCoordinator(_ exchange: Exchange, _ request: FindCoordinatorRequest) {
        var response = FindCoordinatorResponse()
        let (host, port) = address(for: exchange.connection)
        if request.keyType == 0 {
            response.nodeID = Self.nodeID
            response.host = host
            response.port = port
        } else {
            response.error = .coordinatorNotAvailable
            response.errorMessage = "transactions are not served"
            response.nodeID = -1
            response.port = -1
        }
        response.coordinators = request.coordinatorKeys.map { key in
            var coordinator = FindCoordinatorResponse.Coordinator()
            coordinator.groupID = key
            coordinator.error = response.error
            coordinator.nodeID = response.nodeID
            coordinator.host = response.host
            coordinator.port = response.port
            return coordinator
        }
        exchange.answer(FindCoordinatorRequest.self, response)
    }
}
