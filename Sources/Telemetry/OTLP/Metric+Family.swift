extension MetricFamily {
    /// The family for OTLP, counted since `start` and read at `now`, both in microseconds since 1970.
    public func metric(start: Int64, now: Int64) -> Opentelemetry_Proto_Metrics_V1_Metric {
        let since = TelemetryReader.nanoseconds(start)
        let at = TelemetryReader.nanoseconds(now)
        var metric = Opentelemetry_Proto_Metrics_V1_Metric()
        metric.name = name
        metric.unit = unit
        metric.description_p = help
        switch kind {
        case .counter:
            metric.sum.dataPoints = numbers(since, at)
            metric.sum.isMonotonic = true
            metric.sum.aggregationTemporality = .cumulative
        case .gauge: metric.gauge.dataPoints = numbers(nil, at)
        case .histogram(let bounds):
            metric.histogram.dataPoints = histograms(bounds, since, at)
            metric.histogram.aggregationTemporality = .cumulative
        }
        return metric
    }

    private func numbers(_ since: UInt64?, _ at: UInt64) -> [Opentelemetry_Proto_Metrics_V1_NumberDataPoint] {
        points.compactMap { point in
            guard case .number(let number) = point.value else { return nil }
            var data = Opentelemetry_Proto_Metrics_V1_NumberDataPoint()
            data.attributes = point.attributes
            if let since { data.startTimeUnixNano = since }
            data.timeUnixNano = at
            data.asDouble = number
            return data
        }
    }

    private func histograms(
        _ bounds: [Double], _ since: UInt64, _ at: UInt64
    ) -> [Opentelemetry_Proto_Metrics_V1_HistogramDataPoint] {
        points.compactMap { point in
            guard case .histogram(let cumulative, let count, let sum) = point.value else { return nil }
            var data = Opentelemetry_Proto_Metrics_V1_HistogramDataPoint()
            data.attributes = point.attributes
            data.startTimeUnixNano = since
            data.timeUnixNano = at
            data.count = count
            data.sum = sum
            data.explicitBounds = bounds
            // Each its own here, and not all below it.
            data.bucketCounts = zip(cumulative + [count], [0] + cumulative).map { $0 >= $1 ? $0 - $1 : 0 }
            return data
        }
    }
}

extension MetricFamily.Point {
    fileprivate var attributes: [OTLPAttribute] {
        labels.filter { !$0.value.isEmpty }.map { OTLPAttribute($0.name, $0.value) }
    }
}
