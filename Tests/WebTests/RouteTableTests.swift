import EventLog
import Events
import SwiftProtobuf
import Testing
import Web

@testable import Gateway

@Suite struct RouteTableTests {
    private let table = RouteTable()
    private let account = Samples.ada.account
    private var partition: Partition { Partitioner.partition(of: account, count: 12) }

    private func apply(_ bytes: [UInt8]?) {
        table.apply(
            LogRecord(
                topicPartition: TopicPartition(.routes, Partition(0)),
                offset: Offset(0),
                timestamp: Timestamp(milliseconds: 0),
                key: [],
                value: bytes
            )
        )
    }

    private func apply(_ url: String, partition: UInt32) throws {
        let record = PBRouteRecord.with {
            $0.partitionRoute.partition = partition
            $0.partitionRoute.instance = "delivery-1"
            $0.partitionRoute.url = url
        }
        apply(try record.serializedBytes())
    }

    private var url: String? { try? table.url(for: account) }

    @Test func anAccountIsSentToWhoeverServesItsPartition() throws {
        table.set(partitionCount: 12)
        for number in 0..<12 as Range<UInt32> {
            try apply("ws://127.0.0.1:\(8000 + number)/v1/socket", partition: number)
        }
        #expect(url == "ws://127.0.0.1:\(8000 + partition.number)/v1/socket")
    }

    @Test func theLastWhoSaidSoServesIt() throws {
        table.set(partitionCount: 12)
        let number = UInt32(partition.number)
        try apply("ws://first/v1/socket", partition: number)
        try apply("wss://second/v1/socket", partition: number)
        #expect(url == "wss://second/v1/socket")
        try apply("", partition: number)
        #expect(url == nil)
    }

    @Test func nobodyIsNamedUntilThePartitionCountIsKnown() throws {
        try apply("ws://first/v1/socket", partition: UInt32(partition.number))
        #expect(!table.hasPartitionCount)
        #expect(url == nil)
        table.set(partitionCount: 0)
        #expect(url == nil)
        table.set(partitionCount: 12)
        #expect(table.hasPartitionCount)
        #expect(url == "ws://first/v1/socket")
    }

    @Test func aPartitionThatNobodyServesIsNoRouteForAWhile() throws {
        table.set(partitionCount: 12)
        #expect {
            try table.url(for: account)
        } throws: { error in
            let problem = error as? Problem
            return problem?.code == .noRoute && problem?.retryAfterSeconds == 1
        }
    }

    @Test func recordsThatMakeNoSenseAreLeftAlone() throws {
        table.set(partitionCount: 12)
        let number = UInt32(partition.number)
        try apply("ws://good/v1/socket", partition: number)
        let epoch = PBRouteRecord.with { $0.inboxEpoch.epoch = 7 }
        apply(try epoch.serializedBytes())
        apply([])
        apply(nil)
        apply([0xFF, 0xFF, 0xFF])
        for url in ["http://x", "javascript:alert(1)", "x", " ws://x"] {
            try apply(url, partition: number)
        }
        try apply("ws://" + String(repeating: "x", count: 600), partition: number)
        try apply("ws://huge", partition: .max)
        try apply("ws://huge", partition: RouteTable.partitionsMax)
        #expect(url == "ws://good/v1/socket")
    }
}
