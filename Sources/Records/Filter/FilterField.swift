/// A field by the name that it has in filters.
public struct FilterField: Sendable, Hashable {
    /// The name: that of the field, without the brackets of arrays.
    public let name: String
    /// What can be compared with it, such as `text` or `address`.
    public let kind: String
    /// The field.
    public let field: FieldNumber
    /// Series are told apart by it: numbers over long times can be asked by it, and rows can differ in it.
    public let isDimension: Bool

    /// All fields, in the order of the schema.
    public static let all: [FilterField] = FieldNumber.allCases.map { field in
        // The short name of a field that is called so too means the field and more.
        let kind = FilterSubject.kindInWords(field.filterName) ?? ""
        return FilterField(
            name: field.filterName, kind: kind, field: field, isDimension: Dimension(field: field) != nil)
    }
}
