import Conversations
import Events

extension StoreBatch {
    /// Puts events and marks in the order of their conversations, and drops marks that say no more than an earlier one of the batch.
    ///
    /// What a store makes of the batch stays the same: what is of one conversation keeps its order, which in a log that is whole is that of
    /// the seqs. Worth it for large batches, which then go through the store's tables from one end to the other.
    public mutating func sort() {
        sortEvents()
        gatherContents()
        sortReceipts()
    }

    private mutating func sortEvents() {
        // Places are sorted and not events, which are large; then each event is moved once.
        let places = events.indices.map { (conversation: events[$0].conversation, place: $0) }
            .sorted { ($0.conversation, $0.place) < ($1.conversation, $1.place) }
        events.withUnsafeMutableBufferPointer { $0.order(by: places.map(\.place)) }
    }

    /// Puts what messages say side by side, in the order of the events.
    ///
    /// Until now each lies in the record that it came in, so whoever writes them would wait for memory twice an event.
    private mutating func gatherContents() {
        var contents: [UInt8] = []
        for event in events {
            if case .messagePosted(let post) = event.body { contents += post.content }
        }
        var start = 0
        for place in events.indices {
            guard case .messagePosted(var post) = events[place].body else { continue }
            let end = start + post.content.count
            post.content = contents[start..<end]
            events[place].body = .messagePosted(post)
            start = end
        }
    }

    private mutating func sortReceipts() {
        let places = receipts.indices.sorted { one, other in
            let (left, right) = (receipts[one], receipts[other])
            return (left.conversation, left.account, left.kind.rawValue, one)
                < (right.conversation, right.account, right.kind.rawValue, other)
        }
        var kept: [ReceiptMark] = []
        kept.reserveCapacity(places.count)
        for place in places {
            let mark = receipts[place]
            if let last = kept.last, last.conversation == mark.conversation,
                last.account == mark.account, last.kind == mark.kind, last.seq >= mark.seq
            {
                continue
            }
            kept.append(mark)
        }
        receipts = kept
    }
}

extension UnsafeMutableBufferPointer {
    /// Moves the element of `places[0]` to the first place, and so on; `places` names each place once.
    fileprivate func order(by places: [Int]) {
        var places = places
        for start in places.indices {
            // Along the cycle of places that take each other's element.
            var place = start
            while places[place] != start {
                let next = places[place]
                swapAt(place, next)
                places[place] = place
                place = next
            }
            places[place] = place
        }
    }
}
