import Records
import Testing

@Suite("Numbers of fields")
struct FieldNumberTests {
    @Test("are the places of the schema's fields, under the same names")
    func numbers() {
        #expect(FieldNumber.allCases.count == Record.fields.count)
        for (number, field) in zip(FieldNumber.allCases, Record.fields) {
            let letters = field.name.lowercased().filter { $0.isLetter || $0.isNumber }
            #expect("\(number)".lowercased() == letters)
            #expect(number.name == field.name)
            #expect(FieldNumber(name: field.name) == number)
        }
        #expect(FieldNumber(name: "ai.classes") == nil && FieldNumber(name: "") == nil)
    }

    @Test("dimensions are found by name and by field")
    func dimensions() {
        for (place, dimension) in Dimension.allCases.enumerated() {
            #expect(Int(dimension.rawValue) == place)
            #expect(Dimension(name: dimension.name) == dimension)
            if let field = dimension.field { #expect(Dimension(field: field) == dimension) }
        }
        #expect(Dimension(name: "ai.classes") == .aiClasses && Dimension(name: "time") == nil)
        #expect(Dimension(field: .time) == nil)
    }
}
