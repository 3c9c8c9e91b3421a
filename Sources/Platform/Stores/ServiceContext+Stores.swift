public import Configuration
public import ServiceKit

extension StoreLocation {
    /// Where a configuration says that the hot store is: the setting `store.url`, by default DATA/history.sqlite.
    ///
    /// - Throws: `StoreError` with code `invalidLocation`.
    public init(
        configuredIn reader: ConfigReader,
        dataDirectory: String
    ) throws(StoreError) {
        guard let text = reader.string(forKey: "store.url", isSecret: true), !text.isEmpty else {
            self = .standard(inDataDirectory: dataDirectory)
            return
        }
        try self.init(text, relativeTo: dataDirectory)
    }
}

extension ServiceContext {
    /// Where the hot store is.
    ///
    /// - Throws: `StoreError` with code `invalidLocation`.
    public func storeLocation() throws(StoreError) -> StoreLocation {
        try StoreLocation(configuredIn: config, dataDirectory: dataDirectory)
    }
}
