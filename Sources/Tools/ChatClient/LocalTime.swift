import Events
import Foundation

/// Days and times where the person is.
struct LocalTime {
    let timeZone: TimeZone

    /// `2023-11-14` and `22:13`.
    func stamp(_ time: Timestamp) -> (date: String, time: String) {
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
        func two(_ number: Int?) -> String {
            let number = number ?? 0
            return number < 10 ? "0\(number)" : "\(number)"
        }
        return (
            "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))",
            "\(two(parts.hour)):\(two(parts.minute))"
        )
    }
}
