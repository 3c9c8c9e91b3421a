import Crypto
import Events
import Foundation
import TestKit
import Testing

@testable import Web

@Suite struct TokenAuthorityTests {
    private let clock = ManualClock()
    private let authority: TokenAuthority

    init() {
        authority = TokenAuthority(keys: Samples.keys, clock: clock)
    }

    private var seconds: Int64 { clock.now().milliseconds / 1000 }

    private func claims(kind: String = "access", expires: Int64? = nil) -> String {
        TokenForge.claims(
            account: Samples.ada.account.description,
            device: Samples.ada.device.description,
            kind: kind,
            issued: seconds,
            expires: expires ?? seconds + 900
        )
    }

    private func isRefused(_ token: String) async -> Bool {
        do {
            _ = try await authority.verify(accessToken: token)
            return false
        } catch {
            return error == .unauthenticated
        }
    }

    // MARK: What is good

    @Test func anIssuedTokenNamesItsAccountAndDevice() async throws {
        let pair = try await authority.issue(for: Samples.ada)
        #expect(pair.expiresIn == .seconds(900))
        #expect(try await authority.verify(accessToken: pair.accessToken) == Samples.ada)
        #expect(try await authority.verify(refreshToken: pair.refreshToken) == Samples.ada)
    }

    @Test func aTokenIsAnEd25519SignedJWTThatOthersCanCheck() async throws {
        let pair = try await authority.issue(for: Samples.ada)
        let parts = pair.accessToken.split(separator: ".")
        try #require(parts.count == 3)
        let key = Samples.keys.signingKey.publicKey
        let signed = Array((parts[0] + "." + parts[1]).utf8)
        #expect(key.isValidSignature(TokenForge.decoded(parts[2]), for: signed))
        let header = try JSONObject(TokenForge.decoded(parts[0]))
        #expect(try header.string("alg") == "EdDSA")
        let claims = try JSONObject(TokenForge.decoded(parts[1]))
        #expect(try claims.string("sub") == Samples.ada.account.description)
        #expect(try claims.string("device") == Samples.ada.device.description)
        #expect(try claims.integer("iat") == seconds)
        #expect(try claims.integer("exp") == seconds + 900)
    }

    @Test func aTokenOfAnotherProcessWithTheSameKeysIsGood() async throws {
        let other = TokenAuthority(keys: Samples.keys, clock: clock)
        let pair = try await other.issue(for: Samples.bob)
        #expect(try await authority.verify(accessToken: pair.accessToken) == Samples.bob)
    }

    @Test func aTokenMadeByHandWithTheKeyIsGood() async throws {
        // Or else the forgeries below would be refused for another reason than the one that they are about.
        let token = try TokenForge.token(claims: claims(), key: Samples.keys.signingKey)
        #expect(try await authority.verify(accessToken: token) == Samples.ada)
    }

    // MARK: Time

    @Test func anAccessTokenIsGoodUntilItsLastMillisecondAndNotAfter() async throws {
        let pair = try await authority.issue(for: Samples.ada)
        clock.advance(by: TokenAuthority.accessLifetime - .milliseconds(1))
        #expect(try await authority.verify(accessToken: pair.accessToken) == Samples.ada)
        clock.advance(by: .milliseconds(1))
        #expect(await isRefused(pair.accessToken))
    }

    @Test func aTokenThatIsRememberedExpiresAsOneThatIsNot() async throws {
        let pair = try await authority.issue(for: Samples.ada)
        _ = try await authority.verify(accessToken: pair.accessToken)
        #expect(authority.cached(accessToken: pair.accessToken) == Samples.ada)
        clock.advance(by: TokenAuthority.accessLifetime)
        #expect(authority.cached(accessToken: pair.accessToken) == nil)
        #expect(await isRefused(pair.accessToken))
    }

    @Test func aRefreshTokenIsGoodForNinetyDays() async throws {
        let pair = try await authority.issue(for: Samples.ada)
        clock.advance(by: .seconds(90 * 24 * 60 * 60 - 1))
        #expect(try await authority.verify(refreshToken: pair.refreshToken) == Samples.ada)
        clock.advance(by: .seconds(1))
        await #expect(throws: Problem.unauthenticated) {
            try await authority.verify(refreshToken: pair.refreshToken)
        }
    }

    @Test func theEndOfTimeIsNoExpiryThatTraps() async throws {
        for expires in [Int64.max, Int64.max / 1000 + 1, 0, -1, .min] {
            let token = try TokenForge.token(
                claims: claims(expires: expires),
                key: Samples.keys.signingKey
            )
            #expect(await isRefused(token), "\(expires)")
        }
    }

    // MARK: Two kinds

    @Test func aRefreshTokenOpensNothingButNewTokens() async throws {
        let pair = try await authority.issue(for: Samples.ada)
        #expect(await isRefused(pair.refreshToken))
        #expect(authority.cached(accessToken: pair.refreshToken) == nil)
        await #expect(throws: Problem.unauthenticated) {
            try await authority.verify(refreshToken: pair.accessToken)
        }
    }

    @Test func aLinkTokenOpensNothingAndNothingElseLinks() async throws {
        let pair = try await authority.issue(for: Samples.ada)
        let (link, _) = try await authority.issueLink(for: Samples.ada)
        #expect(try await authority.verify(linkToken: link) == Samples.ada)
        #expect(await isRefused(link))
        #expect(authority.cached(accessToken: link) == nil)
        await #expect(throws: Problem.unauthenticated) {
            try await authority.verify(refreshToken: link)
        }
        for token in [pair.accessToken, pair.refreshToken] {
            await #expect(throws: Problem.unauthenticated) {
                try await authority.verify(linkToken: token)
            }
        }
    }

    @Test func aLinkTokenIsGoodForFiveMinutes() async throws {
        // Not at the beginning of a second: a token's time is in whole ones.
        clock.advance(by: .milliseconds(700))
        let (link, expires) = try await authority.issueLink(for: Samples.ada)
        #expect(expires == clock.now() + .milliseconds(5 * 60 * 1000 - 700))
        clock.set(expires - .milliseconds(1))
        #expect(try await authority.verify(linkToken: link) == Samples.ada)
        clock.set(expires)
        await #expect(throws: Problem.unauthenticated) {
            try await authority.verify(linkToken: link)
        }
    }

    @Test func aTokenOfNoKindIsRefused() async throws {
        for kind in ["", "Access", "admin"] {
            let token = try TokenForge.token(
                claims: claims(kind: kind),
                key: Samples.keys.signingKey
            )
            #expect(await isRefused(token), "\(kind)")
        }
    }

    // MARK: Forgeries

    @Test func algNoneIsRefusedHoweverItIsWritten() async {
        for name in ["none", "None", "NONE", "nOnE", ""] {
            let header = #"{"alg":"\#(name)","typ":"JWT"}"#
            let unsigned = TokenForge.token(header: header, claims: claims()) { _ in [] }
            #expect(await isRefused(unsigned), "\(name)")
            #expect(await isRefused(String(unsigned.dropLast())), "\(name), two parts")
        }
        let without = TokenForge.token(header: #"{"typ":"JWT"}"#, claims: claims()) { _ in [] }
        #expect(await isRefused(without))
    }

    @Test func aGoodSignatureUnderAnotherAlgorithmsNameIsRefused() async throws {
        for name in ["none", "HS256", "ES256", "Ed25519", "eddsa"] {
            let token = try TokenForge.token(
                header: #"{"alg":"\#(name)","typ":"JWT"}"#,
                claims: claims(),
                key: Samples.keys.signingKey
            )
            #expect(await isRefused(token), "\(name)")
        }
    }

    @Test func thePublicKeyIsNoSecretToSignWith() async {
        let publicKey = SymmetricKey(data: Samples.keys.signingKey.publicKey.rawRepresentation)
        for header in [#"{"alg":"HS256","typ":"JWT"}"#, TokenForge.header] {
            let token = TokenForge.token(header: header, claims: claims()) {
                Array(HMAC<SHA256>.authenticationCode(for: $0, using: publicKey))
            }
            #expect(await isRefused(token), "\(header)")
        }
    }

    @Test func anotherInstallationsTokenIsRefused() async throws {
        let token = try TokenForge.token(claims: claims(), key: Samples.signingKey(4))
        #expect(await isRefused(token))
    }

    @Test func everyChangedCharacterOfATokenIsNoticed() async throws {
        let token = Array(try await authority.issue(for: Samples.ada).accessToken.utf8)
        for place in token.indices {
            var changed = token
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : 0x41
            // The last character of a part has bits that belong to no byte; whatever they are, the bytes must be the same.
            let text = String(decoding: changed, as: UTF8.self)
            let isSame = zip(text.split(separator: "."), parts(token)).allSatisfy {
                TokenForge.decoded($0) == TokenForge.decoded($1)
            }
            if !isSame || text.split(separator: ".").count != 3 {
                #expect(await isRefused(text), "character \(place)")
            }
        }
    }

    private func parts(_ token: [UInt8]) -> [Substring] {
        String(decoding: token, as: UTF8.self).split(separator: ".")
    }

    @Test func claimsThatNameNobodyAreRefused() async throws {
        let good = Samples.ada.account.description
        for (account, device) in [("", good), (good, ""), ("x", good), (good + "0", good)] {
            let claims = TokenForge.claims(
                account: account,
                device: device,
                expires: seconds + 900
            )
            let token = try TokenForge.token(claims: claims, key: Samples.keys.signingKey)
            #expect(await isRefused(token), "\(account) \(device)")
        }
        for claims in ["{}", "[]", "null", "", "{\"sub\":1}", "\u{FFFD}"] {
            let token = try TokenForge.token(claims: claims, key: Samples.keys.signingKey)
            #expect(await isRefused(token), "\(claims)")
        }
    }

    @Test func whatIsNoTokenIsRefused() async {
        let texts = [
            "", ".", "..", "...", "a.b.c", "Bearer x", "\u{0}", "🪶.🪶.🪶", " ",
            String(repeating: ".", count: 1024), String(repeating: "a", count: 1025),
        ]
        for text in texts { #expect(await isRefused(text), "\(text.prefix(20))") }
    }

    @Test func aTokenThatIsTooLongIsNotEvenLookedAt() async throws {
        let padding = String(repeating: "x", count: 1024)
        let claims = claims().dropLast() + ",\"padding\":\"\(padding)\"}"
        let token = try TokenForge.token(claims: String(claims), key: Samples.keys.signingKey)
        #expect(await isRefused(token))
        #expect(authority.cached(accessToken: token) == nil)
    }

    @Test func whatIsRefusedIsNotRemembered() async throws {
        let token = try TokenForge.token(claims: claims(), key: Samples.signingKey(4))
        #expect(await isRefused(token))
        #expect(authority.cached(accessToken: token) == nil)
        #expect(await isRefused(token))
    }
}
