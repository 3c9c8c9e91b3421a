import Testing

@testable import Receipts

@Suite struct RandomGroupTests {
    @Test(arguments: [
        (size: 2, operations: 3000), (3, 3000), (4, 3000), (7, 4000), (60, 4000), (1000, 2500),
        (10_000, 1200),
    ])
    func whatIsToldIsWhatTheDefinitionSays(size: Int, operations: Int) throws {
        for seed in 1...(size < 100 ? 2 : 1) {
            let group = try RandomGroup(size: size, seed: UInt64(seed), bounds: .init())
            try group.run(operations: operations)
            #expect(group.comparisons > 5 && group.tickedMembers > 5)
            #expect(group.privateMembers > 5)
        }
    }

    @Test(arguments: [3, 40])
    func whatIsForgottenInMemoryIsFoundOnDisk(size: Int) throws {
        let bounds = ReceiptsPartition.Bounds(
            conversationsMax: 2,
            participantsMax: 10,
            smallMax: 1
        )
        let group = try RandomGroup(size: size, seed: 5, bounds: bounds)
        try group.run(operations: 2000)
        #expect(group.comparisons > 5 && group.tickedMembers > 5)
    }

    @Test(arguments: UInt64(1)...12)
    func howFarAChannelWasReadIsToldToEachReader(seed: UInt64) throws {
        let bounds = ReceiptsPartition.Bounds(
            conversationsMax: seed % 2 == 0 ? 65_536 : 4,
            readersPerBatchMax: seed % 2 == 0 ? 1000 : 3
        )
        let channel = try RandomChannel(readers: 40, seed: seed, bounds: bounds)
        try channel.run(operations: 2000)
        #expect(channel.comparisons > 5 && channel.readers > 50)
    }
}
