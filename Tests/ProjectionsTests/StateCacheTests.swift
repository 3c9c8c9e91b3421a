import Projections
import Testing

@Suite struct StateCacheTests {
    private final class Cell: CachedState {
        let id: Int
        var isDirty = false

        init(_ id: Int) {
            self.id = id
        }
    }

    @Test func whatIsUsedAndWhatIsDirtyStays() {
        var cache = StateCache<Cell>(statesMax: 8)
        let dirty = Cell(-1)
        cache.insert(dirty)
        cache.touch(dirty)
        cache.insert(Cell(-2))
        for id in 0..<100 {
            cache.insert(Cell(id))
            let used = cache.find(-2)
            #expect(used != nil)
        }
        var found = cache.find(-1)
        #expect(found === dirty)
        found = cache.find(0)
        #expect(found == nil)
        #expect(cache.count <= 8 + 1)
        cache.saved()
        for id in 0..<100 { cache.insert(Cell(id)) }
        found = cache.find(-1)
        #expect(found == nil)
    }
}
