import ArgumentParser
import ClientTestSupport
import Events
import Testing

@testable import ChatClient
@testable import MartletClient

@Suite(.timeLimit(.minutes(2))) struct PersonalRunTests {
    @Test func whoWritesAndWhoIsThereIsInTheStatusLine() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            _ = try await http.post(
                OutgoingMessage(id: ids.next(), to: .account(bob.accountID), text: "hello"),
                token: ada.accessToken
            )
            let adas = Seat(ada, with: ChatTarget(.account(bob.accountID)), http)
            let bobs = Seat(bob, with: ChatTarget(.account(ada.accountID)), http)
            async let adaRuns = adas.run()
            try await adas.shows("── connected · last seen 2023-11-14 22:13 ")
            async let bobRuns = bobs.run()
            try await adas.shows("── connected · online ")
            try await bobs.shows("── connected · online ")
            bobs.types("h")
            try await adas.shows("\(bob.accountID) is typing… ")
            bobs.types("i\u{7F}\u{7F}")
            try await eventually("emptied") {
                try await server.on { $0.activities } == ["typing", "idle"]
            }
            bobs.types("/numbers\r")
            bobs.types("hi\r")
            try await adas.shows("  hi")
            #expect(
                try await server.on { $0.activities } == ["typing", "idle", "typing", "idle"]
            )
            // Nobody says that it has ended: it is forgotten.
            try await server.on { server in
                server.send(
                    "{\"type\":\"signal\",\"kind\":\"typing\",\"conversation_id\":\""
                        + "\(ConversationID(directBetween: ada.accountID, and: bob.accountID))"
                        + "\",\"account_id\":\"\(bob.accountID)\",\"activity\":\"recording\"}",
                    to: ada.accountID
                )
            }
            try await adas.shows("\(bob.accountID) is recording… ")
            adas.terminal.forget()
            try await adas.shows("── connected · online ")
            bobs.types("/quit\r")
            #expect(await bobRuns == nil)
            try await adas.shows("── connected · last seen 2023-11-14 22:13 ")
            adas.types("/quit\r")
            #expect(await adaRuns == nil)
        }
    }

    @Test func whatIsSetOnOneDeviceIsShownOnBoth() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            let link = try await http.createLink(token: ada.accessToken)
            let other = try await http.acceptLink(link.token, deviceName: "tablet")
            for text in ["one", "two"] {
                _ = try await http.post(
                    OutgoingMessage(id: ids.next(), to: .account(ada.accountID), text: text),
                    token: bob.accessToken
                )
            }
            let peer = ChatTarget(.account(bob.accountID))
            let first = Seat(ada, with: peer, http)
            let second = Seat(other, with: peer, http)
            async let firstRuns = first.run()
            async let secondRuns = second.run()
            for seat in [first, second] {
                try await seat.shows("  two")
                try await seat.shows("── connected")
            }
            try await server.on { $0.script.requestAnswersToDrop = 1 }
            first.types("/star 1\r")
            try await first.shows("── marked; /starred lists")
            for seat in [first, second] { try await seat.shows("two ★") }
            #expect(try await server.on { $0.changes.count } == 2)
            second.types("/delete 2 me\r")
            try await second.shows("── deleted for you; others keep it ")
            try await eventually("gone") {
                let page = try await http.events(
                    of: ConversationID(directBetween: ada.accountID, and: bob.accountID),
                    history: http.server,
                    token: ada.accessToken
                )
                return page.messages.map(\.content) == [.text("two"), .hidden]
            }
            first.types("/mute 8h\r")
            try await first.shows("── muted ")
            first.types("/archive\r")
            try await first.shows("── archived ")
            second.types("/list\r")
            try await second.shows(" · muted · archived  ")
            second.types("/starred\r")
            try await second.shows(": two")
            second.types("/privacy receipts off\r")
            try await second.shows("nobody sees what you have read")
            second.types("/contact\r")
            try await second.shows("one of your contacts now")
            second.types("/contacts\r")
            try await second.shows("account 2  \(bob.accountID)")
            second.types("/link\r")
            try await second.shows("link-1-xxxx")
            first.types("/devices\r")
            try await first.shows("tablet  \(other.deviceID)")
            first.types("/remove-device \(other.deviceID.description.suffix(5))\r")
            try await first.shows("── the device is signed out for good")
            #expect(await secondRuns == ClientError(.deviceRemoved))
            #expect(second.terminal.shows("this device was removed"))
            first.types("/quit\r")
            #expect(await firstRuns == nil)
        }
    }

    // MARK: Signing in

    private func signingIn(
        _ http: MartletHTTP,
        _ profile: ChatProfile,
        address: String? = nil,
        _ code: SignIn.CodeSource
    ) -> SignIn {
        SignIn(http: http, profile: profile, address: address, name: nil, code: code)
    }

    @Test func aLinkSignsADeviceInOnceAndItsTokensDoFromThenOn() async throws {
        try await withTemporaryFolder { folder in
            try await withServer { server in
                let (http, ada) = try await signIn(server, "+15551230001")
                let link = try await http.createLink(token: ada.accessToken)
                let profile = try ChatProfile(directory: "\(folder)/profile")
                let byLink = signingIn(http, profile, .link(link.token))
                let first = try await byLink.credentials()
                #expect(first.accountID == ada.accountID)
                #expect(try await byLink.credentials().deviceID == first.deviceID)
                let byTokens = signingIn(http, profile, .prompt { nil })
                #expect(try await byTokens.credentials().deviceID == first.deviceID)
                try await http.set(.removeDevice(first.deviceID), token: ada.accessToken)
                await #expect(throws: ClientError(.deviceRemoved)) {
                    try await byTokens.credentials()
                }
                // Neither tokens nor an address to register: nothing is asked of anybody.
                await #expect(throws: ChatProfile.Failure.self) {
                    try await byTokens.credentials()
                }
                #expect(profile.credentials == nil)
                await #expect(throws: ClientError(.init("link_not_found"))) {
                    try await byLink.credentials()
                }
            }
        }
    }

    @Test(arguments: [
        (["--as", "+15551230001", "--to", "+15551230002"], true), (["--link", "t"], true),
        (["--link", "t", "--as", "+15551230001"], true),
        (["--as", "00000000000000000000000001", "--listen"], true),
        (["--to", "+15551230002"], false), (["--as", "ada", "--listen"], false),
        (["--as", "+15551230001"], false),
    ])
    func theCommandNeedsAnAccountOrALink(arguments: [String], isUnderstood: Bool) {
        #expect(((try? ChatCommand.parse(arguments)) != nil) == isUnderstood)
    }
}
