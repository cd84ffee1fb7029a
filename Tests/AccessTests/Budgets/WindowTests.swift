import Kubernetes
import Testing

@testable import Access

@Suite("Windows of spending")
struct WindowTests {
    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    @Test("days, weeks and months against a calendar that counts day by day")
    func calendar() {
        var (year, month, dayOfMonth, monthNumber) = (1970, 1, 1, Int64(0))
        var weekday = 3  // Monday is 0; 1970 began on a Thursday.
        var week: Int64 = 0
        var monthStart: Int64 = 0
        var weekStart: Int64 = -3
        for day in Int64(0)..<(430 * 366) {
            for time in [day * Calendar.day, day * Calendar.day + Calendar.day - 1] {
                guard Calendar.number(of: .month, at: time) == monthNumber,
                    Calendar.number(of: .week, at: time) == week, Calendar.number(of: .day, at: time) == day,
                    Calendar.start(of: .month, monthNumber) == monthStart * Calendar.day,
                    Calendar.start(of: .week, week) == weekStart * Calendar.day,
                    Calendar.start(of: .day, day) == day * Calendar.day
                else {
                    Issue.record("\(year)-\(month)-\(dayOfMonth)")
                    return
                }
            }
            let days = [31, Self.isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            dayOfMonth += 1
            weekday = (weekday + 1) % 7
            if weekday == 0 { (week, weekStart) = (week + 1, day + 1) }
            if dayOfMonth > days {
                (dayOfMonth, month, monthNumber, monthStart) = (1, month + 1, monthNumber + 1, day + 1)
            }
            if month > 12 { (month, year) = (1, year + 1) }
        }
    }

    @Test("a month ends at midnight UTC, leap day and all")
    func boundaries() {
        let month = SpendWindow.calendar(.month)
        // 2028-02-29T23:59:59.999Z and the millisecond after it.
        let end: Int64 = 1_835_481_599_999
        #expect(month.expiry(of: month.bucket(at: end)) == end + 1)
        #expect(month.bucket(at: end + 1) == month.bucket(at: end) + 1)
        let hour = SpendWindow.calendar(.hour)
        #expect(hour.expiry(of: hour.bucket(at: end)) == end + 1)
    }

    @Test(
        "a bucket of a rolling window counts until all of it is older than the window",
        arguments: [60_000, 100_001, 86_400_000, 2_678_400_000])
    func rolling(length: Int64) {
        let window = SpendWindow.rolling(Milliseconds(length))
        for time in [0, 1, length, length * 7 + 12_345, 1_800_000_000_000] as [Int64] {
            let bucket = window.bucket(at: time)
            #expect(window.start(of: bucket) <= time && window.start(of: bucket + 1) > time)
            #expect(window.expiry(of: bucket) >= time + length)
            #expect(window.expiry(of: bucket) <= time + length + length / 60 + 61)
            #expect(window.bucket(at: window.expiry(of: bucket) - 1) - window.depth <= bucket)
            #expect(window.bucket(at: window.expiry(of: bucket)) - window.depth > bucket)
        }
    }

    @Test("times and lengths that are none do no harm")
    func absurd() {
        for window in [
            SpendWindow.rolling(Milliseconds(.max)), .rolling(Milliseconds(-5)), .calendar(.month), .calendar(.week),
        ] {
            for time in [Int64.min, -1, 0, .max] {
                let bucket = window.bucket(at: time)
                #expect(bucket >= 0 && window.expiry(of: bucket) > window.start(of: bucket))
            }
        }
    }

    @Test("are stored as text and read again")
    func text() {
        for window in [SpendWindow.rolling(Milliseconds(60_000)), .rolling(Milliseconds(744 * 3_600_000))]
            + Budget.CalendarUnit.allCases.map(SpendWindow.calendar)
        {
            #expect(SpendWindow(text: window.text) == window)
        }
        for text in ["", "rolling", "rolling/", "rolling/-1", "rolling/0", "calendar/Year", "rolling/1000/1", "x/1"] {
            #expect(SpendWindow(text: text) == nil)
        }
    }
}
