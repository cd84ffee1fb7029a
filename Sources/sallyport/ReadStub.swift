import Kubernetes
extension ObjectDirectory {
    func read() throws -> Contents { Contents(objects: Objects(), mistakes: [], notes: []) }
}
