import Metrics

/// What a blob store shows of itself on `/metrics`.
struct BlobMetrics: Sendable {
    /// What is done with a store; a fixed set.
    enum Operation: String, Sendable {
        case put, get, info, remove, list, sweep
    }

    /// The kind of store: `folder` or `s3`.
    let store: String

    /// Counts one operation by how it ends.
    func counting<Value: Sendable>(
        _ operation: Operation,
        _ body: () async throws(BlobError) -> Value
    ) async throws(BlobError) -> Value {
        do {
            let value = try await body()
            ended(operation, "ok")
            return value
        } catch {
            ended(operation, error.shortDescription)
            throw error
        }
    }

    /// Counts a request that is made once more.
    func retried(_ operation: Operation) {
        Counter(
            label: "martlet_blobs_retries_total",
            dimensions: [("store", store), ("operation", operation.rawValue)]
        ).increment()
    }

    /// Counts bytes that were read.
    func read(_ bytes: Int) { moved(bytes, "in") }

    /// Counts bytes that were written.
    func wrote(_ bytes: Int) { moved(bytes, "out") }

    private func ended(_ operation: Operation, _ outcome: String) {
        Counter(
            label: "martlet_blobs_requests_total",
            dimensions: [
                ("store", store), ("operation", operation.rawValue), ("outcome", outcome),
            ]
        ).increment()
    }

    private func moved(_ bytes: Int, _ direction: String) {
        Counter(
            label: "martlet_blobs_bytes_total",
            dimensions: [("store", store), ("direction", direction)]
        ).increment(by: bytes)
    }
}
