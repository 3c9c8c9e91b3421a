public import Events

/// A device of the account, as the list of devices shows it.
public struct AccountDevice: Sendable, Hashable {
    /// The device.
    public var deviceID: DeviceID
    /// What it is called; empty: nothing.
    public var name: String
    /// Since when it belongs to the account, if that is known.
    public var addedAt: Timestamp?
    /// Whether it is the one that asked.
    public var isCurrent: Bool

    /// A device of its parts.
    public init(
        _ deviceID: DeviceID,
        name: String = "",
        addedAt: Timestamp? = nil,
        isCurrent: Bool = false
    ) {
        self.deviceID = deviceID
        self.name = name
        self.addedAt = addedAt
        self.isCurrent = isCurrent
    }
}

extension AccountDevice {
    /// Reads the device that comes next; `nil`: it has no id.
    init?(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var id: DeviceID?
        var name: String?
        var added: Timestamp?
        var isCurrent = false
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "device_id" {
                id = try reader.identifier()
            } else if key == "name" {
                name = try reader.string()
            } else if key == "added_at" {
                added = try reader.timestamp()
            } else if key == "current" {
                isCurrent = try reader.bool() ?? false
            } else {
                try reader.skipValue()
            }
        }
        guard let id else { return nil }
        self.init(id, name: name ?? "", addedAt: added, isCurrent: isCurrent)
    }
}
