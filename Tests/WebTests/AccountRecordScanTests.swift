import Accounts
import Events
import TestKit
import Testing
import Web

@testable import Ingest

@Suite struct AccountRecordScanTests {
    private static let conversation = ConversationID(high: 3, low: 4)
    private static let message = SubmissionID(high: 5, low: 6)

    private static let others: [AccountChange] = [
        .registered(name: "Ada"),
        .preferences(
            conversation,
            PreferencesChange(mutedUntil: Timestamp(milliseconds: .max), isArchived: true)
        ),
        .star(conversation, message, isStarred: true), .hide(conversation, message),
        .privacy(Privacy.Change(readReceipts: false, presence: .nobody)),
        .contact(Samples.bob.account, isContact: true), .unknown,
    ]
    private static let concerning: [AccountChange] = [
        .deviceAdded(Samples.ada.device, name: "phone"), .deviceRemoved(Samples.ada.device),
    ]

    private static func bytes(_ change: AccountChange) -> [UInt8] {
        AccountEvent(
            account: Samples.ada.account,
            device: Samples.ada.device,
            serverTime: Timestamp(milliseconds: 1_767_225_600_000),
            change: change
        ).encoded()
    }

    @Test func recordsAboutDevicesAreSeenAndOthersAreNot() {
        for change in Self.concerning {
            #expect(AccountRecordScan.mayConcernDevices(Self.bytes(change)))
        }
        for change in Self.others {
            #expect(!AccountRecordScan.mayConcernDevices(Self.bytes(change)), "\(change)")
        }
    }

    @Test func whatIsNotUnderstoodIsLeftToTheDecoding() {
        let cases: [[UInt8]] = [
            [0x80], [0x0A], [0x0A, 0x05, 0x01], [0x0B], [0x0F], [0x08, 0x80],
            [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0x09, 0x01],
            [0x0D, 0x01, 0x02], [UInt8](repeating: 0xFF, count: 30),
        ]
        for bytes in cases { #expect(AccountRecordScan.mayConcernDevices(bytes), "\(bytes)") }
    }

    /// Whatever the bytes are: nothing that the decoding takes for a device is passed over.
    @Test func noDeviceIsPassedOver() {
        let seed = Samples.seed
        var random = SeededRandom(seed: seed)
        let samples = (Self.concerning + Self.others).map(Self.bytes)
        var seen = 0
        for _ in 0..<50_000 {
            var bytes = samples[Int.random(in: 0..<samples.count, using: &random)]
            if Bool.random(using: &random) {
                bytes += samples[Int.random(in: 0..<samples.count, using: &random)]
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            guard let event = try? AccountEvent(decoding: bytes) else { continue }
            switch event.change {
            case .deviceAdded, .deviceRemoved:
                seen += 1
                #expect(AccountRecordScan.mayConcernDevices(bytes), "seed \(seed): \(bytes)")
            default: break
            }
        }
        #expect(seen > 1000)
    }
}
