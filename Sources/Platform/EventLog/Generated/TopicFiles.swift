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
              Registration, devices; later profiles, contacts, blocks, push tokens.
            key: account id
            partitions: account  # conversation and account: one count each, 12 unless configured; one: 1
            retention: forever
            cleanup: delete
            value: accounts.proto
            producers: [gateway]
            consumers: [router, persistence, push]

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
              What each partition's accounts must be told: timeline events, ticks, rejections.
            key: account id (explicit partition)
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
              Who is in what, from which seq on: lets delivery start without a checkpoint.
            key: account id + conversation id
            partitions: account  # conversation and account: one count each, 12 unless configured; one: 1
            retention: forever
            cleanup: compact
            value: memberships.proto
            producers: [router]
            consumers: [delivery]

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
            schema: "8e62b55e8a2b86335b74d428bc9a1a696efe90163517b4e946aafd60e676b3e5",
            code: "32d981b6f3f0f949745e1a138c472ab681764d243fb55d311f5c82085d7755c6"
        ),
        "common.proto": (
            schema: "e30048da10115fb2c6c1bc7e72f5df4678c816df73bfe22d14996b564cc516ac",
            code: "8632acf460e9a0214a5b7e91139b6166a5caf87fc18938923a9bce25e08c58dd"
        ),
        "dead-letters.proto": (
            schema: "6e5859774b840dd55a00d2374d425a82fb00b6f9e77cf48de9195db0f43c9901",
            code: "c1cc42d1d73b344f1136bf7fb7cc0b69e5581f659be1f95d17b66326a664dabe"
        ),
        "inbox.proto": (
            schema: "05eeabcb0889e2651e6d635e91a6d474a43a060fd1965571ce0ca162def9af58",
            code: "cc2a8a72ce4095b1dcd425e525a7dde666f1aa9d871e1039607bed2c1af68e48"
        ),
        "memberships.proto": (
            schema: "ded90cc29b8f3debb4ad602813c588d4aca8b097efe777b11c3aeae9b4adb09e",
            code: "b8f71955a1fd7e7763c279ad514c7ed013207fc5c73cf9537584d1ba0782dcde"
        ),
        "receipts.proto": (
            schema: "5dcbc0abffed04ac452944e228d7022aa2639bdbf8d4af505c3dbb51e00ce073",
            code: "b4d789ed90cf5136eb3f253a62a6dff1ccd6da59058fb64b3fb8734001850469"
        ),
        "routes.proto": (
            schema: "bbf231f77af476e94aaabebdc98e9709985ec709bebbe63cf76313572336eac8",
            code: "0f33ed0a82c03f63306885c9cad4af6a876474e7e3bbf3654a76f88c1fdd2b0b"
        ),
        "sessions.proto": (
            schema: "512859afb786c1591182348a6a6a5bf33d58c6753674da207bf7adb86c818d9c",
            code: "902fcb46cddc83793b51ca9ae6b695c6e9441f960fd7caf0ae5468870a8706da"
        ),
        "submissions.proto": (
            schema: "189bfbf9364b9b0d6ccbf59762dd81d8655df1b821fc742caac9f894d8be87ea",
            code: "cd879e016f434e4f0974861e88f4e7ca450ae76d2c8d72e601d7c971ac5b7166"
        ),
        "timeline.proto": (
            schema: "252d319e467834bd4bbcc28a86e94245949c7ca963811c21afae3e91e618e52e",
            code: "da29f55d4dcccc9980bf56573c0d7334f42a8fa24f11cb5c79365bd8fe6a05fc"
        ),
    ]
}
