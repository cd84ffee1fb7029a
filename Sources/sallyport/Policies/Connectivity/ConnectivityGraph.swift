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
        for entity in outside {
            lines.append(
                "  \(Self.identity(entity)) [shape=ellipse, style=dashed, label=\(Self.quoted(entity.description))];")
        }
        for entry in view.entries {
            let style = entry.isPartial ? ", style=dashed" : ""
            lines.append(
                "  \(Self.identity(entry.from)) -> \(Self.identity(entry.to)) "
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
                "    \(Self.identity(.workload(workload))) [label=\(Self.quoted("\(workload.kind)\n\(workload.name)"))];"
            )
        }
        return namespace == nil ? lines : lines + ["  }"]
    }

    private var outside: [Entity] {
        Set(view.entries.flatMap { [$0.from, $0.to] }.filter { $0.workload == nil }).sorted()
    }

    private static func identity(_ entity: Entity) -> String { quoted(entity.description) }

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
