import Events
import Testing
import Web

@testable import Gateway

@Suite struct RegistrationRequestTests {
    private func read(_ json: String) throws(Problem) -> RegistrationRequest {
        try RegistrationRequest(try JSONObject(Array(json.utf8)))
    }

    private func refusal(_ json: String) -> Problem.Code? {
        do throws(Problem) {
            _ = try read(json)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func phonesAndAddressesAreNormalised() throws {
        let phone = try read(#"{"phone":"+1 (555) 123-0001","name":"Ada","device_name":"phone"}"#)
        #expect(phone.address.description == "tel:+15551230001")
        #expect(phone.name == "Ada")
        #expect(phone.deviceName == "phone")
        let email = try read(#"{"email":" Ada@Example.org ","phone":null}"#)
        #expect(email.address.description == "mailto:ada@example.org")
        #expect(email.name.isEmpty)
    }

    @Test func exactlyOneAddressIsNeeded() {
        let texts = [
            "{}", #"{"phone":null}"#, #"{"phone":"+15551230001","email":"ada@example.org"}"#,
            #"{"phone":"x"}"#, #"{"phone":""}"#, #"{"phone":15551230001}"#, #"{"email":[]}"#,
            #"{"email":"ada"}"#, #"{"phone":"ada@example.org"}"#, #"{"email":"+15551230001"}"#,
            #"{"phone":"+1555123000100000"}"#,
            "{\"phone\":\"+1555\(String(repeating: " ", count: 64))1230001\"}",
            "{\"email\":\"\(String(repeating: "a", count: 400))@example.org\"}",
        ]
        for text in texts { #expect(refusal(text) == .invalidAddress, "\(text.prefix(60))") }
    }

    @Test func namesAreBoundedInCharactersAndHaveNoControls() throws {
        let phone = #""phone":"+15551230001""#
        let longest = String(repeating: "鳥", count: Limits.nameCharactersMax)
        for name in ["name", "device_name"] {
            #expect(refusal("{\(phone),\"\(name)\":\"\(longest)\"}") == nil)
            for text in [longest + "x", "a\\nb", "\\u0000", "\\u007f", "\\u0085", "\\u2028"] {
                #expect(
                    refusal("{\(phone),\"\(name)\":\"\(text)\"}") == .invalidName,
                    "\(text)"
                )
            }
            #expect(refusal("{\(phone),\"\(name)\":1}") == .invalidName)
        }
        #expect(try read("{\(phone),\"name\":\"  \"}").name.isEmpty)
        #expect(try read("{\(phone),\"name\":null}").name.isEmpty)
    }
}
