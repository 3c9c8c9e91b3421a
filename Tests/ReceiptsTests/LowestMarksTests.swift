import Testing

@testable import Receipts

@Suite struct LowestMarksTests {
    @Test(arguments: [1, 2, 3, 8, 9, 10, 40, 1000])
    func theLowestIsTheLowestOfAll(places: Int) {
        var chance = Chance(seed: UInt64(places))
        var marks = LowestMarks()
        var model: [Int: UInt64] = [:]
        for _ in 0..<3000 {
            let place = chance.pick(0...places - 1)
            if chance.happens(25) {
                marks.remove(place)
                model[place] = nil
            } else {
                // Few values, so that many are the same.
                let mark = chance.happens(3) ? .max : UInt64(chance.pick(0...places / 2 + 2))
                marks.set(place, mark)
                model[place] = mark
            }
            #expect(marks.count == model.count)
            #expect(marks.lowest?.mark == model.values.min())
            if let lowest = marks.lowest { #expect(model[lowest.place] == lowest.mark) }
            let other = chance.happens(50) ? marks.lowest?.place ?? 0 : chance.pick(0...places)
            #expect(marks[other] == model[other])
            let others = model.filter { $0.key != other }.values
            #expect(marks.lowest(except: other) == others.min())
        }
    }

    @Test func aChangeLooksAtAsManyEntriesAsTheHeapIsHigh() {
        var marks = LowestMarks()
        for place in 0..<10_000 { marks.set(place, UInt64(10_000 - place)) }
        var stepsMax = 0
        for number in 0..<20_000 {
            let before = marks.steps
            // The worst: the lowest becomes the highest, and back.
            let place = number % 2 == 0 ? marks.lowest?.place ?? 0 : number % 10_000
            marks.set(place, number % 2 == 0 ? UInt64(20_000 + number) : 0)
            stepsMax = max(stepsMax, marks.steps - before)
        }
        // A heap of 10,000 is 14 high.
        #expect(stepsMax > 5 && stepsMax <= 14)
    }
}
