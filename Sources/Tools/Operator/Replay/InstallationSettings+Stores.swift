import Archives
import Blobs
import EventLog
import Foundation
import LogTail
import ServiceKit
import Stores

extension InstallationSettings {
    /// How to reach the log.
    func log(clientID: String) -> EventLogConfiguration {
        EventLogConfiguration(brokers: brokers, clientID: clientID)
    }

    /// Where the hot store is that is served.
    ///
    /// - Throws: `StoreError` if the setting can't be read.
    func storeLocation() throws(StoreError) -> StoreLocation {
        guard let text = value("store.url") else { return .standard(inDataDirectory: data) }
        return try StoreLocation(text, relativeTo: data)
    }

    /// Where archives are, as it is written down.
    var blobsURL: String { value("blobs.url") ?? "file:\(data)/blobs" }

    /// Where archives are.
    ///
    /// - Throws: `BlobError` if the setting can't be read.
    func blobLocation() throws(BlobError) -> BlobLocation {
        try BlobLocation(blobsURL, relativeTo: data)
    }

    /// What holds the archives; `nil` if there is no such folder, and so none.
    ///
    /// - Throws: `BlobError`.
    func blobStore() throws(BlobError) -> (any BlobStore)? {
        let location = try blobLocation()
        // A command that only looks makes no folder.
        if case .folder(let path) = location, !FileManager.default.fileExists(atPath: path) {
            return nil
        }
        return try location.makeStore(
            environment: environment,
            clock: SystemClock(),
            logger: .quiet
        )
    }
}
