import Kubernetes
import Reachability

/// Connections as a graph in the language of Graphviz: a box for each namespace.
struct ConnectivityGraph {
    /// Who can reach whom.
    let view: ConnectivityView

    init(_ view: ConnectivityView) { self.view = view }

    /// The graph as text.
    var dot: String {
        var lines = [
            "digraph connectivity {", "  rankdir=LR;", "  node [shape=box, style=rounded, fontname=\"sans-serif\"];",
            "  edge [fontname=\"sans-serif\", fontsize=10];",
        ]
        lines += boxes
        for name in outside.map(Self.quoted) {
            lines.append("  \(name) [shape=ellipse, style=dashed, label=\(name)];")
        }
        for entry in view.rows {
            let style = entry.isPartial ? ", style=dashed" : ""
            lines.append(
                "  \(Self.quoted(view.title(entry.from))) -> \(Self.quoted(view.names.text(entry.to))) "
                    + "[label=\(Self.quoted(entry.traffic.description))\(style)];")
        }
        return (lines + ["}", ""]).joined(separator: "\n")
    }

    private var boxes: [String] {
        var lines: [String] = []
        var namespace: String?
        for workload in view.workloads {
            if workload.namespace != namespace {
                if namespace != nil { lines.append("  }") }
                namespace = workload.namespace
                lines.append("  subgraph \(Self.quoted("cluster \(workload.namespace)")) {")
                lines.append("    label=\(Self.quoted(workload.namespace));")
            }
            lines.append(
                "    \(Self.quoted(workload.description)) [label=\(Self.quoted("\(workload.kind)\n\(workload.name)"))];"
            )
        }
        return namespace == nil ? lines : lines + ["  }"]
    }

    /// Everybody who is no workload.
    private var outside: [String] {
        let sources = view.rows.filter { $0.from.workload == nil }.map { view.title($0.from) }
        let targets = view.rows.filter { $0.to.workload == nil }.map { view.names.text($0.to) }
        return Set(sources + targets).sorted()
    }

    /// A string of the language: quotation marks and backslashes escaped, a new line as `\n`.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
