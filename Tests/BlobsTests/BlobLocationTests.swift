import Events
import Logging
import Testing

@testable import Blobs

@Suite struct BlobLocationTests {
    private func s3(_ text: String) throws -> S3Location {
        guard case .s3(let location) = try BlobLocation(text) else {
            throw BlobError(.invalid, "not S3")
        }
        return location
    }

    @Test func foldersAreRead() throws {
        for (text, path) in [
            ("file:data/blobs", "data/blobs"), ("file:/var/blobs", "/var/blobs"),
            ("file:///var/blobs", "/var/blobs"), ("data/blobs", "data/blobs"), ("/a b", "/a b"),
        ] {
            #expect(try BlobLocation(text) == .folder(path), "\(text)")
        }
        #expect(try BlobLocation("/var/blobs").description == "file:/var/blobs")
    }

    @Test func aBucketAtAmazonIsInTheHostsName() throws {
        let location = try s3("s3://my-bucket/martlet/prod?region=eu-central-1")
        #expect(location.bucket == "my-bucket")
        #expect(location.prefix == "martlet/prod")
        #expect(location.scheme == "https")
        #expect(location.host == "my-bucket.s3.eu-central-1.amazonaws.com")
        #expect(location.path(object: "a/b") == "/a/b")
        #expect(location.path() == "/")
        #expect(location.object("k") == "martlet/prod/k")
        #expect(try s3("s3://my-bucket").host == "my-bucket.s3.us-east-1.amazonaws.com")
    }

    @Test func aBucketElsewhereIsInThePath() throws {
        let text = "s3://bucket/p?endpoint=http://127.0.0.1:5000&region=us-east-1&style=path"
        let location = try s3(text)
        #expect(location.description == text)
        #expect(location.host == "127.0.0.1:5000")
        #expect(location.path(object: "a/b") == "/bucket/a/b")
        #expect(location.path() == "/bucket")
        #expect(try s3("s3://bucket/?endpoint=http://127.0.0.1:5000").style == .path)
        #expect(try s3("s3://bucket/p/?endpoint=http%3A%2F%2Fhost%3A5000").host == "host:5000")
        // Clients leave the scheme's own port out of `Host`, and so must the signature.
        #expect(try s3("s3://bucket?endpoint=https://Host:443/").host == "host")
        #expect(try s3("s3://bucket?endpoint=http://host:80").host == "host")
        #expect(try s3("s3://bucket?endpoint=http://[::1]:5000").host == "[::1]:5000")
        #expect(
            try s3("s3://bucket?endpoint=http://host:81&style=virtual").host == "bucket.host:81"
        )
    }

    @Test func aLocationIsReadFromItsDescription() throws {
        for text in [
            "s3://bucket/a/b?region=eu-west-1", "s3://bucket", "file:/a",
            "s3://bucket/a?style=path",
        ] {
            let location = try BlobLocation(text)
            #expect(try BlobLocation(location.description) == location)
        }
    }

    @Test(arguments: [
        "", "file:", "file://host/path", "http://host/bucket", "s3:/bucket", "s3://", "s3:///key",
        "s3://B", "s3://Bucket", "s3://bu", "s3://a..b", "s3://user:secret@bucket/",
        "s3://bucket//a",
        "s3://bucket/a b", "s3://bucket/../x", "s3://bucket?endpoint", "s3://bucket?endpoint=",
        "s3://bucket?endpoint=ftp://host", "s3://bucket?endpoint=http://", "s3://bucket?region=",
        "s3://bucket?endpoint=http://host/path", "s3://bucket?endpoint=http://h?x=y",
        "s3://bucket?endpoint=http://user:secret@host", "s3://bucket?style=other",
        "s3://bucket?region=a/b", "s3://bucket?region=a&region=b", "s3://bucket?secret=xyz",
        "s3://a.bucket?region=eu-west-1", "s3://bucket?region=%ZZ", "s3://bucket?region=a%0D%0Ab",
        "s3://bucket?endpoint=http://host:99999", "s3://bucket?endpoint=http://ho%20st",
    ])
    func whatIsNoLocationIsRefused(_ text: String) {
        do {
            let location = try BlobLocation(text)
            Issue.record("taken as \(location)")
        } catch {
            #expect(error.code == .invalid)
            #expect(!error.description.contains("secret"))
        }
    }

    @Test func aPrefixIsNoLongerThanKeysAllow() throws {
        let prefix = String(repeating: "a/", count: 249) + "ab"
        #expect(try s3("s3://bucket/\(prefix)").prefix == prefix)
        #expect(throws: BlobError.self) { try s3("s3://bucket/\(prefix)/a") }
    }

    @Test func withoutCredentialsThereIsNoStore() throws {
        let location = try BlobLocation("s3://bucket/p")
        let bad: [[String: String]] = [
            [:], ["AWS_ACCESS_KEY_ID": "a"], ["AWS_SECRET_ACCESS_KEY": "a"],
            ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "hidden"],
            ["AWS_ACCESS_KEY_ID": "a\r\nb", "AWS_SECRET_ACCESS_KEY": "hidden"],
            [
                "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "hidden",
                "AWS_SESSION_TOKEN": "hidden\n",
            ],
        ]
        for environment in bad {
            do {
                _ = try location.makeStore(
                    environment: environment,
                    clock: FixedClock(),
                    logger: Logger(label: "blobs-tests")
                )
                Issue.record("a store without credentials")
            } catch {
                #expect(error.code == .refused)
                #expect(!error.description.contains("hidden"))
            }
        }
    }

    @Test func credentialsAreNotShown() {
        let credentials = S3Credentials(
            accessKeyID: "hidden1",
            secretAccessKey: "hidden2",
            sessionToken: "hidden3"
        )
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("hidden"))
        }
    }
}
