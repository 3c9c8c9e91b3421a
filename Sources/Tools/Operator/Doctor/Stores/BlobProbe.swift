import Blobs
import Events
import Foundation
import LogTail
import Logging
import ServiceKit

/// One small blob's way through a blob store.
struct BlobProbe {
    /// What came back is not what was put.
    private struct Altered: Error, CustomStringConvertible {
        let description: String
    }

    private static let bytes = Array("martlet doctor".utf8)

    let store: any BlobStore
    let key: BlobKey

    /// Opens the store at a location.
    init(_ location: BlobLocation, _ context: DoctorContext) throws(BlobError) {
        // Impatient: one wants to know how the store is now.
        var settings = S3Settings()
        settings.idleTimeout = .seconds(5)
        settings.totalTimeout = .seconds(10)
        settings.retriesMax = 1
        store = try location.makeStore(
            environment: context.settings.environment,
            clock: context.clock,
            settings: settings,
            logger: .quiet
        )
        key = try BlobKey(BlobsCheck.key)
    }

    /// Whether there is anything to be looked at: a folder is made by who writes the first archive.
    static func exists(_ location: BlobLocation) -> Bool {
        guard case .folder(let path) = location else { return true }
        return FileManager.default.fileExists(atPath: path)
    }

    /// Does it step by step, telling of each; whatever happens, it tries to remove what it has put.
    func run(tell: (BlobsCheck.Step) -> Void) async throws {
        func step(_ name: String, _ body: () async throws -> Void) async throws {
            let start = ContinuousClock.now
            try await body()
            tell(BlobsCheck.Step(name: name, duration: start.duration(to: .now)))
        }
        try await step("put") { try await store.put(.bytes(Self.bytes), at: key) }
        do {
            try await step("get") {
                let range = Int64(8)..<Int64(Self.bytes.count)
                guard try await store.get(key, range) == Array(Self.bytes[8...]) else {
                    throw Altered(description: "what was read is not what was put")
                }
            }
            try await step("list") {
                guard
                    try await store.list(key.description, after: nil, limit: 10)
                        .contains(BlobInfo(key: key, size: Int64(Self.bytes.count)))
                else { throw Altered(description: "what was put is not listed") }
            }
        } catch {
            try? await store.remove(key)
            throw error
        }
        try await step("remove") { try await store.remove(key) }
    }
}
