import ModelTraffic
import Testing

@Suite("Operation classes")
struct OperationClassTests {
    @Test("each class has a bit of its own, apart from the mark")
    func bits() {
        let sets = OperationClass.allCases.map { OperationClasses($0) } + [.serverFetch]
        #expect(Set(sets.map(\.rawValue)).count == OperationClass.allCases.count + 1)
        #expect(sets.allSatisfy { $0.rawValue.nonzeroBitCount == 1 })
    }

    @Test("words and sets are each other's inverse", arguments: OperationClass.allCases)
    func words(operation: OperationClass) {
        let set = OperationClasses(operation)
        #expect(OperationClasses(name: operation.rawValue) == set)
        #expect(set.classes == [operation])
        #expect(set.names == [operation.rawValue])
    }

    @Test("the mark is named, and is no class")
    func mark() {
        #expect(OperationClasses(name: "ServerFetch") == .serverFetch)
        #expect(OperationClasses.serverFetch.classes.isEmpty)
        let both: OperationClasses = [.serverFetch, .modelMutation]
        #expect(both.names == ["ModelMutation", "ServerFetch"])
    }

    @Test("other words mean nothing", arguments: ["", "inference", "INFER", "Inference ", "serverFetch"])
    func unknownWords(word: String) {
        #expect(OperationClasses(name: word) == nil)
    }
}
