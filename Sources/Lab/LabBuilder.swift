#if os(Linux)
    import Foundation
    import Synchronization

    /// Puts labs together and takes them apart, with `ip` and `nft`.
    public enum LabBuilder {
        /// Makes everything that a plan has, except processes. When something fails, what was made is taken away.
        ///
        /// - Throws: `LabError` when this user is not root, a lab of that name is there, or something fails.
        public static func up(_ plan: LabPlan, _ cluster: LabCluster) throws(LabError) {
            try checkRoot()
            let name = try LabName(plan.name)
            guard NetworkNamespace.names(beginning: name.prefix).isEmpty else {
                throw LabError(
                    .usage, "a lab called \(name) is there already", advice: "`sallyport lab down` takes it away")
            }
            do throws(LabError) {
                try make(plan, cluster)
            } catch {
                _ = try? down(name)
                throw error
            }
        }

        /// Ends every process in the namespaces of a lab, and takes them away. What is not there is no error.
        ///
        /// - Returns: how many namespaces there were.
        @discardableResult
        public static func down(_ name: LabName) throws(LabError) -> Int {
            try checkRoot()
            let names = NetworkNamespace.names(beginning: name.prefix)
            guard !names.isEmpty else { return 0 }
            LabProcesses.end(in: names)
            let lines = names.map { "netns delete \($0)" }
            try Programs.require("ip", ["-force", "-batch", "-"], input: text(lines), to: "take namespaces away")
            return names.count
        }

        /// - Throws: `LabError` when this user may not make namespaces.
        public static func checkRoot() throws(LabError) {
            guard geteuid() == 0 else {
                throw LabError(
                    .notPermitted, "a lab is made of network namespaces, which only root can make",
                    advice: "run it with sudo, or in a container that may do so")
            }
        }

        /// Becomes a command in a network namespace; returns only when that fails.
        ///
        /// - Throws: `LabError` when `ip` cannot be run. That there is no such command is said by `ip`.
        public static func become(_ command: [String], in namespace: String) throws(LabError) {
            guard let path = Programs.find("ip") else {
                throw LabError(.unavailable, "`ip` is not installed", advice: "Debian's package is iproute2")
            }
            let words = ["ip", "netns", "exec", namespace] + command
            var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
            execv(path, &arguments)
            let number = errno
            for argument in arguments { free(argument) }
            throw LabError(.system, "cannot run \(path): \(SystemText.describe(number))")
        }

        private static func make(_ plan: LabPlan, _ cluster: LabCluster) throws(LabError) {
            let wiring = Wiring(plan: plan)
            let proxy = KubeProxy(cluster, plan)
            try Programs.require("ip", ["-batch", "-"], input: text(wiring.namespaces), to: "make namespaces")
            try KernelSettings.apply(wiring.defaults)
            try Programs.require("ip", ["-batch", "-"], input: text(wiring.links), to: "make links")
            let scripts = wiring.scripts
            try KernelSettings.apply(scripts)
            try inParallel(scripts) { script throws(LabError) in
                try Programs.require(
                    "ip", ["-netns", script.namespace, "-batch", "-"], input: text(script.lines),
                    to: "wire \(script.namespace)")
            }
            guard proxy.isNeeded else { return }
            for (index, node) in plan.nodes.enumerated() {
                for script in proxy.scripts(node: index, plan.services) { try lead(script, on: node) }
            }
        }

        private static func lead(_ script: KubeProxy.Script, on node: LabPlan.Node) throws(LabError) {
            guard let program = Programs.find(script.command[0]) else {
                throw LabError(
                    .unavailable, "the objects have Services, and `\(script.command[0])` is not installed",
                    advice: "Debian's package is \(script.command[0] == "nft" ? "nftables" : "iptables")")
            }
            try Programs.require(
                "ip", ["netns", "exec", node.namespace, program] + script.command.dropFirst(), input: script.input,
                to: "lead Services to pods on node \(node.name)")
        }

        private static func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

        /// Does something for each, a few at a time; the first trouble is thrown.
        private static func inParallel<Element: Sendable>(
            _ elements: [Element], _ body: @escaping @Sendable (Element) throws(LabError) -> Void
        ) throws(LabError) {
            let trouble = Mutex<LabError?>(nil)
            DispatchQueue.concurrentPerform(iterations: elements.count) { index in
                guard trouble.withLock({ $0 == nil }) else { return }
                do throws(LabError) {
                    try body(elements[index])
                } catch {
                    trouble.withLock { $0 = $0 ?? error }
                }
            }
            if let error = trouble.withLock({ $0 }) { throw error }
        }
    }
#endif
