import Accounts
import Events
import Foundation
import Stores
import TestKit
import Testing
import Web

@testable import History

/// What is the same for all of history's calls.
@Suite struct HistoryRoutesTests {
    /// Every path, with something in the places of names.
    private var paths: [String] {
        HistoryRoutes.table.map(\.path).filter { !$0.hasPrefix("/v1/invites") }.map { path in
            let message = SubmissionID(high: 0x7000, low: 1).description
            let conversation = Speaker.ada.conversation(with: .bob).description
            let id = path.hasPrefix("/v1/messages") ? message : conversation
            let query =
                switch path {
                case "/v1/messages/{id}": "?conversation_id=\(conversation)"
                case "/v1/search": "?q=word"
                default: ""
                }
            return path.replacing("{id}", with: id) + query
        }
    }

    /// What a path answers to who has one direct conversation.
    private func status(_ path: String) -> Int {
        let isForDeciders = ["/invites", "/requests", "/bans"].contains { path.hasSuffix($0) }
        return isForDeciders ? 403 : 200
    }

    @Test func noCallIsThereTwice() {
        let paths = HistoryRoutes.table.map(\.path)
        #expect(Set(paths).count == paths.count)
        #expect(paths.count >= 17)
    }

    @Test func theTokenOfARemovedDeviceIsWorthNothing() async throws {
        try await HistoryWorld.run { story in
            story.post("needle", from: .ada, to: .bob)
            story.set(.deviceRemoved(Speaker.ada.device), by: .ada)
        } _: { world in
            let bad = ["/v1/conversations?limit=x", "/v1/conversations/x/events", "/v1/invites/x"]
            for path in paths + bad {
                let answer = try await world.get(path, as: .ada)
                #expect(answer.status == 401, "\(path)")
                #expect(answer.problem == "device_removed", "\(path)")
                #expect(answer.header("WWW-Authenticate") == "Bearer", "\(path)")
                #expect(!answer.text.contains("needle"), "\(path)")
            }
            // Another device of the account goes on, and it is noticed while the service runs.
            let tablet = Speaker(account: Speaker.ada.account, device: DeviceID(high: 3, low: 3))
            #expect(try await world.get("/v1/devices", as: tablet).status == 200)
            var story = Story()
            story.set(.deviceRemoved(tablet.device), by: tablet)
            try SQLiteHotStore(path: world.storePath).apply(story.take())
            let answer = try await world.get("/v1/devices", as: tablet)
            #expect(answer.status == 401 && answer.problem == "device_removed")
        }
    }

    @Test func whoDoesNotSayWhoTheyAreIsNotAnswered() async throws {
        try await HistoryWorld.run {
            $0.post("needle", from: .ada, to: .bob)
        } _: { world in
            let pair = try await world.tokens(of: .ada)
            for path in paths {
                #expect(try await world.get(path, token: pair.accessToken).status == status(path))
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
                #expect(head.status == status(path), "\(path)")
                #expect(head.body.isEmpty, "\(path)")
            }
            for path in ["/", "/v1/conversations/x", "/v1/messages", "/healthz", "/v1/searches"] {
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
                let mark = path.contains("?") ? "&" : "?"
                let query = "limit=needle&cursor=needle&since=needle&before=needle"
                _ = try await world.get("\(path)\(mark)\(query)", token: token)
            }
            _ = try await world.get("/v1/invites/needle", token: token)
            _ = try await world.get("/v1/search?q=needle", token: token)
            #expect(!world.capture.text.contains("needle"))
            #expect(!world.capture.text.contains(token))
        }
    }
}
