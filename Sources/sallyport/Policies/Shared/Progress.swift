import Foundation

/// What is being done, on one line of standard error that is wiped in the end; only where a person watches.
struct Progress {
    private let isShown: Bool
    private let terminal = Terminal.standardError

    init(isQuiet: Bool) { isShown = !isQuiet && isatty(2) == 1 && terminal.isColoured }

    /// Says what is done now.
    func step(_ text: String) {
        if isShown { terminal.text("\r\u{1b}[K\(Printable.oneLine(text)) ...") }
    }

    /// Wipes the line.
    func end() {
        if isShown { terminal.text("\r\u{1b}[K") }
    }
}
