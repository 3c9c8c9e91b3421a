import Events
import MartletClient
import ServiceKit
import Synchronization
import TestKit

/// Accounts with one or two devices each, all connected, that come and go in groups and write there.
struct GroupCrowd: Sendable {
    private static let lanes = 3
    /// Between two requests of a lane, at most: the load is to last, not to be a peak.
    private static let pauseMilliseconds = 80

    private struct Group: Sendable {
        let id: ConversationID
        let script: GroupScript
    }

    private let harness: PipelineHarness
    private let ledger: SharedGroupLedger
    private let devices: [AccountID: [LedgerDevice]]
    private let groups: [Group]
    private let ids: UUIDv7Generator

    /// Registers everybody, connects all devices, makes the groups and a link to join each by.
    init(
        _ harness: PipelineHarness,
        ledger: SharedGroupLedger,
        dose: Dose,
        random: SeededRandom
    ) async throws {
        var random = random
        let ids = UUIDv7Generator(clock: SystemClock())
        var accounts: [AccountID] = []
        var devices: [AccountID: [LedgerDevice]] = [:]
        // A few more than the largest group has, so that there is always somebody to come.
        for number in 0..<(dose.members + 6) {
            let phone = "+1555124\(1000 + number)"
            for place in 0..<(number % 3 == 0 ? 2 : 1) {
                let credentials = try await harness.register(phone: phone)
                if place == 0 { accounts.append(credentials.accountID) }
                var behaviour = LedgerDevice.Behaviour()
                behaviour.reads = number % 2 == 0
                behaviour.silenceMax = .seconds(Int.random(in: 26...90, using: &random))
                let device = LedgerDevice(
                    Ledger.DeviceKey(credentials.accountID, place),
                    credentials: credentials,
                    http: harness.http,
                    ledger: ledger,
                    behaviour: behaviour
                )
                devices[credentials.accountID, default: []].append(device)
            }
        }
        for device in devices.values.joined() { device.start() }
        for device in devices.values.joined() { try await device.waitUntilWelcome() }
        self.harness = harness
        self.ledger = ledger
        self.devices = devices
        self.ids = ids
        var groups: [Group] = []
        for number in 0..<dose.groups {
            let size = 3 + (dose.members - 3) * number / max(dose.groups - 1, 1)
            let id: SubmissionID = ids.next()
            let script = GroupScript(
                accounts.shuffled(using: &random),
                size: size,
                needle: harness.needle,
                random: random.split()
            )
            groups.append(Group(id: ConversationID(high: id.high, low: id.low), script: script))
        }
        self.groups = groups
        for group in groups { try await found(group) }
    }

    private func found(_ group: Group) async throws {
        let sender = sender(group.script.owner)
        try await sender.perform(
            .create(group.script.first),
            SubmissionID(high: group.id.high, low: group.id.low),
            in: group.id,
            form: .header
        )
        try await sender.perform(.createInvite, ids.next(), in: group.id, form: .header)
    }

    private func sender(_ account: AccountID, device: Int = 0) -> GroupSender {
        let own = devices[account] ?? []
        return GroupSender(own[device % own.count], ledger: ledger)
    }

    // MARK: At work

    /// Asks for so much, and for more as long as `isUnfinished`, until each request is settled.
    func work(
        _ count: Int,
        random: SeededRandom,
        isUnfinished: @escaping @Sendable () -> Bool
    ) async throws {
        let numbers = Numbers(upTo: count)
        var random = random
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for group in groups {
                for _ in 0..<Self.lanes {
                    let lane = random.split()
                    tasks.addTask {
                        try await work(in: group, random: lane) {
                            numbers.next() != nil || isUnfinished()
                        }
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    private func work(
        in group: Group,
        random: SeededRandom,
        goesOn: () -> Bool
    ) async throws {
        var random = random
        while goesOn() {
            let (roles, tokens) = ledger.write { ($0.roles(in: group.id), $0.tokens(of: group.id)) }
            var step = group.script.next(roles)
            if case .join = step.request {
                step.request = .join(token: tokens.randomElement(using: &random) ?? "")
            }
            if Int.random(in: 0..<200, using: &random) == 0 {
                devices[step.actor]?.randomElement(using: &random)?.breakConnection()
            }
            try await sender(step.actor, device: Int.random(in: 0..<2, using: &random)).perform(
                step.request,
                ids.next(),
                in: group.id,
                form: LedgerSender.Form.allCases.randomElement(using: &random) ?? .header
            )
            let pause = Int.random(in: 0..<Self.pauseMilliseconds, using: &random)
            try await Task.sleep(for: .milliseconds(pause))
        }
    }

    // MARK: At rest

    /// Lets everything come to rest, and judges.
    func settle(longestStandstill: Duration = .seconds(60)) async throws -> GroupLedger.Findings {
        try await harness.startMissing()
        var findings = try await judge()
        var changed = ContinuousClock.now
        while !findings.isClean, ContinuousClock.now < changed + longestStandstill {
            try await Task.sleep(for: .milliseconds(500))
            let new = try await judge()
            if new.received != findings.received || new.wrong != findings.wrong { changed = .now }
            findings = new
        }
        for device in devices.values.joined() { await device.stop() }
        return findings
    }

    private func judge() async throws -> GroupLedger.Findings {
        let book = ledger.copy
        let findings = book.findings()
        // The topic is read only when the rest is well.
        guard findings.isClean else { return findings }
        return book.findings(memberships: try await MembershipTopic.read(brokers: harness.brokers))
    }
}
