public import Blobs
public import Configuration
public import ServiceKit

extension BlobLocation {
    /// Where a configuration says that archives are: the setting `blobs.url`, by default DATA/blobs; a relative folder is below DATA.
    ///
    /// - Throws: `BlobError` with code `invalid`.
    public init(
        configuredIn reader: ConfigReader,
        dataDirectory: String
    ) throws(BlobError) {
        guard let text = reader.string(forKey: "blobs.url"), !text.isEmpty else {
            self = .folder(dataDirectory + "/blobs")
            return
        }
        try self.init(text, relativeTo: dataDirectory)
    }

    /// Reads a URL; a relative folder is below `folder`.
    ///
    /// - Throws: `BlobError` with code `invalid`.
    public init(_ text: String, relativeTo folder: String) throws(BlobError) {
        try self.init(text)
        if case .folder(let path) = self, !path.hasPrefix("/") {
            self = .folder(folder + "/" + path)
        }
    }
}

extension ServiceContext {
    /// Where archives are.
    ///
    /// - Throws: `BlobError` with code `invalid`.
    public func blobLocation() throws(BlobError) -> BlobLocation {
        try BlobLocation(configuredIn: config, dataDirectory: dataDirectory)
    }
}
