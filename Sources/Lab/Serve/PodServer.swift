#if os(Linux)
    import Foundation

    /// What the pods of a lab do: commands run in those that have some, and for the others somebody listens.
    public final class PodServer: Sendable {
        private let listeners: ListenerServer
        private let commands: PodCommands

        /// Opens every port, and starts every command.
        ///
        /// - Parameter logs: the directory for what commands print; nil: it is thrown away.
        /// - Throws: `LabError` when a port cannot be opened, or a command not be started; then nothing runs.
        public init(_ plan: LabPlan, logs: String? = nil) throws(LabError) {
            listeners = try ListenerServer(plan)
            do throws(LabError) {
                commands = try PodCommands(plan, logs: logs)
            } catch {
                listeners.stop()
                throw error
            }
        }

        /// Ends it: ports are closed, and commands gone, when this returns.
        public func stop() {
            commands.stop()
            listeners.stop()
        }
    }
#endif
