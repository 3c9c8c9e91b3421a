import SegmentLog
import Testing

@Suite struct RandomOperationsTests {
    /// The seeds are the test's arguments, so a failure names its own.
    @Test(arguments: UInt64(1)...40)
    func afterAnythingTheLogIsWhatWasAcknowledgedAndAPrefixOfTheRest(seed: UInt64) throws {
        var model = try LogModel(seed: seed)
        for _ in 0..<8 {
            try round(&model)
            if Int.random(in: 0..<4, using: &model.random) == 0 {
                try model.restart()
            } else {
                try model.crash()
            }
        }
        for partition in 0..<LogModel.partitionCount { try model.compare(partition) }
        model.store.close()
    }

    private func round(_ model: inout LogModel) throws {
        for _ in 0..<Int.random(in: 5...60, using: &model.random) {
            let partition = Int.random(in: 0..<LogModel.partitionCount, using: &model.random)
            switch Int.random(in: 0..<24, using: &model.random) {
            case 0..<15: try model.append(to: partition)
            case 15..<18: model.settle(untilAll: true)
            case 18..<20: try model.compare(partition)
            case 20:
                model.settle(untilAll: true)
                try model.retry(partition)
            case 21: model.store.requestCheckpoint()
            case 22:
                // The disk is full for a while.
                model.files.failWrites(after: Int.random(in: 0...6, using: &model.random))
                for _ in 0..<6 { try model.append(to: partition) }
                model.settle(untilAll: true)
                model.files.failWrites(after: .max)
            default:
                // The device gives up: whatever comes after is not acknowledged.
                guard Int.random(in: 0..<4, using: &model.random) == 0 else { break }
                model.files.failSyncs(after: Int.random(in: 0...3, using: &model.random))
                for _ in 0..<6 { try model.append(to: partition) }
                return
            }
        }
    }
}
