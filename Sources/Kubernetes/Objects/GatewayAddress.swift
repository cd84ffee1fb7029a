import Addresses

extension Gateway.Address {
    /// The address as `status.addresses` of a Gateway has it.
    public static func ip(_ address: Address) -> Gateway.Address {
        Gateway.Address(type: "IPAddress", value: address.description)
    }

    /// The name as `status.addresses` of a Gateway has it.
    public static func hostname(_ name: String) -> Gateway.Address {
        Gateway.Address(type: "Hostname", value: name)
    }
}
