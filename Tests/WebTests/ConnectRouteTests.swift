import EventLog
import Events
import SwiftProtobuf
import TestKit
import Testing
import Web

@testable import Gateway

/// `GET /v1/connect`, and what is the same for all calls, over a socket.
@Suite struct ConnectRouteTests {
    private let world = GatewayWorld()

    private func serve(_ account: AccountID, at url: String) throws {
        let partition = Partitioner.partition(of: account, count: 12)
        let route = PBRouteRecord.with {
            $0.partitionRoute.partition = UInt32(partition.number)
            $0.partitionRoute.url = url
        }
        world.routes.apply(
            LogRecord(
                topicPartition: TopicPartition(.routes, Partition(0)),
                offset: Offset(0),
                timestamp: Timestamp(milliseconds: 0),
                key: nil,
                value: try route.serializedBytes()
            )
        )
    }

    @Test func adaAndBobAreSentToWhoeverServesThem() async throws {
        try await world.serve { server in
            let ada = try await world.token()
            let before = try await server.send("GET", "/v1/connect", token: ada)
            #expect(before.status == 503)
            #expect(before.problem == "no_route")
            #expect(before.header("Retry-After") == "1")
            world.routes.set(partitionCount: 12)
            try serve(Samples.ada.account, at: "ws://127.0.0.1:8082/v1/socket")
            let after = try await server.send("GET", "/v1/connect", token: ada)
            #expect(after.status == 200)
            #expect(after.string("url") == "ws://127.0.0.1:8082/v1/socket")
            try serve(Samples.ada.account, at: "")
            try serve(Samples.bob.account, at: "ws://127.0.0.1:8083/v1/socket")
            let bob = try await world.token(Samples.bob)
            let other = try await server.send("GET", "/v1/connect", token: bob)
            #expect(other.string("url") == "ws://127.0.0.1:8083/v1/socket")
            let gone = try await server.send("GET", "/v1/connect", token: ada)
            #expect(gone.problem == "no_route")
        }
    }

    @Test func aTokenInTheURLIsNotLookedAt() async throws {
        try await world.serve { server in
            world.routes.set(partitionCount: 12)
            try serve(Samples.ada.account, at: "ws://127.0.0.1:8082/v1/socket")
            let token = try await world.token()
            for name in ["token", "access_token", "sender", "authorization"] {
                let answer = try await server.send("GET", "/v1/connect?\(name)=\(token)")
                #expect(answer.problem == "unauthenticated", "\(name)")
            }
            #expect(!world.capture.text.contains(token))
        }
    }

    @Test func everyPathSaysWhichMethodsItTakes() async throws {
        let posts = [
            "/v1/registrations", "/v1/registrations/x/confirmation", "/v1/tokens", "/v1/messages",
        ]
        let gets = ["/v1/connect", "/.well-known/martlet", "/"]
        try await world.serve { server in
            for (paths, allowed) in [(posts, ["POST"]), (gets, ["GET", "HEAD"])] {
                for path in paths {
                    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
                    where !allowed.contains(method) {
                        let answer = try await server.send(method, path)
                        #expect(answer.status == 405, "\(method) \(path)")
                        #expect(answer.problem == "method_not_allowed", "\(method) \(path)")
                        #expect(answer.header("Allow") == allowed.joined(separator: ", "))
                    }
                }
            }
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        let paths = [
            "/v1", "/v1/", "/v2/messages", "/v1/messages/x/y", "/v1/registrations/x", "/healthz",
            "/readyz", "/metrics", "/%2e%2e/etc/passwd", "/.well-known", "/V1/messages",
            "/v1/conversations",
        ]
        try await world.serve { server in
            for path in paths {
                for method in ["GET", "POST", "DELETE"] {
                    let answer = try await server.send(method, path)
                    #expect(answer.status == 404, "\(method) \(path)")
                    #expect(answer.problem == "not_found", "\(method) \(path)")
                }
            }
        }
    }

    @Test func theDirectoryNamesTheEndpointsAndTheLimits() async throws {
        try await world.serve { server in
            let answer = try await server.send("GET", "/.well-known/martlet")
            #expect(answer.status == 200)
            let endpoints = answer.object["endpoints"] as? [String: String]
            #expect(
                endpoints == [
                    "gateway": "http://127.0.0.1:8080", "history": "http://127.0.0.1:8081",
                ]
            )
            let limits = answer.object["limits"] as? [String: Int]
            #expect(limits?["message_characters_max"] == Limits.messageCharactersMax)
            #expect(limits?["body_bytes_max"] == Limits.bodyBytesMax)
            #expect(limits?["submission_age_max_seconds"] == 14 * 24 * 60 * 60)
        }
    }
}
