import Events

/// What the log says of an account's devices.
struct Presence: Equatable {
    /// Offsets of the account's inbox partition below this are on one of its devices.
    var acknowledged = Offset(0)
    /// The newest session of each device that is connected.
    private(set) var sessions: [DeviceID: SessionID] = [:]

    /// Whether a device is connected, as far as the log says: the death of a delivery instance goes unsaid.
    var isConnected: Bool { !sessions.isEmpty }

    mutating func connect(_ device: DeviceID, _ session: SessionID) {
        if let known = sessions[device], known > session { return }
        sessions[device] = session
        while sessions.count > Limits.devicesPerAccountMax {
            guard let oldest = sessions.min(by: { $0.value < $1.value }) else { return }
            sessions[oldest.key] = nil
        }
    }

    /// Ends that session; a late word about an older one leaves the newer one alone.
    mutating func disconnect(_ device: DeviceID, _ session: SessionID) {
        guard sessions[device] == session else { return }
        sessions[device] = nil
    }

    /// The device is the account's no more; returns whether it was connected.
    mutating func remove(_ device: DeviceID) -> Bool {
        sessions.removeValue(forKey: device) != nil
    }
}
