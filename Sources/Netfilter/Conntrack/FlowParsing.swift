#if os(Linux)

    import Addresses
    import CNetfilter

    extension Flow {
        /// Reads an entry of conntrack's table; nil when it is not about IP, or lacks what tells flows apart.
        init?(_ message: NetlinkMessage) {
            guard let family = message.family, IPVersion(family: family) != nil else { return nil }
            self.init(message.attributes)
        }

        private init?(_ attributes: NetlinkAttributes) {
            var original: FlowTuple?
            var reply: FlowTuple?
            var flow = Flow.blank
            for attribute in attributes {
                switch attribute.type {
                case Int(CTA_TUPLE_ORIG.rawValue):
                    original = FlowTuple(attribute.nested)
                    flow.originalZone = Self.zone(in: attribute.nested) ?? flow.originalZone
                case Int(CTA_TUPLE_REPLY.rawValue):
                    reply = FlowTuple(attribute.nested)
                    flow.replyZone = Self.zone(in: attribute.nested) ?? flow.replyZone
                default: flow.take(attribute)
                }
            }
            guard let original, let reply else { return nil }
            self = flow
            self.original = original
            self.reply = reply
        }

        private mutating func take(_ attribute: NetlinkAttribute) {
            let value = attribute.value
            switch attribute.type {
            case Int(CTA_ID.rawValue): id = value.network(UInt32.self) ?? 0
            case Int(CTA_STATUS.rawValue): status = Status(rawValue: value.network(UInt32.self) ?? 0)
            case Int(CTA_MARK.rawValue): mark = value.network(UInt32.self) ?? 0
            case Int(CTA_TIMEOUT.rawValue): timeout = value.network(UInt32.self)
            case Int(CTA_COUNTERS_ORIG.rawValue): sent = Counters(attribute.nested)
            case Int(CTA_COUNTERS_REPLY.rawValue): received = Counters(attribute.nested)
            case Int(CTA_TIMESTAMP.rawValue): takeTimes(attribute.nested)
            case Int(CTA_PROTOINFO.rawValue): tcpState = Self.tcpState(attribute.nested)
            case Int(CTA_ZONE.rawValue):
                let zone = value.network(UInt16.self) ?? 0
                originalZone = zone
                replyZone = zone
            default: break
            }
        }

        private mutating func takeTimes(_ attributes: NetlinkAttributes) {
            for attribute in attributes {
                switch attribute.type {
                case Int(CTA_TIMESTAMP_START.rawValue): start = attribute.value.network(UInt64.self)
                case Int(CTA_TIMESTAMP_STOP.rawValue): stop = attribute.value.network(UInt64.self)
                default: break
                }
            }
        }

        private static func tcpState(_ attributes: NetlinkAttributes) -> TCPState? {
            for protocolInfo in attributes where protocolInfo.type == Int(CTA_PROTOINFO_TCP.rawValue) {
                for attribute in protocolInfo.nested where attribute.type == Int(CTA_PROTOINFO_TCP_STATE.rawValue) {
                    return attribute.value.native(UInt8.self).flatMap(TCPState.init)
                }
            }
            return nil
        }

        /// A zone that only one direction is in.
        private static func zone(in tuple: NetlinkAttributes) -> UInt16? {
            for attribute in tuple where attribute.type == Int(CTA_TUPLE_ZONE.rawValue) {
                return attribute.value.network(UInt16.self)
            }
            return nil
        }

        /// What is there before anything is read.
        private static var blank: Flow {
            let nobody = Address(bits: 0)
            let tuple = FlowTuple(
                version: .ipv6, source: nobody, destination: nobody, proto: IPProtocol(rawValue: 0), transport: .unseen)
            return Flow(id: 0, original: tuple, reply: tuple)
        }
    }

    extension Flow.Counters {
        fileprivate init?(_ attributes: NetlinkAttributes) {
            var packets: UInt64?
            var bytes: UInt64?
            for attribute in attributes {
                switch attribute.type {
                case Int(CTA_COUNTERS_PACKETS.rawValue): packets = attribute.value.network(UInt64.self)
                case Int(CTA_COUNTERS_BYTES.rawValue): bytes = attribute.value.network(UInt64.self)
                default: break
                }
            }
            guard let packets, let bytes else { return nil }
            self.init(packets: packets, bytes: bytes)
        }
    }

    extension FlowTuple {
        /// Reads a tuple of conntrack; nil when an address or the protocol is missing.
        init?(_ attributes: NetlinkAttributes) {
            var addresses: (version: IPVersion, source: Address, destination: Address)?
            var transport: (proto: IPProtocol, Transport)?
            for attribute in attributes {
                switch attribute.type {
                case Int(CTA_TUPLE_IP.rawValue): addresses = Self.addresses(attribute.nested)
                case Int(CTA_TUPLE_PROTO.rawValue): transport = Self.transport(attribute.nested)
                default: break
                }
            }
            guard let addresses, let transport else { return nil }
            self.init(
                version: addresses.version, source: addresses.source, destination: addresses.destination,
                proto: transport.proto, transport: transport.1)
        }

        private static func addresses(
            _ attributes: NetlinkAttributes
        ) -> (version: IPVersion, source: Address, destination: Address)? {
            var source: (version: IPVersion, Address?)?
            var destination: (version: IPVersion, Address?)?
            for attribute in attributes {
                let value = attribute.value
                switch attribute.type {
                case Int(CTA_IP_V4_SRC.rawValue): source = (.ipv4, value.address(.ipv4))
                case Int(CTA_IP_V4_DST.rawValue): destination = (.ipv4, value.address(.ipv4))
                case Int(CTA_IP_V6_SRC.rawValue): source = (.ipv6, value.address(.ipv6))
                case Int(CTA_IP_V6_DST.rawValue): destination = (.ipv6, value.address(.ipv6))
                default: break
                }
            }
            guard let source, let destination, source.version == destination.version, let from = source.1,
                let to = destination.1
            else { return nil }
            return (source.version, from, to)
        }

        private static func transport(_ attributes: NetlinkAttributes) -> (proto: IPProtocol, Transport)? {
            var proto: IPProtocol?
            var ports: (source: UInt16?, destination: UInt16?) = (nil, nil)
            var icmp: (type: UInt8?, code: UInt8?, identifier: UInt16?) = (nil, nil, nil)
            for attribute in attributes {
                let value = attribute.value
                switch attribute.type {
                case Int(CTA_PROTO_NUM.rawValue): proto = value.native(UInt8.self).map(IPProtocol.init)
                case Int(CTA_PROTO_SRC_PORT.rawValue): ports.source = value.network(UInt16.self)
                case Int(CTA_PROTO_DST_PORT.rawValue): ports.destination = value.network(UInt16.self)
                case Int(CTA_PROTO_ICMP_ID.rawValue), Int(CTA_PROTO_ICMPV6_ID.rawValue):
                    icmp.identifier = value.network(UInt16.self)
                case Int(CTA_PROTO_ICMP_TYPE.rawValue), Int(CTA_PROTO_ICMPV6_TYPE.rawValue):
                    icmp.type = value.native(UInt8.self)
                case Int(CTA_PROTO_ICMP_CODE.rawValue), Int(CTA_PROTO_ICMPV6_CODE.rawValue):
                    icmp.code = value.native(UInt8.self)
                default: break
                }
            }
            guard let proto else { return nil }
            if let source = ports.source, let destination = ports.destination, proto.hasPorts {
                return (proto, .ports(source: source, destination: destination))
            }
            if let type = icmp.type, let code = icmp.code {
                return (proto, .icmp(type: type, code: code, identifier: icmp.identifier ?? 0))
            }
            return (proto, proto.hasPorts ? .unseen : .other)
        }
    }

#endif
