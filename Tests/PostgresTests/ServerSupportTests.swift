import ServerSupport
import Testing

@Suite struct ServerSupportTests {
    @Test func aServerComesBackOnTheSamePort() async throws {
        let postgres = try await PostgresServer.start(login: .password, tls: true)
        _ = try await postgres.createDatabase()
        await postgres.kill()
        #expect(!postgres.server.isRunning)
        try await postgres.start()
        _ = try await postgres.createDatabase()
        await postgres.stop()
    }

    @Test func aMissingProgramNamesThePackageToInstall() {
        #expect {
            try TestServer.executable("no-such-program", package: "some-package")
        } throws: {
            "\($0)".contains("apt-get install some-package")
        }
    }
}
