import Foundation

/// How this program was called.
enum Invocation {
    /// True as `kubectl sallyport`: kubectl runs the program that is named `kubectl-sallyport`. Whoever asks that way means
    /// the cluster that kubectl means.
    static let isPlugin = isPlugin(CommandLine.arguments.first ?? "")

    static func isPlugin(_ path: String) -> Bool {
        // kubectl writes a dash of a command's name as an underscore.
        ["kubectl-sallyport", "kubectl_sallyport"].contains(URL(filePath: path).lastPathComponent)
    }
}
