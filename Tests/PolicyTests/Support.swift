import Kubernetes

/// What a text says.
func objects(_ text: String) -> Objects {
    ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "f.yaml")], revision: 1).objects
}
