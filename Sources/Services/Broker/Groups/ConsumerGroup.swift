import KafkaWire
import NIOCore

/// One consumer group's members and generations: decides, and says whom to answer.
///
/// No clock, no I/O: the time comes in, the
/// answers go out through ``takeAnswers()``.
struct ConsumerGroup {
    /// Where in the cycle of generations.
    enum Phase: String {
        case empty = "Empty"
        case preparing = "PreparingRebalance"
        case completing = "CompletingRebalance"
        case stable = "Stable"
    }

    /// A member.
    struct Member {
        var id: String
        var instanceID: String?
        var clientID: String
        var clientHost: String
        var sessionTimeout: TimeAmount
        var rebalanceTimeout: TimeAmount
        var protocols: [JoinGroupRequest.GroupProtocol]
        var assignment = ByteBuffer()
        var expires: NIODeadline
        /// Which request waits for the next generation.
        var joinToken: Int?
        /// Which request waits for the assignment.
        var syncToken: Int?
        /// The older member leads.
        var age = 0

        var isWaiting: Bool { joinToken != nil || syncToken != nil }
        /// A member of an earlier broker, which has not joined again: what it supports is not known.
        var isReinstated: Bool { protocols.isEmpty }

        func metadata(for name: String?) -> ByteBuffer {
            protocols.first { $0.name == name }?.metadata ?? ByteBuffer()
        }
    }

    /// An answer to a request that waited or has just come.
    enum Answer {
        case join(token: Int, JoinGroupResponse)
        case sync(token: Int, SyncGroupResponse)
    }

    /// What is assumed of a reinstated member: clients say how long they may be silent only when they join.
    private static let sessionAssumed = TimeAmount.seconds(10)
    private static let rebalanceAssumed = TimeAmount.minutes(5)

    let id: String
    let initialDelay: TimeAmount
    let membersMax: Int
    private(set) var phase = Phase.empty
    private(set) var generation: Int32 = 0
    private(set) var protocolType: String?
    private(set) var protocolName: String?
    private(set) var leader: String?
    private(set) var members: [String: Member] = [:]
    /// Ids given to clients that are to come back with them.
    private(set) var expected: [String: NIODeadline] = [:]
    /// How many generations there were.
    private(set) var rebalanceCount = 0
    private var phaseEnds = NIODeadline.distantFuture
    private var opensAt = NIODeadline.uptimeNanoseconds(0)
    /// When reinstated members join again.
    private var rejoinsAt: NIODeadline?
    private var nextAge = 0
    private var answers: [Answer] = []

    init(id: String, initialDelay: TimeAmount, membersMax: Int) {
        self.id = id
        self.initialDelay = initialDelay
        self.membersMax = membersMax
    }

    /// Who is to be told what since the last call.
    mutating func takeAnswers() -> [Answer] {
        defer { answers = [] }
        return answers
    }

    // MARK: Joining

    /// Who joins, besides what the request says.
    struct Applicant {
        let version: Int16
        let clientID: String
        let clientHost: String
        /// An id for it, should it need one.
        let newID: String
        let token: Int
    }

    /// A member joins, or joins again.
    mutating func join(_ request: JoinGroupRequest, _ applicant: Applicant, now: NIODeadline) {
        if let error = refusal(of: request) {
            refuse(applicant.token, error, request.memberID)
            return
        }
        if members.values.allSatisfy(\.isReinstated) { protocolType = request.protocolType }
        if request.memberID.isEmpty {
            joinAnew(request, applicant, now: now)
        } else if expected.removeValue(forKey: request.memberID) != nil {
            add(request, applicant, id: request.memberID, now: now)
        } else if let member = members[request.memberID] {
            guard member.instanceID == request.instanceID else {
                refuse(applicant.token, .fencedInstanceID, request.memberID)
                return
            }
            joinAgain(member, request, applicant, now: now)
        } else {
            let isReplaced = request.instanceID.map { name in
                members.values.contains { $0.instanceID == name }
            }
            refuse(
                applicant.token,
                isReplaced == true ? .fencedInstanceID : .unknownMemberID,
                request.memberID
            )
        }
    }

    private func refusal(of request: JoinGroupRequest) -> ErrorCode? {
        guard (1...1_800_000).contains(request.sessionTimeoutMilliseconds) else {
            return .invalidSessionTimeout
        }
        guard !request.protocolType.isEmpty, !request.protocols.isEmpty else {
            return .inconsistentGroupProtocol
        }
        let others = members.values.filter { $0.id != request.memberID }
        guard !others.isEmpty else { return nil }
        let known = others.filter { !$0.isReinstated }
        guard known.isEmpty || protocolType == request.protocolType,
            request.protocols.contains(where: { candidate in
                known.allSatisfy { $0.protocols.contains { $0.name == candidate.name } }
            })
        else { return .inconsistentGroupProtocol }
        let isNew = members[request.memberID] == nil
        return isNew && members.count + expected.count >= membersMax ? .groupMaxSizeReached : nil
    }

    private mutating func refuse(_ token: Int, _ error: ErrorCode, _ memberID: String) {
        var response = JoinGroupResponse()
        response.error = error
        response.memberID = memberID
        answers.append(.join(token: token, response))
    }

    private mutating func joinAnew(
        _ request: JoinGroupRequest,
        _ applicant: Applicant,
        now: NIODeadline
    ) {
        if let name = request.instanceID {
            if let old = members.values.first(where: { $0.instanceID == name }) {
                fence(old)
            }
        } else if applicant.version >= 4 {
            // The client must come back with its id: a lost answer would otherwise leave a member that nobody is.
            expected[applicant.newID] =
                now + .milliseconds(Int64(request.sessionTimeoutMilliseconds))
            refuse(applicant.token, .memberIDRequired, applicant.newID)
            return
        }
        add(request, applicant, id: applicant.newID, now: now)
    }

    /// A static member's newer self takes its place.
    private mutating func fence(_ old: Member) {
        members[old.id] = nil
        if leader == old.id { leader = nil }
        if let token = old.joinToken { refuse(token, .fencedInstanceID, old.id) }
        if let token = old.syncToken { answerSync(token, .fencedInstanceID) }
    }

    private mutating func add(
        _ request: JoinGroupRequest,
        _ applicant: Applicant,
        id: String,
        now: NIODeadline
    ) {
        let (session, rebalance) = Self.timeouts(request)
        nextAge += 1
        members[id] = Member(
            id: id,
            instanceID: request.instanceID,
            clientID: applicant.clientID,
            clientHost: applicant.clientHost,
            sessionTimeout: session,
            rebalanceTimeout: rebalance,
            protocols: request.protocols,
            expires: now + session,
            joinToken: applicant.token,
            age: nextAge
        )
        prepare(now: now)
    }

    /// How long a member may be silent, and how long a rebalance may wait for it.
    private static func timeouts(_ request: JoinGroupRequest) -> (TimeAmount, TimeAmount) {
        let session = TimeAmount.milliseconds(Int64(request.sessionTimeoutMilliseconds))
        guard request.rebalanceTimeoutMilliseconds > 0 else { return (session, session) }
        return (session, .milliseconds(Int64(request.rebalanceTimeoutMilliseconds)))
    }

    private mutating func joinAgain(
        _ member: Member,
        _ request: JoinGroupRequest,
        _ applicant: Applicant,
        now: NIODeadline
    ) {
        var member = member
        let isChanged = member.protocols != request.protocols
        member.protocols = request.protocols
        // Not known yet of one that was taken back.
        (member.sessionTimeout, member.rebalanceTimeout) = Self.timeouts(request)
        member.clientID = applicant.clientID
        member.clientHost = applicant.clientHost
        member.expires = now + member.sessionTimeout
        if let token = member.joinToken { refuse(token, .rebalanceInProgress, member.id) }
        if phase == .preparing || isChanged || (phase == .stable && member.id == leader)
            || phase == .empty
        {
            member.joinToken = applicant.token
            members[member.id] = member
            prepare(now: now)
        } else {
            // It has not heard the answer, or joins without a reason: the generation goes on.
            members[member.id] = member
            answers.append(.join(token: applicant.token, joinResponse(for: member)))
        }
    }

    /// Begins a rebalance, unless one is being prepared.
    private mutating func prepare(now: NIODeadline) {
        if phase != .preparing {
            if phase == .empty { opensAt = now + initialDelay }
            for (id, member) in members {
                guard let token = member.syncToken else { continue }
                members[id]?.syncToken = nil
                members[id]?.expires = now + member.sessionTimeout
                answerSync(token, .rebalanceInProgress)
            }
            phase = .preparing
            let longest = members.values.map(\.rebalanceTimeout).max() ?? .seconds(0)
            phaseEnds = now + longest
        }
        completeIfPossible(now: now)
    }

    private mutating func completeIfPossible(now: NIODeadline) {
        guard phase == .preparing, now >= opensAt || members.isEmpty, expected.isEmpty,
            members.values.allSatisfy({ $0.joinToken != nil })
        else { return }
        complete(now: now)
    }

    /// Begins the next generation with those who have joined.
    private mutating func complete(now: NIODeadline) {
        members = members.filter { $0.value.joinToken != nil }
        generation = generation == .max ? 1 : generation + 1
        rebalanceCount += 1
        opensAt = .uptimeNanoseconds(0)
        rejoinsAt = nil
        guard !members.isEmpty else {
            phase = .empty
            phaseEnds = .distantFuture
            protocolName = nil
            leader = nil
            return
        }
        protocolName = chooseProtocol()
        if leader.flatMap({ members[$0] }) == nil {
            leader = members.values.min { $0.age < $1.age }?.id
        }
        phase = .completing
        let longest = members.values.map(\.rebalanceTimeout).max() ?? .seconds(0)
        phaseEnds = now + longest
        for member in members.values {
            guard let token = member.joinToken else { continue }
            members[member.id]?.joinToken = nil
            members[member.id]?.assignment = ByteBuffer()
            members[member.id]?.expires = now + member.sessionTimeout
            answers.append(.join(token: token, joinResponse(for: member)))
        }
    }

    /// What all support, by most votes for each member's favourite.
    private func chooseProtocol() -> String? {
        let all = members.values.sorted { $0.age < $1.age }
        guard let first = all.first else { return nil }
        let candidates = first.protocols.map(\.name).filter { name in
            all.allSatisfy { $0.protocols.contains { $0.name == name } }
        }
        var votes: [String: Int] = [:]
        for member in all {
            if let favourite = member.protocols.first(where: { candidates.contains($0.name) }) {
                votes[favourite.name, default: 0] += 1
            }
        }
        return candidates.max { votes[$0, default: 0] < votes[$1, default: 0] }
    }

    private func joinResponse(for member: Member) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.generation = generation
        response.protocolType = protocolType
        response.protocolName = JoinGroupProtocolName(protocolName)
        response.leader = leader ?? ""
        response.memberID = member.id
        guard member.id == leader else { return response }
        response.members = members.values.sorted { $0.age < $1.age }.map { other in
            var entry = JoinGroupResponse.Member()
            entry.memberID = other.id
            entry.instanceID = other.instanceID
            entry.metadata = other.metadata(for: protocolName)
            return entry
        }
        return response
    }

    // MARK: Assignments

    /// A member gives or asks for the assignment.
    mutating func sync(_ request: SyncGroupRequest, token: Int, now: NIODeadline) {
        if let error = check(request.memberID, request.generation, request.instanceID) {
            answerSync(token, error)
            return
        }
        guard let member = members[request.memberID] else { return }
        members[request.memberID]?.expires = now + member.sessionTimeout
        switch phase {
        case .empty: answerSync(token, .unknownMemberID)
        case .preparing: answerSync(token, .rebalanceInProgress)
        // What it was assigned, if it was, the earlier broker knew.
        case .stable where member.isReinstated: answerSync(token, .rebalanceInProgress)
        case .stable: answerSync(token, .none, member)
        case .completing:
            if let old = members[request.memberID]?.syncToken {
                answerSync(old, .rebalanceInProgress)
            }
            members[request.memberID]?.syncToken = token
            guard request.memberID == leader else { return }
            for entry in request.assignments {
                // A copy: the slice would keep the whole request alive.
                members[entry.memberID]?.assignment = ByteBuffer(
                    bytes: entry.assignment.readableBytesView
                )
            }
            phase = .stable
            phaseEnds = .distantFuture
            for (id, member) in members {
                guard let token = member.syncToken else { continue }
                members[id]?.syncToken = nil
                members[id]?.expires = now + member.sessionTimeout
                answerSync(token, .none, member)
            }
        }
    }

    private mutating func answerSync(_ token: Int, _ error: ErrorCode, _ member: Member? = nil) {
        var response = SyncGroupResponse()
        response.error = error
        if let member {
            response.protocolType = protocolType
            response.protocolName = protocolName
            response.assignment = member.assignment
        }
        answers.append(.sync(token: token, response))
    }

    /// Whether somebody may speak for a member of this generation.
    private func check(
        _ memberID: String,
        _ generation: Int32,
        _ instanceID: String?
    ) -> ErrorCode? {
        guard let member = members[memberID] else {
            let isReplaced = instanceID.map { name in
                members.values.contains { $0.instanceID == name }
            }
            return isReplaced == true ? .fencedInstanceID : .unknownMemberID
        }
        if let instanceID, member.instanceID != instanceID { return .fencedInstanceID }
        return generation == self.generation ? nil : .illegalGeneration
    }

    // MARK: Members of an earlier broker

    /// Takes a member back that an earlier broker had: it keeps what it was assigned, and nobody is given it meanwhile.
    ///
    /// Who else was a member is not known. All join again at `end`, when those who live have been heard of, or before that, when
    /// somebody comes or goes.
    mutating func reinstate(
        _ memberID: String,
        of generation: Int32,
        instanceID: String?,
        until end: NIODeadline,
        now: NIODeadline
    ) {
        guard members[memberID] == nil, members.count < membersMax, rebalanceCount == 0,
            generation >= self.generation
        else { return }
        if generation > self.generation {
            // The others have lost their partitions, and did not know it yet.
            members = members.filter { !$0.value.isReinstated }
            self.generation = generation
        }
        nextAge += 1
        members[memberID] = Member(
            id: memberID,
            instanceID: instanceID,
            clientID: "",
            clientHost: "",
            sessionTimeout: Self.sessionAssumed,
            rebalanceTimeout: Self.rebalanceAssumed,
            protocols: [],
            expires: now + Self.sessionAssumed,
            age: nextAge
        )
        guard phase == .empty else { return }
        phase = .stable
        rejoinsAt = end
    }

    // MARK: Signs of life

    /// A member's sign of life; the answer may be that it must join again.
    mutating func heartbeat(_ request: HeartbeatRequest, now: NIODeadline) -> ErrorCode {
        if let error = check(request.memberID, request.generation, request.instanceID) {
            return error
        }
        guard let member = members[request.memberID] else { return .unknownMemberID }
        members[request.memberID]?.expires = now + member.sessionTimeout
        return phase == .preparing ? .rebalanceInProgress : .none
    }

    /// Whether a commit of this member and generation is to be taken.
    mutating func checkCommit(_ request: OffsetCommitRequest, now: NIODeadline) -> ErrorCode {
        if request.generation < 0, request.memberID.isEmpty {
            return members.isEmpty ? .none : .unknownMemberID
        }
        if let error = check(request.memberID, request.generation, request.instanceID) {
            return error
        }
        if let member = members[request.memberID] {
            members[request.memberID]?.expires = now + member.sessionTimeout
        }
        return phase == .completing ? .rebalanceInProgress : .none
    }

    /// A member leaves; an operator may name a static member by its instance.
    mutating func leave(
        memberID: String,
        instanceID: String?,
        now: NIODeadline
    ) -> ErrorCode {
        if expected.removeValue(forKey: memberID) != nil {
            completeIfPossible(now: now)
            return .none
        }
        var member = members[memberID]
        if let instanceID {
            let known = members.values.first { $0.instanceID == instanceID }
            if let known, !memberID.isEmpty, known.id != memberID { return .fencedInstanceID }
            member = known
        }
        guard let member else { return .unknownMemberID }
        remove(member, now: now)
        return .none
    }

    private mutating func remove(_ member: Member, now: NIODeadline) {
        members[member.id] = nil
        if leader == member.id { leader = nil }
        if let token = member.joinToken { refuse(token, .unknownMemberID, member.id) }
        if let token = member.syncToken { answerSync(token, .unknownMemberID) }
        prepare(now: now)
    }

    // MARK: Time

    /// When ``tick(now:)`` has something to do; `nil`: never.
    var deadline: NIODeadline? {
        var earliest = expected.values.min() ?? .distantFuture
        for member in members.values where !member.isWaiting {
            earliest = min(earliest, member.expires)
        }
        if phase == .preparing, opensAt > .uptimeNanoseconds(0) {
            earliest = min(earliest, opensAt)
        }
        if phase == .preparing || phase == .completing { earliest = min(earliest, phaseEnds) }
        if phase == .stable, let rejoinsAt { earliest = min(earliest, rejoinsAt) }
        return earliest == .distantFuture ? nil : earliest
    }

    /// Removes who has not been heard of, and ends what has taken too long.
    mutating func tick(now: NIODeadline) {
        expected = expected.filter { $0.value > now }
        if phase == .preparing, now >= opensAt { opensAt = .uptimeNanoseconds(0) }
        for member in members.values where !member.isWaiting && member.expires <= now {
            remove(member, now: now)
        }
        if phase == .stable, let rejoinsAt, rejoinsAt <= now { prepare(now: now) }
        if phase == .completing, phaseEnds <= now {
            // Somebody, perhaps the leader, never asked for its assignment.
            let silent = members.values.filter { $0.syncToken == nil }
            for member in silent { remove(member, now: now) }
        }
        if phase == .preparing, phaseEnds <= now {
            expected = [:]
            complete(now: now)
        } else {
            completeIfPossible(now: now)
        }
    }
}
