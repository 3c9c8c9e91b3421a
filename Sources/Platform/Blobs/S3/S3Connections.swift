import AsyncHTTPClient
import NIOCore

/// The connections to an S3 server; closed when nobody holds them any more.
final class S3Connections: Sendable {
    let client: HTTPClient

    /// Connects when there is a request.
    ///
    /// - Parameters:
    ///   - settings: how patient it is.
    ///   - addresses: where hosts are that the name service does not know, for tests.
    init(_ settings: S3Settings, addresses: [String: String] = [:]) {
        let idle = TimeAmount(settings.idleTimeout)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(settings.connectTimeout), read: idle, write: idle)
        )
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = addresses
        // Repetitions are ours: they are bounded, counted and told of.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup,
            configuration: configuration
        )
    }

    deinit {
        client.shutdown { _ in }
    }
}
