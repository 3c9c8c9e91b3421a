import Events
import MartletClient
import ServiceKit
import TestKit

/// Accounts that write to one another: most with a connected device, some with two, some away.
struct Crowd: Sendable {
    static let accounts = 20
    static let away = 3
    static let withTwoDevices = 4
    static let lanes = 2

    let harness: PipelineHarness
    let ledger: SharedLedger
    let devices: [LedgerDevice]
    let awayDevices: [LedgerDevice]
    let members: [AccountID]
    private let ids = UUIDv7Generator(clock: SystemClock())

    /// Registers everybody and connects those who are not away.
    init(_ harness: PipelineHarness, ledger: SharedLedger) async throws {
        self.harness = harness
        self.ledger = ledger
        var devices: [LedgerDevice] = []
        var away: [LedgerDevice] = []
        var members: [AccountID] = []
        for number in 0..<Self.accounts {
            let isAway = number >= Self.accounts - Self.away
            let phone = "+1555123\(1000 + number)"
            for place in 0..<(number < Self.withTwoDevices ? 2 : 1) {
                let credentials = try await harness.register(phone: phone)
                if place == 0 { members.append(credentials.accountID) }
                var behaviour = LedgerDevice.Behaviour()
                behaviour.reads = number % 2 == 0
                let device = LedgerDevice(
                    Ledger.DeviceKey(credentials.accountID, place),
                    credentials: credentials,
                    http: harness.http,
                    ledger: ledger,
                    behaviour: behaviour
                )
                if isAway { away.append(device) } else { devices.append(device) }
            }
        }
        self.devices = devices
        self.awayDevices = away
        self.members = members
        // Those who will be away come once, so that they have a position to come back to.
        for device in devices + away { device.start() }
        for device in devices + away { try await device.waitUntilWelcome() }
        for device in away { await device.stop() }
    }

    /// Sends so many messages, from everybody who is not away to anybody, in all forms, until each is settled.
    func send(_ count: Int, random: SeededRandom) async throws {
        let senders = devices.filter { $0.key.number == 0 }
        let numbers = Numbers(upTo: count)
        var random = random
        try await withThrowingTaskGroup(of: Void.self) { group in
            for device in senders {
                for _ in 0..<Self.lanes {
                    let lane = random.split()
                    group.addTask {
                        try await sendLane(device, random: lane, numbers)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func sendLane(
        _ device: LedgerDevice,
        random: SeededRandom,
        _ numbers: Numbers
    ) async throws {
        var random = random
        let sender = LedgerSender(device, ledger: ledger)
        let others = members.filter { $0 != device.key.account }
        while let number = numbers.next(), let recipient = others.randomElement(using: &random) {
            if Int.random(in: 0..<200, using: &random) == 0 { device.breakConnection() }
            try await sender.send(
                ids.next(),
                to: recipient,
                text: "\(harness.needle) \(number)",
                form: LedgerSender.Form.allCases.randomElement(using: &random) ?? .header
            )
        }
    }

    /// Brings those who were away back, lets everything come to rest, and judges.
    func settle(longestStandstill: Duration = .seconds(60)) async throws -> Ledger.Findings {
        try await harness.startMissing()
        let away = Set(awayDevices.map(\.key.account))
        try await untilResting(longestStandstill) { findings in
            findings.count(.notNotified) == 0
        } judge: {
            try await judge(away: away)
        }
        for device in awayDevices { device.start() }
        let findings = try await untilResting(longestStandstill, isDone: \.isClean) {
            try await judge(away: away)
        }
        for device in devices + awayDevices { await device.stop() }
        return findings
    }

    /// Judges again and again until all is well, or nothing has changed for long.
    @discardableResult
    private func untilResting(
        _ longestStandstill: Duration,
        isDone: (Ledger.Findings) -> Bool,
        judge: () async throws -> Ledger.Findings
    ) async throws -> Ledger.Findings {
        var findings = try await judge()
        var changed = ContinuousClock.now
        while !isDone(findings), ContinuousClock.now < changed + longestStandstill {
            try await Task.sleep(for: .milliseconds(500))
            let new = try await judge()
            if new.wrong != findings.wrong { changed = .now }
            findings = new
        }
        return findings
    }

    private func judge(away: Set<AccountID>) async throws -> Ledger.Findings {
        var book = ledger.copy
        for line in harness.notifications() {
            guard let account = AccountID(line.account), let message = SubmissionID(line.messageID)
            else { continue }
            book.notified(account, of: message, collapse: line.collapseID)
        }
        var expectations = Ledger.Expectations()
        expectations.away = away
        let withoutStore = book.findings(expectations)
        // The store is asked only when the rest is well: a hundred thousand rows take a while to page through.
        guard withoutStore.isClean else { return withoutStore }
        expectations.store = try await store(book)
        return book.findings(expectations)
    }

    private func store(_ book: Ledger) async throws -> [ConversationID: [MessageEvent]] {
        var rows: [ConversationID: [MessageEvent]] = [:]
        let owners = Dictionary(
            (devices + awayDevices).map { ($0.key.account, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for (conversation, member) in book.conversations {
            guard let device = owners[member] else { continue }
            await device.refreshTokens()
            rows[conversation] = try await harness.history(
                of: conversation,
                for: await device.currentCredentials
            )
        }
        return rows
    }
}
