import NIOHTTP1

extension S3BlobStore {
    /// A part that the server has.
    private struct Part: Sendable {
        let number: Int
        let tag: String
    }

    /// How often an upload is begun: a server may lose one, or finish it without our hearing of it.
    private static let uploadsMax = 2

    /// Puts a blob in parts; nothing of it is visible before all are there.
    func putInParts(_ source: SourceReader, at key: BlobKey) async throws(BlobError) {
        for attempt in 1...Self.uploadsMax {
            let upload = try await beginUpload(key)
            do {
                let parts = try await send(source, to: upload, key)
                return try await complete(upload, parts, key)
            } catch {
                await abortAnyhow(upload, key)
                guard error.code == .uploadLost else { throw error }
                guard attempt < Self.uploadsMax else {
                    throw BlobError(.unavailable, "the S3 server lost the upload")
                }
            }
        }
    }

    private func beginUpload(_ key: BlobKey) async throws(BlobError) -> String {
        var request = request(.POST, key)
        request.query = [("uploads", "")]
        return try await client.send(request, for: .put, bytesMax: Self.xmlBytesMax) {
            (answer) throws(S3Failure) in
            let id = try answer.xml()["UploadId"]?.text ?? ""
            guard (1...1024).contains(id.utf8.count) else {
                throw S3Failure(.damaged, "the S3 server names no upload", isRepeated: true)
            }
            return id
        }
    }

    /// Sends all parts, some at once, and gives them in order.
    private func send(
        _ source: SourceReader,
        to upload: String,
        _ key: BlobKey
    ) async throws(BlobError) -> [Part] {
        let size = partBytes(of: source.size)
        let count = Int((source.size + size - 1) / size)
        let result = await withTaskGroup { group -> Result<[Part], BlobError> in
            var parts: [Part] = []
            var begun = 0
            while parts.count < count {
                while begun < min(count, parts.count + settings.partsAtOnce) {
                    let start = Int64(begun) * size
                    let range = start..<min(start + size, source.size)
                    begun += 1
                    group.addTask { [number = begun] () -> Result<Part, BlobError> in
                        do throws(BlobError) {
                            return .success(
                                try await self.send(source, range, number, to: upload, key)
                            )
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                switch await group.next() {
                case .success(let part): parts.append(part)
                case .failure(let error):
                    group.cancelAll()
                    return .failure(error)
                case nil: preconditionFailure("as many parts end as were begun")
                }
            }
            return .success(parts.sorted { $0.number < $1.number })
        }
        return try result.get()
    }

    private func send(
        _ source: SourceReader,
        _ range: Range<Int64>,
        _ number: Int,
        to upload: String,
        _ key: BlobKey
    ) async throws(BlobError) -> Part {
        let bytes = try await BlockingWork.run { () throws(BlobError) in try source.read(range) }
        var request = request(.PUT, key)
        request.query = [("partNumber", String(number)), ("uploadId", upload)]
        request.headers = [("content-md5", ContentMD5.value(of: bytes))]
        request.body = bytes
        let tag = try await client.send(request, for: .put, bytesMax: Self.xmlBytesMax) {
            (answer) throws(S3Failure) in
            guard let tag = answer.header("etag"), tag.utf8.count <= 256 else {
                throw S3Failure(.damaged, "the S3 server names no part", isRepeated: true)
            }
            return tag
        }
        return Part(number: number, tag: tag)
    }

    /// Makes one object of the parts.
    private func complete(
        _ upload: String,
        _ parts: [Part],
        _ key: BlobKey
    ) async throws(BlobError) {
        let list = parts.map { part in
            "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(XMLText.escape(part.tag))</ETag></Part>"
        }
        let text =
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            + list.joined() + "</CompleteMultipartUpload>"
        var request = request(.POST, key)
        request.query = [("uploadId", upload)]
        request.headers = [("content-type", "application/xml")]
        request.body = Array(text.utf8)
        try await client.send(request, for: .put, bytesMax: Self.xmlBytesMax) {
            (answer) throws(S3Failure) in
            // S3 answers 200 before it knows, and may then say what went wrong.
            let root = try answer.xml()
            guard root.name == "CompleteMultipartUploadResult" else {
                throw S3Failure(status: 500, word: root["Code"]?.text)
            }
        }
    }

    /// As large as it must be for S3 to allow so many parts.
    private func partBytes(of size: Int64) -> Int64 {
        max(settings.partBytes, (size + S3Settings.partsMax - 1) / S3Settings.partsMax)
    }
}
