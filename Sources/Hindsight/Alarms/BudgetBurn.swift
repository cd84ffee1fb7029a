import Access
import Kubernetes
import Records

/// A budget that is spent so fast that it ends well before its window.
///
/// How fast is looked at over two lengths of time at once: a long one, so that a single large request is not alarming, and
/// a short one, so that it is not alarming any more when it is over. A budget in a window of the calendar must besides end
/// in three quarters of the time that is left of the window.
struct BudgetBurn: AlarmDetector {
    /// The window in parts: what was spent in each is kept.
    private static let parts = 288
    /// Parts of the long and the short time, how many times too fast, and half of a sentence.
    private static let speeds: [(long: Int, short: Int, times: Double)] = [(12, 2, 8), (72, 6, 2)]
    /// Fewer requests than this in the long time are never alarming.
    private static let fewest = 5
    private static let mostAccounts = 4_096

    private struct Key: Hashable {
        let budget: String
        let subject: String
    }

    /// What was spent, by part of the window.
    private struct Account {
        var last: Int64
        var amounts: [Double]
        var requests: [UInt32]

        init(_ part: Int64) {
            last = part
            amounts = Array(repeating: 0, count: parts)
            requests = Array(repeating: 0, count: parts)
        }

        mutating func add(_ amount: Int64, in part: Int64) {
            if part > last {
                for step in 1...min(part - last, Int64(parts)) {
                    let place = Int((last + step) % Int64(parts))
                    (amounts[place], requests[place]) = (0, 0)
                }
                last = part
            }
            // What comes so late that its part is gone does not count.
            guard last - part < Int64(parts) else { return }
            let place = Int(part % Int64(parts))
            amounts[place] += Double(amount)
            requests[place] &+= 1
        }

        /// What was spent in the last parts, and with how many requests.
        func sum(_ count: Int, notBefore first: Int64 = .min) -> (amount: Double, requests: Int) {
            var (amount, number) = (0.0, 0)
            for step in 0..<Int64(count) where last - step >= max(first, 0) {
                let place = Int((last - step) % Int64(parts))
                amount += amounts[place]
                number += Int(requests[place])
            }
            return (amount, number)
        }
    }

    private var facts: BudgetFacts
    private var accounts: [Key: Account] = [:]

    init(_ facts: AlarmFacts) { self.facts = facts.budgets }

    mutating func update(_ facts: AlarmFacts) { self.facts = facts.budgets }

    mutating func take(_ record: Record, at time: Int64) -> AlarmFinding? {
        guard record.point == .gateway, record.verdict == .allowed, time >= 0 else { return nil }
        var found: AlarmFinding?
        for index in facts.budgets(of: record) {
            let budget = facts.entries[index]
            guard let amount = budget.spent(record), amount > 0, let subject = budget.subject(of: record) else {
                continue
            }
            let finding = spend(amount, of: budget, by: subject, record, at: time)
            found = found ?? finding
        }
        return found
    }

    private mutating func spend(
        _ amount: Int64, of budget: BudgetFacts.Entry, by subject: String, _ record: Record, at time: Int64
    ) -> AlarmFinding? {
        let window = Window(budget.window, at: time / 1_000)
        let length = max(1, window.length / Int64(Self.parts))
        let part = time / 1_000 / length
        let key = Key(budget: budget.name, subject: subject)
        if accounts[key] == nil, accounts.count >= Self.mostAccounts { forget() }
        var account = accounts.removeValue(forKey: key) ?? Account(part)
        account.add(amount, in: part)
        accounts[key] = account
        let first = window.start.map { $0 / length } ?? .min
        for speed in Self.speeds {
            let long = account.sum(speed.long, notBefore: first)
            let short = account.sum(speed.short, notBefore: first)
            let perPart = budget.most / Double(Self.parts)
            guard long.requests >= Self.fewest, long.amount >= perPart * Double(speed.long) * speed.times,
                short.amount >= perPart * Double(speed.short) * speed.times
            else { continue }
            let used = account.sum(Self.parts, notBefore: first).amount
            let rate = long.amount / Double(speed.long)
            let left = max(0, budget.most - used) / rate * Double(length)
            if let end = window.end, left >= Double(end - time / 1_000) * 0.75 { continue }
            let share = Int((used / budget.most * 100).rounded(.down))
            return AlarmFinding(
                subject: "Budget \(budget.name), \(subject)",
                text: "\(subject) spent \(budget.words(long.amount)) of Budget \(budget.name) in "
                    + "\(Self.words(Int64(speed.long) * length)), \(share) % of \(budget.words(budget.most)) in all: "
                    + (left <= 0 ? "it is spent" : "at this speed it ends in \(Self.words(Int64(left)))"),
                evidence: [record.id], time: time)
        }
        return nil
    }

    private mutating func forget() {
        let oldest = accounts.sorted { ($0.value.last, $0.key.subject) < ($1.value.last, $1.key.subject) }
            .prefix(Self.mostAccounts / 8)
        for entry in oldest { accounts[entry.key] = nil }
    }

    /// A length of time, given in milliseconds.
    private static func words(_ milliseconds: Int64) -> String {
        let minutes = (milliseconds + 59_999) / 60_000
        if minutes < 120 { return "\(minutes) min" }
        return minutes < 2_880 ? "\(minutes / 60) h" : "\(minutes / 1_440) days"
    }

    /// The window of a budget around a time, in milliseconds.
    private struct Window {
        let length: Int64
        /// nil: it rolls.
        let start: Int64?
        let end: Int64?

        init(_ window: Budget.Window, at time: Int64) {
            switch window {
            case .rolling(let length):
                (self.length, start, end) = (length.count, nil, nil)
            case .calendar(let unit):
                let number = Access.Calendar.number(of: unit, at: time)
                let (first, next) = (
                    Access.Calendar.start(of: unit, number), Access.Calendar.start(of: unit, number + 1)
                )
                // Months differ; parts are those of one length, so that their numbers go on.
                length = unit == .month ? 30 * 86_400_000 : next - first
                (start, end) = (first, next)
            }
        }
    }
}
