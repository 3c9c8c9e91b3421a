import Events
import GRDB
import Projections
import Testing

@Suite struct PartitionFiltersTests {
    private let input = TopicPartition(.timeline, Partition(2))

    private func database() throws -> DatabaseQueue {
        let database = try DatabaseQueue()
        try database.write { try $0.execute(sql: PartitionFilters.migration.sql) }
        return database
    }

    private func origin(_ offset: Int64, _ index: UInt32 = 0, partition: Int32 = 2) -> Origin {
        Origin(
            topicNumber: 1,
            partition: Partition(partition),
            offset: Offset(offset),
            index: index
        )
    }

    private func admits(_ filters: inout PartitionFilters, _ origin: Origin) -> Bool {
        filters.admit(origin, from: input)
    }

    @Test func whatWasSavedIsNotAdmittedAgain() throws {
        let database = try database()
        var filters = PartitionFilters()
        try filters.open(input, database, isFresh: true)
        #expect(admits(&filters, origin(5)))
        #expect(admits(&filters, origin(5, 1)))
        #expect(admits(&filters, origin(1, partition: 9)))
        try database.write { try filters.save($0) }
        #expect(admits(&filters, origin(6)))

        var again = PartitionFilters()
        try again.open(input, database, isFresh: false)
        #expect(!admits(&again, origin(5, 1)))
        #expect(!admits(&again, origin(1, partition: 9)))
        #expect(admits(&again, origin(6)))
        try again.open(input, database, isFresh: true)
        #expect(admits(&again, origin(0)))
        try database.write { try again.save($0) }
        var third = PartitionFilters()
        try third.open(input, database, isFresh: false)
        #expect(admits(&third, origin(1, partition: 9)))
        #expect(!admits(&third, origin(0)))
    }
}
