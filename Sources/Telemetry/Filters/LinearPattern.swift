/// A regular expression that is searched for in time that grows with the text only, whatever the expression is: clients
/// send them, and one that backtracks could be made to run for hours.
///
/// The syntax is that of RE2 as far as paths and names need it: classes, groups, alternatives, repetitions up to 1000,
/// `^ $ \A \z \b \B`, `\d \w \s` and their opposites, and `(?i)` at the beginning.
public struct LinearPattern: Sendable, Hashable {
    /// Steps that a pattern may have when its repetitions are written out.
    static let longestProgram = 5000

    let program: [PatternStep]
    let ignoresCase: Bool

    /// Reads an expression.
    public init(_ text: String) throws(PatternError) {
        var parser = PatternParser(text)
        let tree = try parser.parse()
        ignoresCase = parser.ignoresCase
        var compiler = PatternCompiler()
        try compiler.append(tree)
        program = compiler.program + [.match]
    }

    /// True when it is found anywhere in the text.
    public func isFound(in text: some StringProtocol) -> Bool {
        let scalars = text.unicodeScalars.map { ignoresCase ? PatternClass.folded($0) : $0 }
        var now = ThreadList(size: program.count)
        var next = ThreadList(size: program.count)
        for place in 0...scalars.count {
            if add(0, to: &now, at: place, in: scalars) { return true }
            guard place < scalars.count else { return false }
            for step in now.steps {
                guard case .one(let set) = program[step], set.contains(scalars[place], ignoresCase) else { continue }
                if add(step + 1, to: &next, at: place + 1, in: scalars) { return true }
            }
            swap(&now, &next)
            next.clear()
        }
        return false
    }

    /// Follows all that consumes nothing; true when that leads to the end.
    private func add(_ first: Int, to list: inout ThreadList, at place: Int, in text: [Unicode.Scalar]) -> Bool {
        var waiting = [first]
        while let step = waiting.popLast() {
            guard list.insert(step) else { continue }
            switch program[step] {
            case .match: return true
            case .one: continue
            case .jump(let to): waiting.append(to)
            case .split(let a, let b): waiting += [b, a]
            case .assert(let assertion):
                if assertion.holds(at: place, in: text) { waiting.append(step + 1) }
            }
        }
        return false
    }
}

/// An expression that cannot be read.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and where.
    public var description: String
}

/// Steps that are alive, each once.
private struct ThreadList {
    var steps: [Int] = []
    private var isThere: [Bool]

    init(size: Int) { isThere = Array(repeating: false, count: size) }

    mutating func insert(_ step: Int) -> Bool {
        guard !isThere[step] else { return false }
        isThere[step] = true
        steps.append(step)
        return true
    }

    mutating func clear() {
        for step in steps { isThere[step] = false }
        steps.removeAll(keepingCapacity: true)
    }
}

enum PatternStep: Sendable, Hashable {
    case one(PatternClass)
    case jump(Int)
    case split(Int, Int)
    case assert(PatternAssertion)
    case match
}

enum PatternAssertion: Sendable, Hashable {
    case start, end, boundary, noBoundary

    func holds(at place: Int, in text: [Unicode.Scalar]) -> Bool {
        switch self {
        case .start: return place == 0
        case .end: return place == text.count
        case .boundary, .noBoundary:
            let before = place > 0 && PatternClass.isWord(text[place - 1])
            let after = place < text.count && PatternClass.isWord(text[place])
            return (before != after) == (self == .boundary)
        }
    }
}

/// Writes a tree out as steps.
struct PatternCompiler {
    private(set) var program: [PatternStep] = []
    /// Repetitions of nothing write nothing, and still take their time.
    private var calls = 0

    mutating func append(_ tree: PatternTree) throws(PatternError) {
        calls += 1
        guard program.count < LinearPattern.longestProgram, calls < 10 * LinearPattern.longestProgram else {
            throw PatternError(description: "the expression is too long when its repetitions are written out")
        }
        switch tree {
        case .nothing: break
        case .one(let set): program.append(.one(set))
        case .assert(let assertion): program.append(.assert(assertion))
        case .sequence(let parts): for part in parts { try append(part) }
        case .either(let a, let b):
            let split = program.count
            program.append(.match)
            try append(a)
            let jump = program.count
            program.append(.match)
            program[split] = .split(split + 1, program.count)
            try append(b)
            program[jump] = .jump(program.count)
        case .repeated(let part, let least, let most): try append(part, least: least, most: most)
        }
    }

    private mutating func append(_ part: PatternTree, least: Int, most: Int?) throws(PatternError) {
        for _ in 0..<least { try append(part) }
        guard let most else {
            let split = program.count
            program.append(.match)
            try append(part)
            program.append(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<max(least, most) {
            splits.append(program.count)
            program.append(.match)
            try append(part)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }
}
