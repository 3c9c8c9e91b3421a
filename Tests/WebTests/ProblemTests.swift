import Events
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import Web

@Suite struct ProblemTests {
    @Test func everyCodeIsOneWordWithOneStatus() throws {
        let word = try Regex("[a-z]+(_[a-z]+)*")
        #expect(Set(Problem.Code.all.map(\.name)).count == Problem.Code.all.count)
        for code in Problem.Code.all {
            #expect(code.name.wholeMatch(of: word) != nil, "\(code.name)")
            #expect((400...599).contains(code.status), "\(code.name)")
            #expect(!code.title.isEmpty, "\(code.name)")
        }
    }

    @Test func aTitleBelongsToOneStatus() {
        let titles = Dictionary(grouping: Problem.Code.all, by: \.title)
        for (title, codes) in titles {
            #expect(Set(codes.map(\.status)).count == 1, "\(title)")
        }
    }

    @Test func theDocumentIsJSONWithTheFiveMembers() throws {
        let hostile = "a \"quote\", a \\ and a line\nbreak, \u{0}\u{1F}\u{7F} 🪶 \u{2028}"
        for code in Problem.Code.all {
            let problem = Problem(code, hostile)
            let value = try JSONSerialization.jsonObject(with: Data(problem.json.utf8))
            let object = try #require(value as? [String: Any])
            #expect(Set(object.keys) == ["type", "title", "status", "detail", "code"])
            #expect(object["type"] as? String == "about:blank")
            #expect(object["status"] as? Int == code.status)
            #expect(object["code"] as? String == code.name)
            #expect(object["detail"] as? String == hostile)
        }
    }

    @Test func whatIsWrittenIsWhatIsRead() throws {
        for scalar in (0...0x2FF).compactMap(Unicode.Scalar.init) {
            let text = "<\(scalar)>"
            let object = try JSONObject(Array("{\"a\":\(JSONText.quoted(text))}".utf8))
            #expect(
                try object.string("a")?.utf8.elementsEqual(text.utf8) == true,
                "\(scalar.value)"
            )
        }
    }

    @Test func retryAfterIsInWholeSecondsRoundedUpAndNeverNone() {
        let cases: [(Duration?, Int64?)] = [
            (nil, nil), (.zero, 1), (.milliseconds(-5), 1), (.milliseconds(1), 1),
            (.seconds(1), 1), (.milliseconds(1001), 2), (.seconds(600), 600),
        ]
        for (duration, seconds) in cases {
            let problem = Problem(.tooManyRequests, "x", retryAfter: duration)
            #expect(problem.retryAfterSeconds == seconds, "\(String(describing: duration))")
        }
    }

    @Test func theAnswerHasTheStatusAndTheHeadersOfItsProblem() {
        let busy = Problem(.logUnavailable, "x", retryAfter: .milliseconds(1500)).response
        #expect(busy.status.code == 503)
        #expect(busy.headers[.contentType] == "application/problem+json")
        #expect(busy.headers[.retryAfter] == "2")
        #expect(busy.headers[.wwwAuthenticate] == nil)
        let stranger = Problem.unauthenticated.response
        #expect(stranger.status.code == 401)
        #expect(stranger.headers[.wwwAuthenticate] == "Bearer")
        #expect(stranger.headers[.retryAfter] == nil)
    }
}
