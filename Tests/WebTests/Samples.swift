import Crypto
import Events
import Foundation
import TestKit
import Web

/// A folder that goes with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-web-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }
}

/// People and secrets that are the same in every run.
enum Samples {
    /// For tests with chance; `MARTLET_FUZZ_SEED` has a failure again.
    static let seed = SeededRandom.seed(
        ProcessInfo.processInfo.environment["MARTLET_FUZZ_SEED"]
    )

    static let keys = InstallationKeys(
        directoryKey: SymmetricKey(data: [UInt8](repeating: 7, count: 32)),
        signingKey: signingKey(3)
    )
    static let adaPhone = "+15551230001"
    static let bobPhone = "+15551230002"
    static let ada = Identity(account: account(adaPhone), device: DeviceID(high: 0xADA, low: 1))
    static let bob = Identity(account: account(bobPhone), device: DeviceID(high: 0xB0B, low: 2))

    static func signingKey(_ number: UInt8) -> Curve25519.Signing.PrivateKey {
        let bytes = [UInt8](repeating: number, count: 32)
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else {
            preconditionFailure("any 32 bytes are a key")
        }
        return key
    }

    static func account(_ phone: String) -> AccountID {
        guard let address = AccountAddress(phone: phone) else {
            preconditionFailure("a sample that is no phone number")
        }
        return AccountID(
            address: address,
            directoryKey: SymmetricKey(data: [UInt8](repeating: 7, count: 32))
        )
    }

    /// A UUIDv7 of this time.
    static func id(at time: Timestamp, number: UInt64 = 1) -> SubmissionID {
        SubmissionID(
            high: UInt64(bitPattern: time.milliseconds) << 16 | 0x7000,
            low: 0x8000_0000_0000_0000 | number
        )
    }
}
