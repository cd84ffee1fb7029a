import Kubernetes

/// Hours, days, ISO weeks and months of UTC as numbers counted from 1970: pure arithmetic on the proleptic Gregorian
/// calendar. UTC has no summer time, and leap seconds do not exist in the milliseconds since 1970.
package enum Calendar {
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000

    /// The number of the stretch that a time is in.
    ///
    /// - Parameter time: milliseconds since 1970.
    package static func number(of unit: Budget.CalendarUnit, at time: Int64) -> Int64 {
        switch unit {
        case .hour: floorDivide(time, hour)
        case .day: floorDivide(time, day)
        // 1970 began on a Thursday: three days after the Monday of its week.
        case .week: floorDivide(floorDivide(time, day) + 3, 7)
        case .month: month(ofDay: floorDivide(time, day))
        }
    }

    /// When that stretch begins, in milliseconds since 1970.
    package static func start(of unit: Budget.CalendarUnit, _ number: Int64) -> Int64 {
        switch unit {
        case .hour: number * hour
        case .day: number * day
        case .week: (number * 7 - 3) * day
        case .month: firstDay(ofMonth: number) * day
        }
    }

    /// Months since January 1970 of a day counted from 1970. Eras of 400 years begin in March, so that the leap day
    /// is the last of its year.
    private static func month(ofDay day: Int64) -> Int64 {
        let shifted = day + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        return (era * 400 + yearOfEra - 1970) * 12 + monthFromMarch + 2
    }

    private static func firstDay(ofMonth number: Int64) -> Int64 {
        let fromMarch = number - 2
        let year = floorDivide(fromMarch, 12) + 1970
        let monthFromMarch = fromMarch - floorDivide(fromMarch, 12) * 12
        let era = floorDivide(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * monthFromMarch + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Division that rounds towards the past, also before 1970.
private func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    let quotient = a / b
    return a % b < 0 ? quotient - 1 : quotient
}
