/// Why a socket is closed (docs/DESIGN.md, "WebSocket").
struct CloseCode: Hashable, Sendable {
    let code: UInt16
    let name: String

    static let goingAway = Self(code: 4001, name: "going away")
    static let moved = Self(code: 4003, name: "moved")
    static let unresponsive = Self(code: 4008, name: "unresponsive")
    static let tooSlow = Self(code: 4009, name: "too slow")
    static let replaced = Self(code: 4010, name: "replaced")
    static let unauthenticated = Self(code: 4501, name: "unauthenticated")
    static let revoked = Self(code: 4502, name: "revoked")
    static let badFrame = Self(code: 4503, name: "bad frame")
    static let limit = Self(code: 4504, name: "limit")
}
