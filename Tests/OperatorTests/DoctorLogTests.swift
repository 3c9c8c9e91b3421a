import EventLog
import Events
import KafkaWire
import LogTail
import NIOCore
import Testing

@testable import Operator

@Suite struct DoctorLogTests {
    private static let fullVersions = Dictionary(
        uniqueKeysWithValues: LogCheck.needed.map { ($0.key.rawValue, Int16(0)...Int16(9)) }
    )

    private func facts(
        _ versions: [Int16: ClosedRange<Int16>]? = fullVersions,
        roundTrip: Duration = .milliseconds(2)
    ) -> LogCheck.Facts {
        let answer = versions.map { BrokerProbe.Answer(duration: roundTrip, versions: $0) }
        return LogCheck.Facts(
            addresses: "kafka:9092",
            brokers: [LogCheck.Broker(address: "kafka:9092", answer: answer)],
            roundTrip: roundTrip,
            topics: 10
        )
    }

    @Test func aLogThatAnswersIsFine() {
        #expect(LogCheck.judge(facts()).map(\.code) == [.ok])
        let slow = LogCheck.judge(facts(roundTrip: .seconds(2)))
        #expect(slow.map(\.code) == [.logSlow])
        #expect(slow.allSatisfy { $0.withholds == nil })
    }

    @Test func aLogThatIsAwayIsAFailureUnlessAllIsStopped() {
        let away = LogCheck.judge(.init(addresses: "kafka:9092"))
        #expect(away.map(\.status) == [.fail])
        #expect(away.first?.withholds == .log)
        let stopped = LogCheck.judge(.init(addresses: "127.0.0.1:9092", isStopped: true))
        #expect(stopped.map(\.code) == [.logStopped])
        #expect(stopped.map(\.status) == [.warn])
        #expect(stopped.first?.withholds == .log)
    }

    @Test func aBrokerThatLacksWhatIsNeededIsNamed() {
        var versions = Self.fullVersions
        versions[APIKey.initProducerID.rawValue] = nil
        versions[APIKey.produce.rawValue] = 0...2
        let findings = LogCheck.judge(facts(versions))
        #expect(findings.map(\.code) == [.brokerTooOld])
        #expect(findings[0].text.hasSuffix("lacks Produce, InitProducerId"))
        #expect(LogCheck.judge(facts(nil)).map(\.code) == [.brokerUnreachable])
    }

    @Test func aBrokersAnswerIsReadAndRubbishIsNot() throws {
        var answer = ApiVersionsResponse()
        var produce = ApiVersionsResponse.Key()
        produce.key = 0
        produce.minVersion = 3
        produce.maxVersion = 8
        var twisted = produce
        twisted.key = 1
        twisted.minVersion = 9
        answer.keys = [produce, twisted]
        var bytes = ByteBuffer()
        bytes.writeInteger(Int32(1))
        try ApiVersionsRequest.write(answer, to: &bytes, version: 0)
        #expect(try BrokerProbe.read(bytes) == [0: 3...8])
        #expect(throws: (any Error).self) {
            try BrokerProbe.read(ByteBuffer(string: "HTTP/1.1 400"))
        }
        #expect(throws: (any Error).self) { try BrokerProbe.read(ByteBuffer()) }
    }

    @Test func theBrokerIsAskedInAFrameOfTheProtocol() throws {
        var frame = try BrokerProbe.request()
        let length = frame.readInteger(as: Int32.self)
        #expect(length == Int32(frame.readableBytes))
        let header = try RequestHeader(from: &frame)
        #expect(header.key == .apiVersions && header.version == 0)
    }

    private func cluster(
        brokers: Int = 3,
        _ copies: LogAdmin.Cluster.Copies = .init(isLed: true, wanted: 3, inSync: 3)
    ) -> LogAdmin.Cluster {
        var cluster = LogAdmin.Cluster()
        cluster.brokers = (0..<Int32(brokers)).map { .init(id: $0, host: "k", port: 1) }
        for topic in Topic.all { cluster.topics[topic.name] = [copies] }
        return cluster
    }

    private func codes(_ cluster: LogAdmin.Cluster) -> [DoctorCode] {
        TopicsCheck.judge(.init(differences: [], cluster: cluster)).map(\.code)
    }

    @Test func copiesAreCounted() {
        #expect(codes(cluster()) == [.ok])
        #expect(codes(cluster(brokers: 1, .init(isLed: true, wanted: 1, inSync: 1))) == [.ok])
        #expect(codes(cluster(.init(isLed: true, wanted: 1, inSync: 1))) == [.topicSingleCopy])
        #expect(codes(cluster(.init(isLed: true, wanted: 3, inSync: 2))) == [.topicCopiesMissing])
        #expect(codes(cluster(.init(isLed: false, wanted: 3, inSync: 0))) == [.topicLeaderless])
        var foreign = cluster()
        foreign.topics["somebody-elses"] = [.init(isLed: false, wanted: 1, inSync: 0)]
        #expect(codes(foreign) == [.ok])
    }

    @Test(arguments: [
        ("push: missing", DoctorCode.topicMissing),
        ("routes: no epoch of the inbox", .topicMissing),
        ("timeline: 8 partitions, not 4", .topicPartitions),
        ("timeline: retention.ms is 1000, not -1", .topicConfiguration),
        ("timeline: min.insync.replicas is 1, not 2", .topicConfiguration),
    ])
    func whatDiffersIsAdvisedOn(difference: String, code: DoctorCode) {
        let finding = TopicsCheck.finding(difference)
        #expect(finding.code == code)
        #expect(!finding.advice.isEmpty)
    }

    @Test func deadLettersAreCountedWithTheNewestCause() {
        let now = Timestamp(milliseconds: 1_770_000_000_000)
        #expect(DeadLettersCheck.judge(.init(kept: 0), now: now).map(\.code) == [.ok])
        let some = DeadLettersCheck.judge(
            .init(
                kept: 3,
                newest: LetterCounts.Kind(
                    code: "undecodable",
                    consumer: "router",
                    topic: "submissions"
                )
            ),
            now: now
        )
        #expect(some.map(\.code) == [.deadLetters])
        #expect(
            some[0].text
                == "3 records could not be processed; the newest: undecodable in router, of submissions"
        )
    }
}

@Suite struct DoctorLagTests {
    private func standing(
        read: Int64?,
        end: Int64,
        low: Int64 = 0,
        topic: Topic = .timeline
    ) -> ReaderLag.Standing {
        let partition = TopicPartition(topic, Partition(0))
        let other = TopicPartition(.routes, Partition(0))
        return ReaderLag.Standing(
            of: topic,
            positions: read.map { [partition: Offset($0), other: Offset(99)] } ?? [:],
            limits: [
                partition: .init(low: Offset(low), high: Offset(end)),
                other: .init(low: Offset(0), high: Offset(1)),
            ]
        )
    }

    private func lag(
        _ before: ReaderLag.Standing,
        _ after: ReaderLag.Standing,
        topic: Topic = .timeline
    ) -> ReaderLag {
        ReaderLag(
            reader: "receipts",
            topic: topic,
            before: before,
            after: after,
            interval: .seconds(2)
        )
    }

    private func code(_ lag: ReaderLag) -> DoctorCode? { lag.judge(isRunning: true)?.code }

    @Test func aReaderNearTheEndIsFine() {
        #expect(code(lag(standing(read: 9, end: 10), standing(read: 10, end: 10))) == nil)
        #expect(code(lag(standing(read: 10, end: 900), standing(read: 10, end: 1000))) == nil)
        let outcome = LagCheck.judge(
            [lag(standing(read: 10, end: 900), standing(read: 10, end: 1000))],
            isRunning: true
        )
        #expect(outcome.map(\.text) == ["receipts is furthest behind: 990 records of timeline"])
        #expect(LagCheck.judge([], isRunning: true).map(\.code) == [.ok])
    }

    @Test func aReaderThatCatchesUpIsGivenTime() throws {
        // 500 a second read, 100 a second written: 40,000 are gone in 100 s.
        let slow = lag(
            standing(read: 10_000, end: 50_800),
            standing(read: 11_000, end: 51_000)
        )
        #expect(slow.readingRate == 500 && slow.writingRate == 100)
        #expect(try #require(slow.catchUp) == .seconds(100))
        let finding = try #require(slow.judge(isRunning: true))
        #expect(finding.code == .readerBehind)
        #expect(finding.text.contains("at the end in about 100.0 s"))
        let quick = lag(standing(read: 0, end: 50_000), standing(read: 40_000, end: 50_000))
        #expect(quick.judge(isRunning: true) == nil)
    }

    @Test func aLagThatGrowsIsTold() throws {
        let growing = lag(standing(read: 0, end: 50_000), standing(read: 200, end: 51_000))
        let finding = try #require(growing.judge(isRunning: true))
        #expect(finding.code == .readerBehind)
        #expect(finding.text.hasSuffix("and 400 records a second more"))
    }

    @Test func aReaderThatDoesNotMoveIsStuckOrStopped() throws {
        let still = standing(read: 5, end: 5000)
        let stuck = try #require(lag(still, still).judge(isRunning: true))
        let stopped = try #require(lag(still, still).judge(isRunning: false))
        #expect(stuck.code == .readerStuck && stopped.code == .readerStuck)
        #expect(stuck.advice != stopped.advice)
    }

    @Test func positionsThatTheLogContradictsAreFailures() {
        let beyond = standing(read: 11, end: 10)
        #expect(code(lag(beyond, beyond)) == .positionBeyondEnd)
        let missed = standing(read: 3, end: 10, low: 5)
        #expect(missed.missed == 2 && missed.behind == 5)
        #expect(lag(missed, missed).judge(isRunning: true)?.status == .fail)
        let inbox = standing(read: 3, end: 10, low: 5, topic: .inbox)
        #expect(lag(inbox, inbox, topic: .inbox).judge(isRunning: true)?.status == .warn)
    }

    @Test func whoHasReadNothingIsIdleAndHasMissedNothing() {
        let idle = standing(read: nil, end: 10, low: 5)
        #expect(idle.behind == 5 && idle.missed == 0)
        #expect(code(lag(idle, idle)) == .readerIdle)
        let empty = standing(read: nil, end: 5, low: 5)
        #expect(code(lag(empty, empty)) == nil)
    }

    @Test func everyGroupReadsTopicsThatNameIt() {
        // Groups of one service have its name, or begin with it.
        for group in ConsumerGroups.all {
            let service = group.name.split(separator: "-").first.map(String.init) ?? ""
            for topic in group.topics {
                let consumers = TopicCatalogue.embedded.entry(of: topic)?.consumers ?? []
                #expect(consumers.contains(service), "\(group.name) reads \(topic)")
            }
        }
    }
}
