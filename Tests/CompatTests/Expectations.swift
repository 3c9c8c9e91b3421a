import Testing

/// What a topic must hold.
enum Expectations {
    /// Expects a topic to hold exactly the test's records `0..<count`, record `i` in partition `i % partitions`: each once, in
    /// order, with dense offsets, and with the key, the value, the headers and the timestamp that were sent.
    static func expectExactly(
        _ count: Int,
        partitions: Int,
        in records: [Told.Record],
        _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(records.count == count, comment, sourceLocation: sourceLocation)
        for (partition, found) in Dictionary(grouping: records, by: \.partition) {
            let expected = stride(from: partition, to: count, by: partitions).enumerated()
            let wanted = expected.map { offset, index in
                Told.Record(
                    partition: partition,
                    offset: Int64(offset),
                    timestamp: SampleRecord.timestamp + Int64(index),
                    key: SampleRecord.key(index),
                    value: SampleRecord.value(index),
                    headers: SampleRecord.headers(index)
                )
            }
            #expect(found.count == wanted.count, comment, sourceLocation: sourceLocation)
            if let place = zip(found, wanted).first(where: { $0 != $1 }) {
                Issue.record(
                    "\(comment): found \(place.0) instead of \(place.1)",
                    sourceLocation: sourceLocation
                )
            }
        }
    }

    /// Expects every report to name the place where its record is.
    static func expectReports(
        _ reports: [Told.Delivered],
        agreeWith records: [Told.Record],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = Set(
            records.map {
                Told.Delivered(index: $0.index ?? -1, partition: $0.partition, offset: $0.offset)
            }
        )
        let missing = reports.filter { !found.contains($0) }
        #expect(missing.isEmpty, "acknowledged, but not there", sourceLocation: sourceLocation)
    }
}
