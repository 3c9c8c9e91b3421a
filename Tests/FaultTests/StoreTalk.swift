import Events
import MartletClient
import ServiceKit
import Synchronization
import TestKit

/// Accounts that talk in groups and with one another, change what they have said, and react, each one thing after the other.
final class StoreTalk: Sendable {
    private static let accounts = 10
    private static let groups = 2
    private static let ownMax = 20
    private static let emoji = ["👍", "❤️", "🎉", ""]
    /// Between two requests of an account, at most: the load is to last, not to be a peak.
    private static let pauseMilliseconds = 60

    private let harness: PipelineHarness
    private let ledger: SharedTalkLedger
    private let devices: [LedgerDevice]
    private let groups: [ConversationID]
    private let ids = UUIDv7Generator(clock: SystemClock())
    private let isOver = Mutex(false)

    /// Registers everybody, connects all devices and makes the groups.
    init(_ harness: PipelineHarness, ledger: SharedTalkLedger) async throws {
        self.harness = harness
        self.ledger = ledger
        var devices: [LedgerDevice] = []
        for number in 0..<Self.accounts {
            let credentials = try await harness.register(phone: "+1555125\(1000 + number)")
            var behaviour = LedgerDevice.Behaviour()
            behaviour.reads = number % 2 == 0
            devices.append(
                LedgerDevice(
                    Ledger.DeviceKey(credentials.accountID),
                    credentials: credentials,
                    http: harness.http,
                    ledger: ledger,
                    behaviour: behaviour
                )
            )
        }
        for device in devices { device.start() }
        for device in devices { try await device.waitUntilWelcome() }
        self.devices = devices
        var groups: [ConversationID] = []
        for number in 0..<Self.groups {
            let members =
                devices.map(\.key.account).filter { _ in number == 0 }
                + (number == 0 ? [] : devices.suffix(4).map(\.key.account))
            groups.append(try await Self.found(members, devices, ids, ledger))
        }
        self.groups = groups
    }

    private static func found(
        _ members: [AccountID],
        _ devices: [LedgerDevice],
        _ ids: UUIDv7Generator,
        _ ledger: SharedTalkLedger
    ) async throws -> ConversationID {
        let id: SubmissionID = ids.next()
        let group = ConversationID(high: id.high, low: id.low)
        guard let founder = devices.first(where: { $0.key.account == members[0] }) else {
            throw HarnessError("a group without a founder")
        }
        ledger.write { $0.opens(group, among: Set(members)) }
        try await TalkSender(founder, ledger: ledger).perform(
            .create(Array(members.dropFirst())),
            id,
            in: group
        )
        return group
    }

    // MARK: Talking

    /// Asks for so much, and for more until `end()`, until each request is settled.
    func talk(_ count: Int, random: SeededRandom) async throws {
        let numbers = Numbers(upTo: count)
        var random = random
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for device in devices {
                let own = random.split()
                tasks.addTask { try await self.talk(device, numbers, random: own) }
            }
            try await tasks.waitForAll()
        }
    }

    /// Enough.
    func end() {
        isOver.withLock { $0 = true }
    }

    private func talk(
        _ device: LedgerDevice,
        _ numbers: Numbers,
        random: SeededRandom
    ) async throws {
        var random = random
        var own: [(id: SubmissionID, conversation: ConversationID)] = []
        let sender = TalkSender(device, ledger: ledger)
        while numbers.next() != nil || !isOver.withLock({ $0 }) {
            let id: SubmissionID = ids.next()
            let (request, conversation) = next(device.key.account, &own, &random)
            let outcome = try await sender.perform(
                request,
                id,
                in: conversation,
                form: LedgerSender.Form.allCases.randomElement(using: &random) ?? .header
            )
            if case .post = request, case .acknowledged = outcome {
                own = own.suffix(Self.ownMax - 1) + [(id, conversation)]
            }
            let pause = Int.random(in: 0..<Self.pauseMilliseconds, using: &random)
            try await Task.sleep(for: .milliseconds(pause))
        }
    }

    private func next(
        _ account: AccountID,
        _ own: inout [(id: SubmissionID, conversation: ConversationID)],
        _ random: inout SeededRandom
    ) -> (TalkLedger.Request, ConversationID) {
        let text = "\(harness.needle) \(random.next())"
        let chance = Int.random(in: 0..<100, using: &random)
        if chance < 20, let message = own.randomElement(using: &random) {
            return (.edit(message.id, text), message.conversation)
        }
        if chance < 25, let place = own.indices.randomElement(using: &random) {
            let message = own.remove(at: place)
            return (.delete(message.id), message.conversation)
        }
        let mine = ledger.write { book in
            book.members.filter { $0.value.contains(account) }.keys.sorted()
        }
        if chance < 50, let conversation = mine.randomElement(using: &random),
            let message = ledger.write({ $0.recentMessages(in: conversation) })
                .randomElement(using: &random)
        {
            let emoji = Self.emoji.randomElement(using: &random) ?? ""
            return (.react(message, emoji), conversation)
        }
        let inGroups = mine.filter(groups.contains)
        if Bool.random(using: &random), let group = inGroups.randomElement(using: &random) {
            return (.post(text, to: .conversation(group)), group)
        }
        let others = devices.map(\.key.account).filter { $0 != account }
        let other = others.randomElement(using: &random) ?? account
        let conversation = ConversationID(directBetween: account, and: other)
        ledger.write { $0.opens(conversation, among: [account, other]) }
        return (.post(text, to: .account(other)), conversation)
    }

    // MARK: At rest

    /// Lets everything come to rest, judges, and goes.
    func settle(longestStandstill: Duration = .seconds(60)) async throws -> TalkLedger.Findings {
        try await harness.startMissing()
        var findings = try await judge()
        var changed = ContinuousClock.now
        while !findings.isClean, ContinuousClock.now < changed + longestStandstill {
            try await Task.sleep(for: .milliseconds(500))
            let new = try await judge()
            if new.wrong != findings.wrong { changed = .now }
            findings = new
        }
        for device in devices { await device.stop() }
        return findings
    }

    private func judge() async throws -> TalkLedger.Findings {
        let book = ledger.copy
        let findings = book.findings()
        // History is asked only when the rest is well.
        guard findings.isClean else { return findings }
        var told: [ConversationID: ToldConversation] = [:]
        for (conversation, members) in book.members {
            guard let device = devices.first(where: { members.contains($0.key.account) }) else {
                continue
            }
            told[conversation] = try await history(of: conversation, device)
        }
        return book.findings(told: told)
    }

    /// Nothing as long as history knows nothing of it.
    private func history(
        of conversation: ConversationID,
        _ device: LedgerDevice
    ) async throws -> ToldConversation {
        await device.refreshTokens()
        do {
            return try await harness.told(of: conversation, for: await device.currentCredentials)
        } catch let error as ClientError where error.status == 404 || error.status == 503 {
            return ToldConversation()
        }
    }
}
