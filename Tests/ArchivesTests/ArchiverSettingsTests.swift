import Blobs
import Configuration
import Events
import ServiceKit
import Testing

@testable import Archives

@Suite struct ArchiverSettingsTests {
    private func read(_ values: [String: ConfigValue]) throws -> ArchiverSettings {
        let keyed = Dictionary(
            uniqueKeysWithValues: values.map { key, value in
                (AbsoluteConfigKey(key.split(separator: ".").map(String.init)), value)
            }
        )
        return try ArchiverSettings(
            configuredIn: ConfigReader(provider: InMemoryProvider(values: keyed))
        )
    }

    @Test func settingsAreReadAndWhatMakesNoSenseIsRefused() throws {
        #expect(try read([:]) == ArchiverSettings())
        let read = try read([
            "archive.afterDays": 5, "archive.shards": 16, "archive.interval": 60,
        ])
        #expect(read.afterDays == 5)
        #expect(read.shards == 16)
        #expect(read.interval == .seconds(60))
        #expect(try self.read(["archive.afterDays": "off"]).afterDays == nil)
        #expect(try self.read(["archive.afterDays": "OFF"]).afterDays == nil)
        // So YAML reads it.
        #expect(try self.read(["archive.afterDays": false]).afterDays == nil)
        let wrong: [[String: ConfigValue]] = [
            ["archive.afterDays": 2], ["archive.afterDays": 0], ["archive.afterDays": "never"],
            ["archive.shards": 0], ["archive.shards": 65], ["archive.shards": "many"],
            ["archive.interval": 0], ["archive.interval": "1h"],
        ]
        for values in wrong {
            #expect(throws: ConfigurationError.self, "\(values.keys)") { try self.read(values) }
        }
    }

    @Test func aDayIsOldEnoughWhenNothingInItCanBeChangedAnyMore() {
        var settings = ArchiverSettings()
        let noon = ArchiverWorld.moment(day: 40, .seconds(43_200))
        #expect(settings.lastDay(at: noon) == ArchiveDay(number: 20_010))
        settings.afterDays = 3
        #expect(settings.lastDay(at: noon) == ArchiveDay(number: 20_037))
        // Its last message can be edited for two days.
        let closed = ArchiveDay(number: 20_037).times.upperBound
        #expect(closed + .seconds(2 * 86_400) <= noon)
        settings.afterDays = 0
        #expect(settings.lastDay(at: noon) == ArchiveDay(number: 20_037))
        settings.afterDays = nil
        #expect(settings.lastDay(at: noon) == nil)
    }

    @Test func groupsOfOneTimeAreSpreadOverTheShards() {
        var settings = ArchiverSettings()
        settings.shards = 4
        var random = SeededRandom(state: 1)
        var counts = [0, 0, 0, 0]
        for _ in 0..<4000 {
            // UUIDv7: the time first.
            let id = ConversationID(
                high: 1_790_000_000_000 << 16 | 0x7000,
                low: random.next() >> 2 | 1 << 63
            )
            counts[settings.shard(of: id)] += 1
        }
        #expect(counts.allSatisfy { $0 > 800 })
    }

    @Test func waitsAreDoubledUpToTheInterval() {
        var settings = ArchiverSettings()
        settings.interval = .seconds(5)
        var retries = ArchiverRetries(settings)
        let isRecovery = retries.succeeded()
        #expect(!isRecovery)
        var failures: [(Duration, Bool)] = []
        for code in ["a", "a", "b", "b", "b"] { failures.append(retries.failed(code)) }
        #expect(failures.map(\.0) == [1, 2, 4, 5, 5].map { .seconds($0) })
        #expect(failures.map(\.1) == [true, false, true, false, false])
        let isLaterRecovery = retries.succeeded()
        #expect(isLaterRecovery)
        let wait = retries.failed("b").wait
        #expect(wait == .seconds(1))
    }

    @Test func restsAreTwiceTheWorkAndNotForWaiting() {
        var rests = ArchiverRests(ArchiverSettings())
        var due: [Int64?] = []
        for work in [1, 1, 1, 1, 20, 50, 51, 10_000] {
            due.append(rests.due(after: .milliseconds(work))?.milliseconds)
        }
        #expect(due == [nil, nil, 6, nil, 42, 100, 100, 100])
    }

    @Test func aRelativeFolderIsBelowTheDataFolder() throws {
        func location(_ text: String?) throws -> BlobLocation {
            let values = text.map {
                [AbsoluteConfigKey(["blobs", "url"]): ConfigValue(stringLiteral: $0)]
            }
            return try BlobLocation(
                configuredIn: ConfigReader(provider: InMemoryProvider(values: values ?? [:])),
                dataDirectory: "/data"
            )
        }
        #expect(try location(nil) == .folder("/data/blobs"))
        #expect(try location("") == .folder("/data/blobs"))
        #expect(try location("file:old") == .folder("/data/old"))
        #expect(try location("file:/mnt/old") == .folder("/mnt/old"))
        #expect(try location("s3://bucket/old") == BlobLocation("s3://bucket/old"))
        #expect(throws: BlobError(.invalid, "")) { try location("http://old") }
    }
}
