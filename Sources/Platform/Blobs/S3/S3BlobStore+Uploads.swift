import Events
import NIOHTTP1

extension S3BlobStore {
    /// An upload in parts that is not complete.
    private struct Upload: Sendable {
        let object: String
        let id: String
        let isOld: Bool
    }

    /// So many pages of unfinished uploads are looked at.
    private static let uploadPagesMax = 1000

    /// Aborts uploads that were begun before a moment, and gives how many.
    func abortUploads(before: Timestamp) async throws(BlobError) -> Int {
        var aborted = 0
        var markers: [(name: String, value: String)] = []
        for _ in 0..<Self.uploadPagesMax {
            var request = S3Request(method: .GET, path: location.path())
            request.query = [("uploads", ""), ("prefix", location.object(""))] + markers
            let (uploads, next) = try await client.send(
                request,
                for: .sweep,
                bytesMax: Self.xmlBytesMax
            ) { (answer) throws(S3Failure) in
                try Self.uploads(try answer.xml(), before)
            }
            for upload in uploads where upload.isOld {
                try await abort(upload.id, upload.object, through: client)
                aborted += 1
            }
            guard let next else { break }
            markers = [("key-marker", next.object), ("upload-id-marker", next.id)]
        }
        return aborted
    }

    /// Reads a page of uploads, and after which one the next page begins, if there is one.
    private static func uploads(
        _ root: XMLElement,
        _ before: Timestamp
    ) throws(S3Failure) -> ([Upload], next: Upload?) {
        guard root.name == "ListMultipartUploadsResult" else {
            throw S3Failure(.damaged, "the S3 server lists no uploads", isRepeated: true)
        }
        let uploads = root.all("Upload").compactMap { upload -> Upload? in
            guard let object = upload["Key"]?.text, let id = upload["UploadId"]?.text else {
                return nil
            }
            let begun = upload["Initiated"].flatMap { S3Dates.parse($0.text) }
            return Upload(object: object, id: id, isOld: begun.map { $0 < before } ?? false)
        }
        guard root["IsTruncated"]?.text == "true", let object = root["NextKeyMarker"]?.text,
            let id = root["NextUploadIdMarker"]?.text
        else { return (uploads, nil) }
        return (uploads, Upload(object: object, id: id, isOld: false))
    }

    /// Aborts an upload whatever the caller's task has come to; what fails is left to `removeLeftovers`.
    ///
    /// A caller that was cancelled waits for one short try, and one that is cancelled meanwhile no longer.
    func abortAnyhow(_ upload: String, _ key: BlobKey) async {
        let object = location.object(key.description)
        let isCancelled = Task.isCancelled
        let client = isCancelled ? client.hurried : client
        // A task of its own is not cancelled with the caller's.
        let aborting = Task { _ = try? await abort(upload, object, through: client) }
        await withTaskCancellationHandler {
            await aborting.value
        } onCancel: {
            if !isCancelled { aborting.cancel() }
        }
    }

    private func abort(
        _ upload: String,
        _ object: String,
        through client: S3Client
    ) async throws(BlobError) {
        var request = S3Request(method: .DELETE, path: location.path(object: object))
        request.query = [("uploadId", upload)]
        do throws(BlobError) {
            try await client.send(request, for: .sweep, bytesMax: Self.xmlBytesMax) { _ in }
        } catch {
            guard [.uploadLost, .notFound, .missing].contains(error.code) else { throw error }
        }
    }
}
