// The request's place in a trace: a span of its own, under the caller's.

extension Exchange {
    /// Where a request is in a trace.
    struct Trace {
        /// Our span, which the backend is told.
        let own: TraceParent
        /// The caller's; 0: the trace begins here.
        let parent: UInt64
    }

    /// Goes on with the caller's trace. Where he has none, one is begun if the gateway is told to: a trace that nobody
    /// collects would only cost the backends.
    func enterTrace() {
        if let caller = request.fields.traceParent {
            let own = TraceParent(trace: caller.trace, span: worker.random.makeSpan(), flags: caller.flags)
            trace = Trace(own: own, parent: caller.span)
        } else if worker.beginsTraces {
            let own = TraceParent(trace: worker.random.makeTrace(), span: worker.random.makeSpan(), flags: 1)
            trace = Trace(own: own, parent: 0)
        }
    }
}
