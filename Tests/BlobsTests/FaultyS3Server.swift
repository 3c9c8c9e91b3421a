import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import Blobs

/// An S3 server that does as it is told, once a request, and then serves one object whatever is asked for.
final class FaultyS3Server: Sendable {
    /// What it does with a request.
    enum Act: Sendable {
        /// Answers as it should.
        case serve
        /// Answers with this status and body.
        case answer(Int, String = "", headers: [String: String] = [:])
        /// Answers as it should, but with these headers.
        case lie([String: String])
        /// Never answers.
        case stall
        /// Sends so many bytes of the body and then no more.
        case stallAfter(Int)
        /// Sends the body byte by byte, for longer than anybody waits.
        case drip
        /// Sends so many bytes of the body and closes.
        case cutAfter(Int)
        /// Closes without an answer.
        case close
    }

    /// What came in.
    struct Seen: Sendable {
        let method: HTTPMethod
        let uri: String
        let headers: HTTPHeaders
        let body: [UInt8]
    }

    private struct State {
        var acts: [Act]
        var seen: [Seen] = []
    }

    static let credentials = S3Credentials(
        accessKeyID: "AKIATESTTESTTESTTEST",
        secretAccessKey: "not+a/secret",
        sessionToken: "a-token"
    )

    /// The object.
    let object: [UInt8]
    private let state: Mutex<State>
    private let channel: Mutex<(any Channel)?> = Mutex(nil)

    init(object: [UInt8], _ acts: [Act]) async throws {
        self.object = object
        state = Mutex(State(acts: acts))
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    .flatMapThrowing {
                        try channel.pipeline.syncOperations.addHandler(FaultyS3Handler(self))
                    }
            }
        let bound = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
    }

    /// The port that it listens on.
    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }

    /// All requests so far.
    var seen: [Seen] { state.withLock { $0.seen } }

    /// Notes a request and gives what to do with it.
    func next(_ request: Seen) -> Act {
        state.withLock { state in
            state.seen.append(request)
            return state.acts.isEmpty ? .serve : state.acts.removeFirst()
        }
    }

    /// Whether a request is signed as it came in, byte by byte.
    static func isSigned(_ seen: Seen) -> Bool {
        let parts = seen.uri.split(separator: "?", maxSplits: 1).map(String.init)
        var request = S3Request(
            method: seen.method,
            path: parts[0].removingPercentEncoding ?? "",
            body: seen.body
        )
        if parts.count > 1 {
            request.query = parts[1].split(separator: "&").map { item in
                let pair = item.split(
                    separator: "=",
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                let texts = pair.map { String($0).removingPercentEncoding ?? "" }
                return (texts[0], texts.count > 1 ? texts[1] : "")
            }
        }
        let authorization = seen.headers.first(name: "authorization") ?? ""
        guard let stamp = seen.headers.first(name: "x-amz-date"), stamp.utf8.count == 16,
            let names = authorization.split(separator: "SignedHeaders=").last?
                .split(separator: ",").first?.split(separator: ";").map(String.init)
        else { return false }
        let added = ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"]
        request.headers = names.filter { !added.contains($0) }.map {
            ($0, seen.headers.first(name: $0) ?? "")
        }
        let digits = Array(stamp)
        let fields = [(0, 4), (4, 6), (6, 8), (9, 11), (11, 13), (13, 15)].map {
            String(digits[$0.0..<$0.1])
        }
        let moment = S3Dates.parse(
            fields[0..<3].joined(separator: "-") + "T" + fields[3...].joined(separator: ":") + "Z"
        )
        guard let moment else { return false }
        let expected = SignatureV4(credentials: credentials, region: "us-east-1").headers(
            for: request,
            host: seen.headers.first(name: "host") ?? "",
            at: moment
        )
        return expected.allSatisfy { seen.headers.first(name: $0.name) == $0.value }
    }
}
