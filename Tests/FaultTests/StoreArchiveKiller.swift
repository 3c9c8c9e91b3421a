import Blobs
import Foundation
import Stores
import TestKit

/// Kills persistence while it archives, at each of the steps, and cuts its line to where archives go.
struct StoreArchiveKiller {
    /// When it dies.
    enum Moment: String, CaseIterable, Sendable {
        /// While it makes an archive.
        case packing
        /// When an archive is in the blob store, and in no catalogue.
        case put
        /// When the catalogue has one more: what it has is dropped now.
        case recorded
        case anyTime = "at any time"
    }

    /// After so long at most since the first archive, in milliseconds: all is archived soon.
    private static let anyTimeMilliseconds = 0..<200
    /// After so many events at most.
    private static let recordedEvents: Range<Int64> = 0..<200

    private let installation: StoreInstallation
    private let line: CuttableLine?
    private let reader: any HotStoreReader
    private let blobs: any BlobStore
    /// Archived when there is nothing left to do.
    private let events: Int64
    private var random: SeededRandom

    /// A killer that ends when so many events are archived.
    init(
        _ installation: StoreInstallation,
        line: CuttableLine?,
        events: Int64,
        random: SeededRandom
    ) throws {
        self.installation = installation
        self.line = line
        self.events = events
        self.random = random
        reader = try installation.location.openReader()
        blobs = try installation.blobs()
    }

    /// Kills it so many times, at all moments in turn, in random order, or until all is archived; how often at which.
    mutating func run(_ kills: Int) async throws -> [Moment: Int] {
        var counts: [Moment: Int] = [:]
        var turn: [Moment] = []
        let harness = installation.harness
        while counts.values.reduce(0, +) < kills {
            try await wait(for: "persistence to run", every: .milliseconds(2)) {
                await harness.identifier(of: "persistence") != nil
            }
            if turn.isEmpty { turn = Moment.allCases.shuffled(using: &random) }
            let moment = turn.removeLast()
            if let line, Bool.random(using: &random) { try await cut(line) }
            try await reach(moment)
            guard try !isDone() else { break }
            if await harness.kill("persistence") { counts[moment, default: 0] += 1 }
        }
        return counts
    }

    /// Waits until all is archived.
    func waitUntilDone() async throws {
        try await wait(for: "everything old to be archived", within: .seconds(300)) {
            try isDone()
        }
    }

    private func isDone() throws -> Bool { try reader.archivedEvents() >= events }

    /// The line is away for a while when persistence has begun.
    private mutating func cut(_ line: CuttableLine) async throws {
        try await waitForWork { isPacking }
        line.cut()
        try await pause(0..<2000)
        line.mend()
    }

    private mutating func pause(_ milliseconds: Range<Int>) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds, using: &random)))
    }

    private mutating func reach(_ moment: Moment) async throws {
        let before = try reader.archivedEvents()
        switch moment {
        case .packing: try await waitForWork { isPacking }
        case .put:
            try await waitForWork {
                // The catalogue first: what comes into it meanwhile is in the blob store before.
                let known = try reader.catalogue().map(\.key)
                return try await !blobs.archives().subtracting(known).isEmpty
            }
        case .recorded:
            let more = Int64.random(in: Self.recordedEvents, using: &random)
            try await waitForWork { try reader.archivedEvents() > before + more }
        case .anyTime:
            try await waitForWork { isPacking }
            try await pause(Self.anyTimeMilliseconds)
        }
    }

    /// Waits for something that persistence does, or for its having nothing left to do.
    private func waitForWork(_ condition: () async throws -> Bool) async throws {
        try await wait(for: "persistence to archive", every: .microseconds(200)) {
            try await condition() || isDone()
        }
    }

    private var isPacking: Bool {
        let folder = "\(installation.harness.data)/persistence-1/archiving"
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder)
        return files?.isEmpty == false
    }
}

extension HotStoreReader {
    /// All archives that it relies on.
    func catalogue() throws -> [StoredArchive] {
        var all: [StoredArchive] = []
        while true {
            let page = try archives(after: all.last?.key, limit: 500)
            all += page
            if page.count < 500 { return all }
        }
    }

    /// How many events archives have.
    func archivedEvents() throws -> Int64 {
        try catalogue().reduce(0) { $0 + $1.events }
    }
}
