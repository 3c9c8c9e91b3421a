import Events
import Foundation
import Logging
import ServerSupport
import Testing

@testable import Blobs

/// The implementations that the contract is tested against.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case folder
    case s3PathStyle
    case s3VirtualStyle

    var testDescription: String { rawValue }

    /// A store of this kind with nothing in it.
    func make() async throws -> any BlobStore {
        switch self {
        case .folder: try FolderBlobStore(path: TemporaryFolder.make(), clock: FixedClock())
        case .s3PathStyle: try await S3TestStore.make(style: .path)
        case .s3VirtualStyle: try await S3TestStore.make(style: .virtual)
        }
    }
}

/// Stores on the one S3 server of this process.
enum S3TestStore {
    /// The name service does not know it; connections to it go to this machine.
    private static let host = "s3.martlet.test"

    private static let bucket = Task {
        try await S3Server.shared().createBucket()
    }

    /// A store with a prefix of its own in the bucket that the tests share.
    static func make(
        style: S3Location.Style = .path,
        settings: S3Settings = S3Settings()
    ) async throws -> S3BlobStore {
        let server = try await S3Server.shared()
        let bucket = try await bucket.value
        let prefix = "tests/\(UUID().uuidString)"
        let host = style == .path ? "127.0.0.1" : Self.host
        let location = try S3Location(
            "s3://\(bucket)/\(prefix)?endpoint=http://\(host):\(server.server.port)"
                + "&style=\(style.rawValue)"
        )
        return S3BlobStore(
            location: location,
            credentials: try S3Credentials(environment: S3Server.environment),
            clock: FixedClock(),
            settings: settings,
            logger: Logger(label: "blobs-tests"),
            pacing: .system,
            addresses: ["\(bucket).\(Self.host)": "127.0.0.1"]
        )
    }
}

/// Always the same time.
struct FixedClock: WallClock {
    var time = Timestamp(milliseconds: 1_369_353_600_000)

    func now() -> Timestamp { time }
}

/// Folders that go with the process.
enum TemporaryFolder {
    private static let root: String = {
        let path = NSTemporaryDirectory() + "/martlet-blobs-\(UUID().uuidString)"
        atexit { try? FileManager.default.removeItem(atPath: TemporaryFolder.root) }
        return path
    }()

    /// The path of a folder that is not there yet, below one that is not there yet either.
    static func make() -> String { "\(root)/\(UUID().uuidString)/blobs" }
}

/// Bytes that tell where they are.
func sampleBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
    }
}

/// Expects an error of this code.
func expectError(
    _ code: BlobError.Code,
    _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws(BlobError) -> some Any
) async {
    do throws(BlobError) {
        _ = try await body()
        Issue.record("\(what): no error where \(code) was due", sourceLocation: sourceLocation)
    } catch {
        #expect(error.code == code, "\(what): \(error)", sourceLocation: sourceLocation)
    }
}
