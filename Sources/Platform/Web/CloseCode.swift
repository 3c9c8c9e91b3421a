/// Why a WebSocket is closed: one registry whose ranges say what the client does next (docs/DESIGN.md, "WebSocket").
///
/// The numbers are part of the protocol: one that was used is never used for anything else.
public struct CloseCode: Hashable, Sendable, CustomStringConvertible {
    /// What a client does after a close.
    public enum Reaction: Sendable {
        /// Connects again, with back-off; 4000 to 4499.
        case reconnect
        /// Gets new tokens first; 4500 to 4502.
        case authenticate
        /// Does not connect again; the rest up to 4999.
        case stop
    }

    /// The number in the close frame.
    public let code: UInt16
    /// What it means, in words; sent as the reason.
    public let name: String

    /// The instance shuts down: connect again.
    public static let goingAway = Self(4001, "going away")
    /// The account's partition moved to another instance: ask `/v1/connect` again.
    public static let moved = Self(4003, "moved")
    /// The device did not acknowledge what was sent again and again.
    public static let unresponsive = Self(4008, "unresponsive")
    /// The device reads more slowly than events come.
    public static let tooSlow = Self(4009, "too slow")
    /// The device connected a second time.
    public static let replaced = Self(4010, "replaced")
    /// No token, or no good one.
    public static let unauthenticated = Self(4501, "unauthenticated")
    /// The device was removed from its account.
    public static let revoked = Self(4502, "revoked")
    /// A frame that is none of the protocol.
    public static let badFrame = Self(4503, "bad frame")
    /// A limit was exceeded.
    public static let limit = Self(4504, "limit")

    /// Every code, by number.
    public static let all: [Self] = [
        .goingAway, .moved, .unresponsive, .tooSlow, .replaced, .unauthenticated, .revoked,
        .badFrame, .limit,
    ]

    /// What the client does next.
    public var reaction: Reaction {
        switch code {
        case 4000..<4500: .reconnect
        case 4500...4502: .authenticate
        default: .stop
        }
    }

    /// Number and name.
    public var description: String { "\(code) \(name)" }

    private init(_ code: UInt16, _ name: String) {
        self.code = code
        self.name = name
    }
}
