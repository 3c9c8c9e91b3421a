// Made by topics/generate.sh (make proto). Do not edit.
// swift-format-ignore-file

/// The files of topics/, as they were when the code was generated.
enum TopicFiles {
    /// The text of each YAML file, by its name.
    static let descriptions: [String: String] = [
        "accounts.yaml": ##"""
            name: accounts
            number: 4  # in origins; never used again for another topic
            purpose: >-
              Registration, devices, contacts, privacy, what each person keeps of conversations and messages; later profiles, push tokens.
            key: account id
            partitions: account  # conversation and account: one count each, 12 unless configured; one: 1
            retention: forever
            cleanup: delete
            value: accounts.proto
            producers: [gateway]
            consumers: [gateway, router, delivery, persistence, push]

            """##,
        "dead-letters.yaml": ##"""
            name: dead-letters
            number: 9  # in origins; never used again for another topic
            purpose: >-
              A record that could not be processed: the bytes, the cause, the origin.
            key: original key
            partitions: one  # conversation and account: one count each, 12 unless configured; one: 1
            retention: 90 days
            cleanup: delete
            value: dead-letters.proto
            producers: [every consumer]
            consumers: [operator]

            """##,
        "inbox.yaml": ##"""
            name: inbox
            number: 5  # in origins; never used again for another topic
            purpose: >-
              What each partition's accounts must be told: timeline events, ticks, rejections, what was set on another device.
            key: conversation id; of ticks, rejections, read marks and account records the account id (explicit partition)
            partitions: account  # conversation and account: one count each, 12 unless configured; one: 1
            retention: 30 days
            cleanup: delete
            value: inbox.proto
            producers: [router, receipts]
            consumers: [delivery, push]

            """##,
        "memberships.yaml": ##"""
            name: memberships
            number: 6  # in origins; never used again for another topic
            purpose: >-
              Who is in what, from which seq on: lets delivery and push start without a checkpoint; who has blocked whom.
            key: account id + conversation id
            partitions: account  # conversation and account: one count each, 12 unless configured; one: 1
            retention: forever
            cleanup: compact
            value: memberships.proto
            producers: [router]
            consumers: [delivery, push]

            """##,
        "receipts.yaml": ##"""
            name: receipts
            number: 3  # in origins; never used again for another topic
            purpose: >-
              A device has, or its person has read, everything of a conversation up to a seq.
            key: conversation id
            partitions: conversation  # conversation and account: one count each, 12 unless configured; one: 1
            retention: forever
            cleanup: delete
            value: receipts.proto
            producers: [delivery]
            consumers: [receipts, persistence]

            """##,
        "routes.yaml": ##"""
            name: routes
            number: 8  # in origins; never used again for another topic
            purpose: >-
              Which delivery instance serves which inbox partition, at what address; the inbox's epoch.
            key: inbox partition
            partitions: one  # conversation and account: one count each, 12 unless configured; one: 1
            retention: forever
            cleanup: compact
            value: routes.proto
            producers: [delivery, topics apply]
            consumers: [gateway, delivery]

            """##,
        "sessions.yaml": ##"""
            name: sessions
            number: 7  # in origins; never used again for another topic
            purpose: >-
              A device connected, disconnected, has everything up to a position.
            key: account id
            partitions: account  # conversation and account: one count each, 12 unless configured; one: 1
            retention: 7 days
            cleanup: delete
            value: sessions.proto
            producers: [delivery]
            consumers: [push]

            """##,
        "signals.yaml": ##"""
            name: signals
            number: 10  # in origins; never used again for another topic
            purpose: >-
              Typing and presence, and who watches whom: may be lost.
            key: account id (explicit partition, that of who is told)
            partitions: account  # conversation and account: one count each, 12 unless configured; one: 1
            retention: 10 minutes
            cleanup: delete
            value: signals.proto
            producers: [delivery]
            consumers: [delivery]

            """##,
        "submissions.yaml": ##"""
            name: submissions
            number: 1  # in origins; never used again for another topic
            purpose: >-
              What devices asked for, in the order in which the log took it. Acknowledged to the client only when durable.
            key: conversation id
            partitions: conversation  # conversation and account: one count each, 12 unless configured; one: 1
            retention: 14 days
            cleanup: delete
            value: submissions.proto
            producers: [gateway, delivery]
            consumers: [router]

            """##,
        "timeline.yaml": ##"""
            name: timeline
            number: 2  # in origins; never used again for another topic
            purpose: >-
              What was accepted, numbered per conversation: the record that every store is rebuilt from.
            key: conversation id
            partitions: conversation  # conversation and account: one count each, 12 unless configured; one: 1
            retention: forever
            cleanup: delete
            value: timeline.proto
            producers: [router]
            consumers: [receipts, persistence]

            """##,
    ]

    /// The SHA-256 of each schema and of the code generated from it, by the schema's name.
    static let schemas: [String: (schema: String, code: String)] = [
        "accounts.proto": (
            schema: "3dbcd0eb4fd16caa0f49c942b12dbbadc53313177a1d42095ce974b7be1b4212",
            code: "e3fa648e116d303d56c0bae395024ac6fcc77ea8b6a5aabf57199daab82d1dc6"
        ),
        "actions.proto": (
            schema: "11b4181f9a2b4aaa2ea74a3ed4b0888deb85b4f4f53927ff8eb47e91329ba5d0",
            code: "b55b7769e8f34dc16cb35e710713f09718312dc252ec253941bd8aecb9e3e16a"
        ),
        "common.proto": (
            schema: "91af9bec0a3d09712da87293aee4861fd2c4edb9483b7d6af2c75fbccf3744e5",
            code: "1cec6b79ca1cfdc44f57a1f948a5729800309ca7139bdfbe50ae69741d047ca8"
        ),
        "dead-letters.proto": (
            schema: "6e5859774b840dd55a00d2374d425a82fb00b6f9e77cf48de9195db0f43c9901",
            code: "c1cc42d1d73b344f1136bf7fb7cc0b69e5581f659be1f95d17b66326a664dabe"
        ),
        "inbox.proto": (
            schema: "9db58e696f1395d1ee02cca87fc8e2242b3112fc560bc646a6f23f9d74b866a0",
            code: "de1899a6303ead48eb138bbdd41ae78fb8eb4164e810d3ea67df99abde5df087"
        ),
        "memberships.proto": (
            schema: "a5dad9db2dd4329dfbc34c3736cb1748739bfdc9635bfb4d27b6cf97480d1be9",
            code: "f5a95a4c35066eb3113eed012d0921587006199bbfb812dfab75459df30a1d59"
        ),
        "receipts.proto": (
            schema: "81762d95b830233936ffb839af9ebc1aec4594dbaf48b218cb5bda9b29dea4da",
            code: "857ea53afca0c135d72c15a9e1178269f31156fe8373f3183c26cb651641de88"
        ),
        "routes.proto": (
            schema: "bbf231f77af476e94aaabebdc98e9709985ec709bebbe63cf76313572336eac8",
            code: "0f33ed0a82c03f63306885c9cad4af6a876474e7e3bbf3654a76f88c1fdd2b0b"
        ),
        "sessions.proto": (
            schema: "512859afb786c1591182348a6a6a5bf33d58c6753674da207bf7adb86c818d9c",
            code: "902fcb46cddc83793b51ca9ae6b695c6e9441f960fd7caf0ae5468870a8706da"
        ),
        "signals.proto": (
            schema: "8afad470d66fb4916e392c43a3fb51022e97ce6a52c47c37158d1fff98caee51",
            code: "dffffe7d2414043ba82a21883250519eae7804678fb97cae291ddbae020e307f"
        ),
        "submissions.proto": (
            schema: "3d8382ae8d4e0675af6efb933766a74357be5295548ee91384bbe12344400c61",
            code: "66add05e6c5a00840f34e415fe7aaa53be15013fc6cfd7d5869dd8394baf0840"
        ),
        "timeline.proto": (
            schema: "a985bc5e8d4c4a188b75b297add5b5762a2938140e924dd0ff73c2e104195545",
            code: "a199ca30fc8cf6b3d92be5471a0412d203740fb0ad3a4ab74aa2ee81e2e891dd"
        ),
    ]
}
