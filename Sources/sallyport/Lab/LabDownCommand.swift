#if os(Linux)
    import ArgumentParser
    import Lab

    /// `sallyport lab down`
    struct LabDownCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "down",
            abstract: "Take a lab away, with every process in it.",
            discussion: "Also takes away what a crash has left of one.")

        @Flag(help: "Every lab of the state directory.")
        var all = false
        @OptionGroup var selection: LabSelection

        func run() throws {
            let store = try selection.store()
            for name in try all ? store.names : [selection.labName()] {
                let wasThere = try Failure.ofLab { () throws(LabError) in try StoredLab.down(name, in: store) }
                Terminal.standardOutput.line(wasThere ? "The lab \(name) is gone" : "There is no lab called \(name)")
            }
        }
    }
#endif
