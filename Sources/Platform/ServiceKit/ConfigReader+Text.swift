public import Configuration

extension ConfigReader {
    /// A setting's text; an empty one counts as unset.
    public func text(forKey key: ConfigKey, isSecret: Bool = false) -> String? {
        string(forKey: key, isSecret: isSecret).flatMap { $0.isEmpty ? nil : $0 }
    }
}
