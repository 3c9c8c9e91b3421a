import Foundation

/// Measures how long a small write takes until it is safe.
enum DiskProbe {
    private static let writes = 20
    private static let bytes = [UInt8](repeating: 0x6D, count: 256)

    /// The median of a few small writes, each followed by `fdatasync`; `nil` if one of them fails.
    ///
    /// The file has no name any more when it is written to, so that nothing is left behind, however this ends.
    static func writeTime(in folder: String) -> Duration? {
        let path = "\(folder)/.doctor-\(getpid())"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        unlink(path)
        defer { close(descriptor) }
        var times: [Duration] = []
        for _ in 0..<writes {
            let start = ContinuousClock.now
            guard write(descriptor, bytes, bytes.count) == bytes.count, sync(descriptor) else {
                return nil
            }
            times.append(start.duration(to: .now))
        }
        return times.sorted()[writes / 2]
    }

    private static func sync(_ descriptor: Int32) -> Bool {
        #if os(Linux)
        fdatasync(descriptor) == 0
        #else
        fsync(descriptor) == 0
        #endif
    }
}
