"""Hubble's API as it is published (`data/hubble.txt`): read into descriptors, and a client made of them."""

from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf import field_mask_pb2, timestamp_pb2, wrappers_pb2

TABLE = Path(__file__).resolve().parents[1] / "data" / "hubble.txt"
FIELD = descriptor_pb2.FieldDescriptorProto
SCALARS = {"string": FIELD.TYPE_STRING, "bool": FIELD.TYPE_BOOL, "double": FIELD.TYPE_DOUBLE,
           "int32": FIELD.TYPE_INT32, "uint32": FIELD.TYPE_UINT32, "uint64": FIELD.TYPE_UINT64}


def table():
    """Messages, enumerations and calls: `{name: {number: (name, type, repeated, oneof)}}`, `{name: {number: name}}`,
    `{name: (asked, answered, streams)}`."""
    messages, enumerations, calls, kind, name = {}, {}, {}, None, None
    for line in TABLE.read_text().splitlines():
        words = line.split()
        if not words or words[0] == "#":
            continue
        if words[0] in ("message", "enum", "service"):
            kind, name = words
            {"message": messages, "enum": enumerations, "service": {}}[kind].setdefault(name, {})
        elif kind == "message":
            oneof = words[-1] if words[-2] == "oneof" else None
            repeated = words[2] == "repeated"
            messages[name][int(words[0])] = (words[1], words[3 if repeated else 2], repeated, oneof)
        elif kind == "enum":
            enumerations[name][int(words[0])] = words[1]
        else:
            calls[words[0]] = (words[1], words[-1], words[2] == "stream")
    return messages, enumerations, calls


def of_descriptor(file):
    """The same of a file that was compiled: a `FileDescriptorProto`."""
    messages, enumerations, calls = {}, {}, {}
    names = {value: key for key, value in SCALARS.items()}

    def add(message, prefix):
        name = f"{prefix}.{message.name}"
        messages[name] = {
            field.number: (field.name, field.type_name[1:] or names[field.type],
                           field.label == FIELD.LABEL_REPEATED,
                           message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None)
            for field in message.field}
        for nested in message.nested_type:
            add(nested, name)

    for message in file.message_type:
        add(message, file.package)
    for enumeration in file.enum_type:
        enumerations[f"{file.package}.{enumeration.name}"] = {value.number: value.name for value in enumeration.value}
    for service in file.service:
        for method in service.method:
            calls[method.name] = (method.input_type[1:], method.output_type[1:], method.server_streaming)
    return messages, enumerations, calls


def _files(messages, enumerations):
    """A file for each package, in an order in which each has what it needs."""
    for package, needed in (("flow", ()), ("relay", ()), ("observer", ("flow", "relay"))):
        file = descriptor_pb2.FileDescriptorProto(name=f"published/{package}.proto", package=package, syntax="proto3")
        file.dependency.extend(module.DESCRIPTOR.name for module in (field_mask_pb2, timestamp_pb2, wrappers_pb2))
        file.dependency.extend(f"published/{other}.proto" for other in needed)
        for name, values in enumerations.items():
            if name.startswith(package + "."):
                enumeration = file.enum_type.add(name=name.split(".")[1])
                for number, value in values.items():
                    enumeration.value.add(name=value, number=number)
        made = {}
        for name, fields in messages.items():
            if name.startswith(package + "."):
                holder, _, own = name.rpartition(".")
                made[name] = (made[holder].nested_type if holder in made else file.message_type).add(name=own)
                _fill(made[name], fields, enumerations)
        yield file


def _fill(message, fields, enumerations):
    oneofs = []
    for number, (name, kind, repeated, oneof) in fields.items():
        field = message.field.add(name=name, number=number)
        field.label = FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL
        if kind in SCALARS:
            field.type = SCALARS[kind]
        else:
            field.type = FIELD.TYPE_ENUM if kind in enumerations else FIELD.TYPE_MESSAGE
            field.type_name = "." + kind
        if oneof:
            if oneof not in oneofs:
                oneofs.append(oneof)
                message.oneof_decl.add(name=oneof)
            field.oneof_index = oneofs.index(oneof)


class Client:
    """Asks an Observer in the published words: nothing that we generated is in it."""

    def __init__(self, channel):
        messages, enumerations, calls = table()
        pool = descriptor_pool.DescriptorPool()
        for module in (field_mask_pb2, timestamp_pb2, wrappers_pb2):
            pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
        for file in _files(messages, enumerations):
            pool.Add(file)
        self._classes = {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in messages}
        self._values = {name: {value: number for number, value in values.items()}
                        for name, values in enumerations.items()}
        self._calls = {}
        for name, (asked, answered, streams) in calls.items():
            make = channel.unary_stream if streams else channel.unary_unary
            self._calls[name] = asked, make(f"/observer.Observer/{name}",
                                            request_serializer=self._classes[asked].SerializeToString,
                                            response_deserializer=self._classes[answered].FromString)

    def ask(self, call, **asked):
        """The answer, or the answers, of a call."""
        name, function = self._calls[call]
        return function(self._classes[name](**asked), timeout=20)

    def value(self, enumeration, name):
        """The number of a value."""
        return self._values[enumeration][name]

    @staticmethod
    def unknown(message):
        """Fields that a message has and the published API does not, within each other too."""
        from google.protobuf import unknown_fields

        found = [field.field_number for field in unknown_fields.UnknownFieldSet(message)]
        for field, value in message.ListFields():
            if field.message_type is not None:
                many = value if not hasattr(value, "ListFields") else [value]
                for one in many:
                    found += Client.unknown(one)
        return found
