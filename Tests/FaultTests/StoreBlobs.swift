import Blobs
import Events
import Logging
import ServerSupport
import ServiceKit
import TestKit

/// What archives can be in.
enum StoreBlobs: String, CaseIterable, Sendable {
    case folder
    case s3

    /// Where an installation's archives are, and the line to there if they are in S3.
    struct Place: Sendable {
        /// As its services and tools find it in their environment.
        let settings: [String: String]
        let line: CuttableLine?
    }

    /// A fresh, empty place.
    func place() async throws -> Place {
        guard self == .s3 else { return Place(settings: [:], line: nil) }
        let server = try await S3Server.shared()
        let bucket = try await server.createBucket()
        let line = try await CuttableLine(to: server.server.port)
        let url = "s3://\(bucket)/fault?endpoint=http://127.0.0.1:\(line.port)&region=us-east-1"
        let settings = S3Server.environment.merging(["MARTLET_BLOBS_URL": "\(url)&style=path"]) {
            $1
        }
        return Place(settings: settings, line: line)
    }
}

extension StoreInstallation {
    /// Where its archives are.
    func blobs() throws -> any BlobStore {
        var logger = Logger(label: "blobs")
        logger.logLevel = .error
        return try BlobLocation(settings["MARTLET_BLOBS_URL"] ?? "file:\(harness.data)/blobs")
            .makeStore(environment: settings, clock: SystemClock(), logger: logger)
    }
}

extension BlobStore {
    /// The keys of all archives.
    func archives() async throws -> Set<String> {
        var keys: [BlobKey] = []
        while true {
            let page = try await list("archives/", after: keys.last, limit: BlobLimits.listMax)
            keys += page.map(\.key)
            if page.count < BlobLimits.listMax { return Set(keys.map(\.description)) }
        }
    }
}
