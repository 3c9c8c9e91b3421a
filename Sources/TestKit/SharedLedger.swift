public import Events
public import MartletClient
import Synchronization

/// What a device writes down.
public protocol DeviceLedger: Sendable {
    /// An empty ledger.
    init()

    /// A device exists from now on, and has everything up to this position.
    mutating func opened(_ device: Ledger.DeviceKey, at position: InboxPosition)

    /// The server said that it no longer keeps what the device misses.
    mutating func gap(_ device: Ledger.DeviceKey, goingOnAt position: InboxPosition)

    /// An event frame came in.
    ///
    /// - Returns: whether it is new to the device; a repetition is to be dropped, as a good client does.
    mutating func received(
        _ device: Ledger.DeviceKey,
        _ position: InboxPosition,
        _ event: ServerEvent
    ) -> Bool
}

/// A ledger that many devices and senders write to at once.
public final class Shared<Book: DeviceLedger>: DeviceJournal {
    private let book = Mutex(Book())

    /// An empty ledger.
    public init() {}

    /// Writes to it, or reads.
    @discardableResult
    public func write<Result: Sendable>(_ body: (inout Book) -> Result) -> Result {
        book.withLock { body(&$0) }
    }

    /// A copy of it.
    public var copy: Book { book.withLock { $0 } }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func opened(_ device: Ledger.DeviceKey, at position: InboxPosition) {
        write { $0.opened(device, at: position) }
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func gap(_ device: Ledger.DeviceKey, goingOnAt position: InboxPosition) {
        write { $0.gap(device, goingOnAt: position) }
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public func received(
        _ device: Ledger.DeviceKey,
        _ position: InboxPosition,
        _ event: ServerEvent
    ) -> Bool {
        write { $0.received(device, position, event) }
    }
}

/// A ledger of direct conversations that many write to at once.
public typealias SharedLedger = Shared<Ledger>
/// A ledger of groups that many write to at once.
public typealias SharedGroupLedger = Shared<GroupLedger>

/// Where a device writes to, whatever the ledger is about.
public protocol DeviceJournal: AnyObject, Sendable {
    /// A device exists from now on, and has everything up to this position.
    func opened(_ device: Ledger.DeviceKey, at position: InboxPosition)

    /// The server said that it no longer keeps what the device misses.
    func gap(_ device: Ledger.DeviceKey, goingOnAt position: InboxPosition)

    /// An event frame came in; whether it is new to the device.
    func received(
        _ device: Ledger.DeviceKey,
        _ position: InboxPosition,
        _ event: ServerEvent
    ) -> Bool
}
