import Blobs
import Crypto
import EventLog
import Events
import Logging
import MartletClient
import ServiceKit
import Stores
import TestKit
import Testing

/// Days that are over go into archives while the process that does it is killed, and S3 goes away.
///
/// `make faults` is the full dose. A failure prints the line of environment variables that runs it again.
@Suite(.serialized) struct StoreArchiveFaultTests {
    private static let people = 9
    private static let shards = 16
    /// The age of days that are archived.
    private static let afterDays = 3
    /// Events of a conversation that stay in the hot store whatever their age.
    private static let newestKept = 31

    @Test func everyEventCanBeReadOnceWhereverArchivingWasKilled() async throws {
        let dose = StoreDose()
        print("faults: archives: \(dose)")
        let counts = try await withThrowingTaskGroup(
            of: (StoreBlobs, [StoreArchiveKiller.Moment: Int]).self
        ) { tasks in
            for (blobs, engine) in zip(StoreBlobs.allCases, StoreEngine.allCases) {
                tasks.addTask { (blobs, try await Self.archive(into: blobs, of: engine, dose)) }
            }
            return try await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (blobs, moments) in counts {
            let words = moments.map { "\($0.value) \($0.key.rawValue)" }.sorted()
            print("faults: archives in \(blobs): killed \(words.joined(separator: ", "))")
            #expect(moments.values.reduce(0, +) >= dose.archiveKills)
        }
    }

    private static func archive(
        into blobs: StoreBlobs,
        of engine: StoreEngine,
        _ dose: StoreDose
    ) async throws -> [StoreArchiveKiller.Moment: Int] {
        let place = try await blobs.place()
        var settings = try await engine.settings().merging(place.settings) { $1 }
        settings["MARTLET_ARCHIVE_AFTER_DAYS"] = "\(afterDays)"
        settings["MARTLET_ARCHIVE_SHARDS"] = "\(shards)"
        settings["MARTLET_ARCHIVE_INTERVAL"] = "1"
        var options = StoreInstallation.options(settings)
        options.services = [.broker, .gateway, .persistence, .history]
        let installed = settings
        let moments = try await PipelineHarness.run(options) { harness in
            let installation = StoreInstallation(harness: harness, settings: installed)
            var random = SeededRandom(seed: dose.seed)
            let (people, talk, old) = try await fill(harness, dose, &random)
            var killer = try StoreArchiveKiller(
                installation,
                line: place.line,
                events: Int64(old),
                random: random.split()
            )
            let moments = try await killer.run(dose.archiveKills)
            try await harness.waitUntilReady("persistence")
            try await killer.waitUntilDone()
            do {
                try await read(talk, harness, people)
                try await compareCatalogue(of: installation, events: Int64(old))
                try await waitUntilDropped(talk, old, installation)
                _ = try await installation.verifyWhole()
            } catch {
                throw HarnessError("\(blobs), \(engine): \(dose)\n\(error)")
            }
            return moments
        }
        await place.line?.close()
        return moments
    }

    /// Has a few people talk for many days; how many of the events are old enough to be archived.
    private static func fill(
        _ harness: PipelineHarness,
        _ dose: StoreDose,
        _ random: inout SeededRandom
    ) async throws -> (people: [Credentials], talk: StoreOldTalk, old: Int) {
        var people: [Credentials] = []
        for number in 0..<Self.people {
            people.append(try await harness.register(phone: "+1555126\(1000 + number)"))
        }
        var logger = Logger(label: "old-talk")
        logger.logLevel = .error
        let log = EventLogConfiguration(brokers: harness.brokers, clientID: "old-talk")
        let producer = try EventProducer(log, logger: logger)
        defer { producer.close() }
        var talk = StoreOldTalk(
            among: people,
            partitions: try producer.partitionCount(of: .timeline),
            needle: harness.needle,
            random: random.split()
        )
        // An archive for each shard of each day: more than are made between the kills.
        let days = 6 + dose.archiveKills / 2
        let today = SystemClock().now().milliseconds / 86_400_000
        var old = 0
        for age in (1...days).reversed() {
            let start = Timestamp(milliseconds: (today - Int64(age)) * 86_400_000)
            let records = talk.day(from: start)
            if age >= afterDays { old += records.count }
            try await LogReader.onThread("old-talk") { try producer.appendAndWait(records) }
        }
        return (people, talk, old)
    }

    // MARK: At the end

    /// Reads every conversation whole, from its beginning and scrolling up, and holds it against what was written.
    private static func read(
        _ talk: StoreOldTalk,
        _ harness: PipelineHarness,
        _ people: [Credentials]
    ) async throws {
        for scrollsUp in [false, true] {
            var told: [ConversationID: ToldConversation] = [:]
            for (conversation, members) in talk.ledger.members {
                guard let reader = people.first(where: { members.contains($0.accountID) }) else {
                    continue
                }
                told[conversation] = try await harness.told(
                    of: conversation,
                    for: reader,
                    scrollsUp: scrollsUp,
                    pageEvents: scrollsUp ? 30 : 100
                )
            }
            let findings = talk.ledger.findings(told: told)
            guard findings.isClean else { throw HarnessError("\(findings)") }
            for (conversation, last) in talk.lastSeqs {
                guard told[conversation]?.seqs == Array(1...last) else {
                    throw HarnessError("not every event of \(conversation) came once")
                }
            }
        }
    }

    /// Holds the catalogue against what is old and against the blob store, both ways.
    private static func compareCatalogue(
        of installation: StoreInstallation,
        events: Int64
    ) async throws {
        let blobs = try installation.blobs()
        let catalogue = try installation.location.openReader().catalogue()
        let archived = catalogue.reduce(0) { $0 + $1.events }
        guard archived == events else {
            throw HarnessError("archives have \(archived) events, and \(events) are old")
        }
        let there = try await blobs.archives()
        let known = Set(catalogue.map(\.key))
        guard there == known else {
            throw HarnessError(
                "only in the blob store: \(there.subtracting(known).sorted().prefix(5)); "
                    + "only in the catalogue: \(known.subtracting(there).sorted().prefix(5))"
            )
        }
        for archive in catalogue {
            let bytes = try await blobs.get(BlobKey(archive.key))
            guard Int64(bytes.count) == archive.byteCount,
                Array(SHA256.hash(data: bytes)) == archive.sha256
            else { throw HarnessError("\(archive.key) is another than the catalogue says") }
        }
    }

    /// Waits until the hot store has only what it is to keep: what is not old, and the newest of each conversation.
    private static func waitUntilDropped(
        _ talk: StoreOldTalk,
        _ old: Int,
        _ installation: StoreInstallation
    ) async throws {
        let lastSeqs = talk.lastSeqs
        let all = lastSeqs.values.reduce(0, +)
        let keptMax = Int(all) - old + newestKept * lastSeqs.count
        let reader = try installation.location.openReader()
        try await wait(for: "what is archived to leave the hot store") {
            try reader.digest(of: .events).rows <= keptMax
        }
    }
}
