public import Configuration
public import ServiceKit

extension ArchiverSettings {
    /// What a configuration says: `archive.afterDays` (days, or `off`), `archive.shards`, `archive.interval` (seconds).
    ///
    /// - Throws: `ConfigurationError` for what makes no sense.
    public init(configuredIn reader: ConfigReader) throws(ConfigurationError) {
        self.init()
        if Self.isOff(reader) {
            afterDays = nil
        } else if let days = try Self.integer(
            "archive.afterDays",
            in: Self.afterDaysMin...36_500,
            reader
        ) {
            afterDays = days
        }
        shards = try Self.integer("archive.shards", in: 1...Self.shardsMax, reader) ?? shards
        if let seconds = try Self.integer("archive.interval", in: 1...86_400, reader) {
            interval = .seconds(seconds)
        }
    }

    /// YAML takes `off` for a truth value.
    private static func isOff(_ reader: ConfigReader) -> Bool {
        let key: ConfigKey = "archive.afterDays"
        guard reader.int(forKey: key) == nil else { return false }
        return reader.string(forKey: key)?.lowercased() == "off"
            || reader.bool(forKey: key) == false
    }

    private static func integer(
        _ name: String,
        in range: ClosedRange<Int>,
        _ reader: ConfigReader
    ) throws(ConfigurationError) -> Int? {
        let key = ConfigKey(stringLiteral: name)
        guard let number = reader.int(forKey: key) else {
            guard reader.string(forKey: key)?.isEmpty ?? true else {
                throw ConfigurationError("\(name) must be a number")
            }
            return nil
        }
        guard range.contains(number) else {
            throw ConfigurationError(
                "\(name) must lie between \(range.lowerBound) and \(range.upperBound)"
            )
        }
        return number
    }
}
