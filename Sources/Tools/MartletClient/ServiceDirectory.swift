/// What the gateway says of the installation on `/.well-known/martlet`.
public struct ServiceDirectory: Sendable, Equatable {
    /// Where each service is reached, by the service's name.
    public var endpoints: [String: String]
    /// The limits that the installation enforces.
    public var limits: [String: Int64]

    /// A directory of its parts.
    public init(endpoints: [String: String], limits: [String: Int64] = [:]) {
        self.endpoints = endpoints
        self.limits = limits
    }

    /// The history service's address.
    public var history: String? { endpoints["history"] }
}

extension ServiceDirectory {
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var directory = Self(endpoints: [:])
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "endpoints" {
                try reader.object { (name, reader) throws(JSONReader.Malformed) in
                    let name = String(decoding: name, as: UTF8.self)
                    if reader.peek() == UInt8(ascii: "\"") {
                        directory.endpoints[name] = try reader.string()
                    } else {
                        try reader.skipValue()
                    }
                }
            } else if key == "limits" {
                try reader.object { (name, reader) throws(JSONReader.Malformed) in
                    let name = String(decoding: name, as: UTF8.self)
                    if case UInt8(ascii: "0")...UInt8(ascii: "9") = reader.peek() {
                        directory.limits[name] = try reader.integer()
                    } else {
                        try reader.skipValue()
                    }
                }
            } else {
                try reader.skipValue()
            }
        }
        self = directory
    }
}

/// A registration that waits for its code.
public struct Registration: Sendable, Equatable {
    /// Names the registration.
    public let id: String

    /// A registration of this id.
    public init(id: String) {
        self.id = id
    }

    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var found: String?
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "registration_id" {
                found = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
        guard let found, !found.isEmpty else { throw JSONReader.Malformed() }
        id = found
    }
}
