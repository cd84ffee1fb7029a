import Addresses

extension FilterNode {
    /// The answer to the filter.
    func answer<Facts: FilterFacts & ~Copyable>(_ facts: borrowing Facts) -> Ternary {
        switch self {
        case .all: return .yes
        case .not(let node): return node.answer(facts).not
        case .and(let nodes):
            var result = Ternary.yes
            for node in nodes {
                switch node.answer(facts) {
                case .yes: break
                case .no: return .no
                case .cannotTell: result = .cannotTell
                }
            }
            return result
        case .or(let nodes):
            var result = Ternary.no
            for node in nodes {
                switch node.answer(facts) {
                case .yes: return .yes
                case .no: break
                case .cannotTell: result = .cannotTell
                }
            }
            return result
        case .present(let subject): return subject.isPresent(facts)
        case .search(let text): return Self.search(text, facts)
        case .compare(let subject, let comparison): return subject.answer(comparison, facts)
        }
    }

    /// Whether a name contains a text.
    private static func search<Facts: FilterFacts & ~Copyable>(_ text: String, _ facts: borrowing Facts) -> Ternary {
        let wanted = Array(text.utf8)
        var result = Ternary.no
        for field in searched {
            switch facts.anyText(field, { FilterPattern.find(wanted, in: $0, from: 0, to: $0.count) != nil }) {
            case .yes: return .yes
            case .no: break
            case .cannotTell: result = .cannotTell
            }
        }
        return result
    }

    /// All texts but the time and the trace.
    static let searched: [FieldNumber] = FieldNumber.allCases.filter {
        $0.field.kind == .string && $0 != .time && !$0.name.hasPrefix("trace[]")
    }
}

extension FilterSubject {
    /// Whether it is there.
    func isPresent<Facts: FilterFacts & ~Copyable>(_ facts: borrowing Facts) -> Ternary {
        any(facts) { source, facts in
            switch source {
            case .field(let field): return facts.isPresent(field)
            case .sum(let fields): return Self.sum(fields, facts).isPresent
            case .namespace, .label: return Self.text(source, facts) { _ in true }
            }
        }
    }

    /// The answer to a comparison.
    func answer<Facts: FilterFacts & ~Copyable>(_ comparison: FilterComparison, _ facts: borrowing Facts) -> Ternary {
        any(facts) { source, facts in
            switch kind {
            case .text: return Self.text(source, facts) { comparison.isTrue(ofText: $0) }
            case .address: return Self.text(source, facts) { comparison.isTrue(ofAddress: $0) }
            case .cost: return Self.text(source, facts) { comparison.isTrue(ofCost: $0) }
            case .boolean: return Self.boolean(source, facts, comparison)
            case .integer, .status, .duration, .time:
                switch Self.number(source, facts) {
                case .number(let number): return Ternary(comparison.isTrue(of: number))
                case .none: return .no
                case .cannotTell: return .cannotTell
                }
            case .object: return .no
            }
        }
    }

    /// Yes where one of the sources says so, and the condition does.
    private func any<Facts: FilterFacts & ~Copyable>(
        _ facts: borrowing Facts, _ answer: (Source, borrowing Facts) -> Ternary
    ) -> Ternary {
        var result = Ternary.no
        for source in sources {
            switch answer(source, facts) {
            case .yes:
                result = .yes
            case .no: continue
            case .cannotTell:
                result = .cannotTell
                continue
            }
            break
        }
        guard let condition, result != .no else { return result }
        switch facts.anyText(condition.field, { $0.elementsEqual(condition.text.utf8) }) {
        case .yes: return result
        case .no: return .no
        case .cannotTell: return .cannotTell
        }
    }

    private static func text<Facts: FilterFacts & ~Copyable>(
        _ source: Source, _ facts: borrowing Facts, _ test: (UnsafeRawBufferPointer) -> Bool
    ) -> Ternary {
        switch source {
        case .field(let field): return facts.anyText(field, test)
        case .namespace(let field):
            return facts.anyText(field) { text in
                guard let end = text.firstIndex(of: UInt8(ascii: "/")), end > 0 else { return false }
                return test(UnsafeRawBufferPointer(rebasing: text[..<end]))
            }
        case .label(let field, let key):
            return facts.anyText(field) { text in
                guard text.count > key.utf8.count, text[key.utf8.count] == UInt8(ascii: "="),
                    text[..<key.utf8.count].elementsEqual(key.utf8)
                else { return false }
                return test(UnsafeRawBufferPointer(rebasing: text[(key.utf8.count + 1)...]))
            }
        case .sum: return .no
        }
    }

    private static func number<Facts: FilterFacts & ~Copyable>(
        _ source: Source, _ facts: borrowing Facts
    ) -> FilterNumber {
        switch source {
        case .field(let field): facts.number(field)
        case .sum(let fields): sum(fields, facts)
        case .namespace, .label: .none
        }
    }

    /// The numbers together that are there.
    private static func sum<Facts: FilterFacts & ~Copyable>(
        _ fields: [FieldNumber], _ facts: borrowing Facts
    ) -> FilterNumber {
        var sum: Int64?
        for field in fields {
            switch facts.number(field) {
            case .cannotTell: return .cannotTell
            case .none: break
            case .number(let number):
                let (total, isOver) = (sum ?? 0).addingReportingOverflow(number)
                sum = isOver ? (number < 0 ? .min : .max) : total
            }
        }
        return sum.map { .number($0) } ?? .none
    }

    private static func boolean<Facts: FilterFacts & ~Copyable>(
        _ source: Source, _ facts: borrowing Facts, _ comparison: FilterComparison
    ) -> Ternary {
        guard case .oneOf(let values) = comparison, case .field(let field) = source else { return .no }
        let isTrue = facts.isPresent(field)
        if values.contains(.boolean(true)), values.contains(.boolean(false)) { return .yes }
        return values.contains(.boolean(true)) ? isTrue : isTrue.not
    }
}

extension FilterNumber {
    fileprivate var isPresent: Ternary {
        switch self {
        case .number: .yes
        case .none: .no
        case .cannotTell: .cannotTell
        }
    }
}

extension FilterComparison {
    fileprivate func isTrue(ofText text: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .oneOf(let values):
            values.contains { value in
                if case .text(let wanted) = value { return text.elementsEqual(wanted.utf8) }
                return false
            }
        case .like(let pattern): pattern.matches(text)
        default: false
        }
    }

    fileprivate func isTrue(ofAddress text: UnsafeRawBufferPointer) -> Bool {
        if case .like(let pattern) = self { return pattern.matches(text) }
        guard case .oneOf(let values) = self, let address = Address(String(decoding: text, as: UTF8.self)) else {
            return false
        }
        return values.contains { value in
            switch value {
            case .address(let wanted): wanted == address
            case .prefix(let prefix): prefix.contains(address)
            default: false
            }
        }
    }

    fileprivate func isTrue(ofCost text: UnsafeRawBufferPointer) -> Bool {
        guard let cost = Cost(digits: text) else { return false }
        return isTrue { value in
            if case .cost(let wanted) = value { return cost < wanted ? -1 : cost == wanted ? 0 : 1 }
            return nil
        }
    }

    fileprivate func isTrue(of number: Int64) -> Bool {
        isTrue { value in
            switch value {
            case .integer(let wanted), .duration(let wanted), .time(let wanted):
                number < wanted ? -1 : number == wanted ? 0 : 1
            case .statusClass(let first): number / 100 == first ? 0 : number / 100 < first ? -1 : 1
            default: nil
            }
        }
    }

    /// - Parameter order: less than 0, 0 or more, as what is compared is less than the value, the same or more.
    private func isTrue(_ order: (FilterValue) -> Int?) -> Bool {
        switch self {
        case .oneOf(let values): values.contains { order($0) == 0 }
        case .like: false
        case .less(let value): order(value).map { $0 < 0 } ?? false
        case .lessOrEqual(let value): order(value).map { $0 <= 0 } ?? false
        case .greater(let value): order(value).map { $0 > 0 } ?? false
        case .greaterOrEqual(let value): order(value).map { $0 >= 0 } ?? false
        }
    }
}
