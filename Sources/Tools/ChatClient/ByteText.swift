/// Sizes as people read them.
enum ByteText {
    /// `512 bytes`, `1.5 kB`, `12.3 MB`.
    static func words(_ bytes: Int64) -> String {
        let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)]
        guard let (unit, size) = units.first(where: { bytes >= Int64($0.1) }) else {
            return "\(bytes) \(bytes == 1 ? "byte" : "bytes")"
        }
        let tenths = bytes / (Int64(size) / 10)
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
