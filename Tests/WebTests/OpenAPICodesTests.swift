import Events
import Foundation
import Testing
import Yams

@testable import Gateway
@testable import Web

/// `docs/openapi.yaml` says the same as the code does about codes and limits.
@Suite struct OpenAPICodesTests {
    private let root: [String: Any]

    init() throws {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let text = try String(contentsOfFile: folder.path + "/docs/openapi.yaml", encoding: .utf8)
        root = try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    private func value(_ path: String) -> Any? {
        path.split(separator: "/").reduce(root as Any?) { node, name in
            if let list = node as? [Any], let place = Int(name) { return list[place] }
            return (node as? [String: Any])?[String(name)]
        }
    }

    /// Everything that has a status and codes of its own.
    private func refusals(_ node: Any?) -> [(status: Int, codes: [String])] {
        if let list = node as? [Any] { return list.flatMap(refusals) }
        guard let object = node as? [String: Any] else { return [] }
        var found = object.values.flatMap(refusals)
        if let status = (object["status"] as? [String: Any])?["const"] as? Int,
            let codes = (object["code"] as? [String: Any])?["enum"] as? [String]
        {
            found.append((status, codes))
        }
        return found
    }

    @Test func everyCodeOfTheRegistryIsDocumentedAndNoOther() throws {
        let path = "components/schemas/Problem/properties/code/enum"
        let documented = try #require(value(path) as? [String])
        #expect(documented == Problem.Code.all.map(\.name))
    }

    @Test func everyDocumentedCodeComesWithItsStatus() {
        let statuses = Dictionary(
            uniqueKeysWithValues: Problem.Code.all.map { ($0.name, $0.status) }
        )
        let refusals = refusals(root)
        #expect(refusals.count > 15)
        for (status, codes) in refusals {
            for code in codes { #expect(statuses[code] == status, "\(code)") }
        }
        // One is not a matter of one call; the router says the others, in events.
        let used = Set(refusals.flatMap(\.codes))
        let unused = Set(statuses.keys).subtracting(used)
        #expect(unused == ["method_not_allowed"])
    }

    @Test func theDocumentedLimitsAreThoseOfTheCode() {
        let cases: [(String, Int)] = [
            ("MessageRequest/properties/message/maxLength", Limits.messageCharactersMax),
            ("RegistrationRequest/properties/name/maxLength", Limits.nameCharactersMax),
            ("RegistrationRequest/properties/device_name/maxLength", Limits.nameCharactersMax),
            ("ConversationPage/properties/conversations/maxItems", Limits.historyPageEventsMax),
            ("EventPage/properties/events/maxItems", Limits.historyPageEventsMax),
            ("Tokens/properties/access_token/maxLength", TokenAuthority.tokenBytesMax),
            ("Link/properties/link_token/maxLength", TokenAuthority.tokenBytesMax),
            ("LinkAcceptance/properties/link_token/maxLength", TokenAuthority.tokenBytesMax),
            ("LinkAcceptance/properties/device_name/maxLength", Limits.nameCharactersMax),
            ("Connection/properties/url/maxLength", RouteTable.urlBytesMax),
            ("MessageRequest/properties/mentions/maxItems", Limits.mentionsMax),
            ("TextContent/properties/text/maxLength", Limits.messageCharactersMax),
            ("MediaContent/properties/caption/maxLength", Limits.captionCharactersMax),
            ("MediaContent/properties/file_name/maxLength", Limits.fileNameCharactersMax),
            ("Location/properties/name/maxLength", Limits.titleCharactersMax),
            ("PollContent/properties/question/maxLength", Limits.pollQuestionCharactersMax),
            ("PollContent/properties/options/maxItems", Limits.pollOptionsMax),
            ("GroupRequest/allOf/1/properties/name/maxLength", Limits.titleCharactersMax),
            (
                "GroupRequest/allOf/1/properties/description/maxLength",
                Limits.descriptionCharactersMax
            ),
            ("GroupRequest/allOf/1/properties/members/maxItems", Limits.membersPerRequestMax),
            ("AccountsRequest/allOf/1/properties/accounts/maxItems", Limits.membersPerRequestMax),
            ("ReactionRequest/allOf/1/properties/emoji/maxLength", Limits.reactionBytesMax),
            ("VoteRequest/allOf/1/properties/options/maxItems", Limits.pollOptionsMax),
            (
                "Settings/properties/disappear_after_s/maximum",
                Int(Limits.disappearAfterMax.components.seconds)
            ),
        ]
        for (path, limit) in cases {
            #expect(value("components/schemas/" + path) as? Int == limit, "\(path)")
        }
        let limit = "components/parameters/limit/schema/"
        #expect(value(limit + "default") as? Int == Limits.historyPageEvents)
        #expect(value(limit + "maximum") as? Int == Limits.historyPageEventsMax)
        let lifetime = value("components/schemas/Tokens/properties/expires_in/const") as? Int
        #expect(lifetime.map { Duration.seconds($0) } == TokenAuthority.accessLifetime)
    }

    @Test func theDirectoryHasTheLimitsThatAreDocumented() throws {
        let json = ServiceDirectory(DirectorySample.context()).json(askedAt: nil)
        let served = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let limits = try #require(served?["limits"] as? [String: Int])
        let directory = "components/schemas/Directory/"
        let required = try #require(
            value(directory + "properties/limits/required") as? [String]
        )
        #expect(Set(required) == Set(limits.keys))
        let described = value(directory + "properties/limits/properties") as? [String: Any]
        #expect(described.map { Set($0.keys) } == Set(limits.keys))
        #expect(value(directory + "examples/0/limits") as? [String: Int] == limits)
    }

    @Test func everyCallHasANameOfItsOwn() throws {
        let paths = try #require(value("paths") as? [String: [String: Any]])
        let operations = paths.values.flatMap(\.values).compactMap { $0 as? [String: Any] }
        let names = operations.compactMap { $0["operationId"] as? String }
        #expect(names.count == operations.count)
        #expect(Set(names).count == names.count)
    }
}
