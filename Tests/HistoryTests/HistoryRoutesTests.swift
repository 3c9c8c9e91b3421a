import Events
import Foundation
import Stores
import TestKit
import Testing
import Web

/// What is the same for all of history's calls.
@Suite struct HistoryRoutesTests {
    private var paths: [String] {
        let conversation = Speaker.ada.conversation(with: .bob)
        let message = SubmissionID(high: 0x7000, low: 1)
        return [
            "/v1/conversations", "/v1/conversations/\(conversation)",
            "/v1/conversations/\(conversation)/events",
            "/v1/conversations/\(conversation)/members", "/v1/messages/\(message)/receipts",
        ]
    }

    @Test func whoDoesNotSayWhoTheyAreIsNotAnswered() async throws {
        try await HistoryWorld.run {
            $0.post("needle", from: .ada, to: .bob)
        } _: { world in
            let pair = try await world.tokens(of: .ada)
            for path in paths {
                #expect(try await world.get(path, token: pair.accessToken).status == 200)
                for token in [nil, "", "x", "a.b.c", pair.refreshToken, pair.accessToken + "x"] {
                    let answer = try await world.get(path, token: token)
                    #expect(answer.status == 401, "\(path) \(token?.prefix(5) ?? "-")")
                    #expect(answer.problem == "unauthenticated", "\(path)")
                    #expect(answer.header("WWW-Authenticate") == "Bearer", "\(path)")
                }
                let asked = try await world.get("\(path)?token=\(pair.accessToken)")
                #expect(asked.status == 401, "\(path)")
            }
            world.clock.advance(by: TokenAuthority.accessLifetime)
            for path in paths {
                #expect(try await world.get(path, token: pair.accessToken).status == 401)
            }
        }
    }

    @Test func whoIsAskedBeforeWhatIsAsked() async throws {
        // Without a store, with nonsense, of a stranger: the token comes first.
        try await HistoryWorld.run { world in
            for path in paths + [
                "/v1/conversations?limit=x", "/v1/conversations/x/events", "/v1/invites/x",
            ] {
                let answer = try await world.get(path)
                #expect(answer.status == 401, "\(path)")
            }
        }
    }

    @Test func onlyGetAndHeadAreTaken() async throws {
        try await HistoryWorld.run {
            $0.post("x", from: .ada, to: .bob)
        } _: { world in
            for path in paths {
                for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                    let answer = try await world.get(path, as: .ada, method: method)
                    #expect(answer.status == 405, "\(method) \(path)")
                    #expect(answer.problem == "method_not_allowed", "\(method) \(path)")
                    #expect(answer.header("Allow") == "GET, HEAD", "\(method) \(path)")
                }
                let head = try await world.get(path, as: .ada, method: "HEAD")
                #expect(head.status == 200, "\(path)")
                #expect(head.body.isEmpty, "\(path)")
            }
            for path in ["/", "/v1/conversations/x", "/v1/messages", "/healthz", "/v1/search"] {
                #expect(try await world.get(path, as: .ada).problem == "not_found", "\(path)")
            }
        }
    }

    @Test func noAnswerIsToBeCached() async throws {
        try await HistoryWorld.run {
            $0.post("x", from: .ada, to: .bob)
        } _: { world in
            for path in paths {
                let answer = try await world.get(path, as: .ada)
                #expect(answer.header("Cache-Control") == "no-store", "\(path)")
                #expect(answer.header("X-Content-Type-Options") == "nosniff", "\(path)")
            }
        }
    }

    @Test func noTextAndNoTokenIsLogged() async throws {
        try await HistoryWorld.run {
            $0.post("needle", from: .ada, to: .bob)
        } _: { world in
            let token = try await world.tokens(of: .ada).accessToken
            for path in paths {
                _ = try await world.get(path, token: token)
                _ = try await world.get("\(path)?limit=needle&cursor=needle", token: token)
            }
            _ = try await world.get("/v1/invites/needle", token: token)
            #expect(!world.capture.text.contains("needle"))
            #expect(!world.capture.text.contains(token))
        }
    }
}
