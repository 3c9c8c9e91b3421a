import Postgres
import Testing

@Suite struct URLTests {
    @Test func aDescriptionHasNoPassword() throws {
        let url = try PostgresURL(
            "postgres://ada:s%20ecret@db.example.org:6543/martlet?sslmode=verify-full&sslpassword=hush"
        )
        #expect("\(url)" == "postgresql://ada@db.example.org:6543/martlet?sslmode=verify-full")
        #expect(url.database == "martlet")
        for text in ["\(url)", String(describing: Optional(url)), String(reflecting: url)] {
            #expect(!text.contains("ecret") && !text.contains("hush"))
        }
    }

    @Test func hostsAreShownAsTheyAreWritten() throws {
        let two = try PostgresURL("postgresql://one:1,two:2/d")
        #expect("\(two)" == "postgresql://one,two:1,2/d")
        #expect("\(try PostgresURL("postgresql://[::1]/d"))" == "postgresql://[::1]/d")
        #expect("\(try PostgresURL("postgresql:///d"))" == "postgresql:///d")
    }

    @Test(arguments: [
        ("postgresql://h/d", "postgres://h:5432/d"),
        ("postgresql://ada:secret@h/d?sslmode=require", "postgresql://bob@H/d?connect_timeout=1"),
        ("postgresql://a,b/d", "postgresql://a,b:5432/d"),
        ("postgresql://h:1/d", "postgresql:///d?host=h&port=1"),
        ("postgresql://ada@h", "postgresql://h/ada"),
        ("postgresql:///d", "postgresql://:5432/d"),
    ])
    func aDatabaseIsTheSameHoweverItIsWritten(one: String, other: String) throws {
        #expect(try PostgresURL(one).isSameDatabase(as: PostgresURL(other)))
    }

    @Test(arguments: [
        "postgresql://h:1/d", "postgresql://h/e", "postgresql://i/d", "postgresql://h,i/d",
        "postgresql:///d", "postgresql:///d?host=/h", "postgresql://h",
        "postgresql://h/d?service=s",
    ])
    func anotherHostPortOrNameIsAnotherDatabase(other: String) throws {
        #expect(try !PostgresURL("postgresql://h/d").isSameDatabase(as: PostgresURL(other)))
    }

    @Test(arguments: [
        "", "sqlite:history", "postgresql:/", "mysql://localhost/d", "postgresql://u:%zzsecret@h/d",
        "postgresql://u:secret@h/d?no_such_option=secret", "postgresql://u:secret@h/d?sslmode",
        "postgresql://u:secret@h/d%00", "postgresql://u:secret@h/d\0",
        "postgresql://u:secret@[::1/d",
    ])
    func whatIsNoURLIsRefusedWithoutBeingQuoted(text: String) throws {
        let error = try failure { _ = try PostgresURL(text) }
        #expect(error == PostgresError(.invalidURL, ""))
        #expect(!"\(error)".contains("secret"))
        #expect(!error.isRetriable)
    }
}
