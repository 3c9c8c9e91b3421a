import AsyncHTTPClient
import Events
import Logging
import NIOCore
import NIOHTTP1

/// Makes requests to an S3 server: signed, in bounded time, and again if that may help.
struct S3Client: Sendable {
    /// So much of an answer that is no success is looked at.
    private static let failureBytesMax = 64 * 1024

    let location: S3Location
    let signature: SignatureV4
    var settings: S3Settings
    let connections: S3Connections
    let clock: any WallClock
    let pacing: RetryPacing
    let metrics: BlobMetrics
    let logger: Logger

    /// The same for who can't wait: one short try.
    var hurried: S3Client {
        var client = self
        client.settings.retriesMax = 0
        client.settings.requestTimeout = min(settings.requestTimeout, .seconds(2))
        return client
    }

    /// Makes a request until it succeeds, or until it is no use.
    ///
    /// - Parameters:
    ///   - request: what is asked for; making it twice must be as good as once.
    ///   - operation: what it belongs to, for metrics.
    ///   - bytesMax: the longest body of a success.
    ///   - tooLong: what a longer one is.
    ///   - read: makes a value of an answer that is a success; what it throws can be worth another try too.
    /// - Returns: that value.
    /// - Throws: why the last try failed.
    func send<Value: Sendable>(
        _ request: S3Request,
        for operation: BlobMetrics.Operation,
        bytesMax: Int64 = 0,
        tooLong: BlobError = BlobError(.damaged, "the S3 server's answer is too long"),
        _ read: (S3Answer) throws(S3Failure) -> Value
    ) async throws(BlobError) -> Value {
        var plan = RetryPlan(settings)
        let start = pacing.uptime()
        while true {
            let failure: S3Failure
            do throws(S3Failure) {
                let left = settings.totalTimeout - (pacing.uptime() - start)
                let timeout = min(settings.requestTimeout, left)
                let answer = try await exchange(request, bytesMax: Int(bytesMax), within: timeout)
                guard answer.isSuccess else { throw S3Failure(answer) }
                guard answer.body.count <= bytesMax else { throw S3Failure(tooLong) }
                return try read(answer)
            } catch {
                failure = error
            }
            guard !Task.isCancelled,
                let wait = plan.wait(
                    after: failure,
                    elapsed: pacing.uptime() - start,
                    chance: pacing.chance()
                )
            else { throw failure.error }
            metrics.retried(operation)
            logger.info(
                "a request to the S3 server is made again",
                metadata: [
                    "operation": "\(operation)", "code": "\(failure.error.code)",
                    "wait_ms": "\(wait.milliseconds)",
                ]
            )
            do {
                try await pacing.sleep(wait)
            } catch {
                throw failure.error
            }
        }
    }

    /// Makes a request once, and gives up when the whole answer is not there in time.
    ///
    /// The HTTP client's own deadline ends with the answer's head: a body that drips would never end.
    private func exchange(
        _ request: S3Request,
        bytesMax: Int,
        within timeout: Duration
    ) async throws(S3Failure) -> S3Answer {
        let result = await withTaskGroup(of: Result<S3Answer, S3Failure>?.self) { group in
            group.addTask {
                do throws(S3Failure) {
                    return .success(
                        try await exchange(request, bytesMax: bytesMax, timeout: timeout)
                    )
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
        if let result { return try result.get() }
        throw Task.isCancelled ? Self.cancelled : Self.late
    }

    /// Makes a request once; of a body that is too long one byte more than allowed is taken.
    private func exchange(
        _ request: S3Request,
        bytesMax: Int,
        timeout: Duration
    ) async throws(S3Failure) -> S3Answer {
        var message = HTTPClientRequest(
            url: "\(location.scheme)://\(location.host)\(request.target)"
        )
        message.method = request.method
        // Signed anew each time: a signature is good for 15 minutes.
        let headers = signature.headers(for: request, host: location.host, at: clock.now())
        message.headers = HTTPHeaders(headers.map { ($0.name, $0.value) })
        if [.PUT, .POST].contains(request.method) { message.body = .bytes(request.body) }
        let response: HTTPClientResponse
        do {
            response = try await connections.client.execute(message, timeout: TimeAmount(timeout))
        } catch {
            throw Self.failure(error)
        }
        let isSuccess = (200..<300).contains(response.status.code)
        var body: [UInt8] = []
        let most = isSuccess ? bytesMax + 1 : Self.failureBytesMax
        do {
            for try await part in response.body {
                body.append(contentsOf: part.readableBytesView.prefix(most - body.count))
                if body.count == most { break }
            }
        } catch {
            // Of a failure the status is enough.
            if isSuccess { throw Self.brokenOff(error) }
        }
        // A cancelled body may end as if it were complete.
        guard !Task.isCancelled else { throw Self.cancelled }
        return S3Answer(
            status: Int(response.status.code),
            headers: response.headers,
            body: body
        )
    }

    private static let cancelled = S3Failure(.unavailable, "cancelled")
    private static let late = S3Failure(
        .unavailable,
        "no answer of the S3 server in time",
        isRepeated: true
    )

    /// Why there was no answer.
    private static func failure(_ error: any Error) -> S3Failure {
        if error is CancellationError { return cancelled }
        switch error as? HTTPClientError {
        case .cancelled: return cancelled
        case .invalidURL, .emptyHost, .emptyScheme:
            return S3Failure(.invalid, "not an address of an S3 server")
        case .connectTimeout, .deadlineExceeded, .readTimeout, .writeTimeout,
            .getConnectionFromPoolTimeout, .tlsHandshakeTimeout:
            return late
        default:
            return S3Failure(.unavailable, "cannot reach the S3 server", isRepeated: true)
        }
    }

    /// Why there was half an answer.
    private static func brokenOff(_ error: any Error) -> S3Failure {
        let failure = failure(error)
        guard failure.isRepeated else { return failure }
        switch error as? HTTPClientError {
        case .deadlineExceeded, .readTimeout: return failure
        default: return S3Failure(.damaged, "the S3 server's answer broke off", isRepeated: true)
        }
    }
}
