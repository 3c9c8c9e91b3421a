import Events
import Testing

@Suite struct AccountAddressTests {
    @Test(arguments: [
        ("+1 (555) 123-0001", "tel:+15551230001"), ("0015551230001", "tel:+15551230001"),
        ("+49.30/1234567", "tel:+49301234567"), ("+1234567", "tel:+1234567"),
        ("+123456789012345", "tel:+123456789012345"),
    ])
    func writtenDifferentlyAPhoneNumberIsTheSame(text: String, address: String) {
        #expect(AccountAddress(phone: text)?.description == address)
        #expect(AccountAddress(parsing: text)?.description == address)
    }

    @Test(arguments: [
        "", "+", "5551230001", "+0123456789", "+123456", "+1234567890123456", "++15551230001",
        "+1555123000a", "1+5551230001", "+١٢٣٤٥٦٧٨", "+1555\u{0}1230001",
    ])
    func whatIsNoPhoneNumberIsRefused(text: String) {
        #expect(AccountAddress(phone: text) == nil)
    }

    @Test(arguments: [
        ("ada@example.org", "mailto:ada@example.org"),
        ("  Ada.Lovelace+x@Mail.Example.ORG ", "mailto:ada.lovelace+x@mail.example.org"),
    ])
    func writtenDifferentlyAnEmailAddressIsTheSame(text: String, address: String) {
        #expect(AccountAddress(email: text)?.description == address)
        #expect(AccountAddress(parsing: text)?.description == address)
    }

    @Test(arguments: [
        "", "@", "ada", "ada@", "@example.org", "ada@example", "ada@@example.org",
        "ada@exa mple.org", "ada@example..org", "ada@-example.org", "ada@example-.org",
        "ädä@example.org", "ada@example.org\n",
        String(repeating: "a", count: 65) + "@example.org",
        "ada@" + String(repeating: "a", count: 64) + ".org",
    ])
    func whatIsNoEmailAddressIsRefused(text: String) {
        #expect(AccountAddress(email: text) == nil)
    }
}

@Suite struct InboxPositionTests {
    @Test func aPositionSurvivesItsText() {
        for position in [
            InboxPosition(epoch: 1, offset: Offset(0)),
            InboxPosition(epoch: .max, offset: Offset(.max)),
        ] {
            #expect(InboxPosition(position.description) == position)
            #expect(position.description.utf8.count <= 40)
        }
    }

    @Test(arguments: [
        "", ".", "1", "1.", ".1", "1.-1", "1.2.3", "g!.1", "1.x", "zzzzzzzzzzzzzzzzzzzz.1",
        "1.9223372036854775808", " 1.1", "1. 1",
        "1." + String(repeating: "0", count: 50) + "1",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(InboxPosition(text) == nil)
    }
}

@Suite struct TimestampTests {
    @Test func arithmeticClampsInsteadOfOverflowing() {
        let now = Timestamp(milliseconds: 1000)
        #expect((now + .milliseconds(5)).milliseconds == 1005)
        #expect((now - .milliseconds(5)).milliseconds == 995)
        #expect(Timestamp(milliseconds: .max) + .seconds(1) == Timestamp(milliseconds: .max))
        #expect(Timestamp(milliseconds: .min) - .seconds(1) == Timestamp(milliseconds: .min))
        #expect(now - Timestamp(milliseconds: 400) == .milliseconds(600))
    }

    @Test func durationsTellTheirMilliseconds() {
        #expect(Duration.milliseconds(1500).milliseconds == 1500)
        #expect(Duration.microseconds(1999).milliseconds == 1)
        #expect(Duration.milliseconds(1500).seconds == 1.5)
    }
}

@Suite struct TopicTests {
    @Test func everyTopicIsFoundByItsNameAlone() {
        for topic in Topic.all { #expect(Topic(name: topic.name) == topic) }
        #expect(Topic(name: "nonsense") == nil)
    }

    @Test func partitionsOrderByTopicAndNumber() {
        let first = TopicPartition(.submissions, Partition(11))
        let second = TopicPartition(.timeline, Partition(0))
        #expect(first < second)
        #expect(second < TopicPartition(.timeline, Partition(1)))
        #expect(second.description == "timeline/0")
    }
}
