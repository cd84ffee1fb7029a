"""What an API server does with an object by the definition of its kind: defaults, the schema, and rules in CEL."""

import copy

import celpy
import jsonschema
import yaml

#: One compiled rule for each text.
_programs = {}


class Plain(yaml.SafeLoader):
    """Times stay texts, as they do for API servers."""


Plain.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def read(text):
    """Definitions of a text, by kind."""
    found = (one for one in yaml.safe_load_all(text) if one)
    return {one["spec"]["names"]["kind"]: one for one in found}


def schema(definition):
    """The schema of whole objects."""
    [version] = definition["spec"]["versions"]
    return version["schema"]["openAPIV3Schema"]


def nodes(node, path=""):
    """Every node of a schema that has a type, with its path."""
    yield path, node
    for name, inner in node.get("properties", {}).items():
        yield from nodes(inner, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in node:
            yield from nodes(node[key], f"{path}[]")


def rules(definition):
    """The message of every rule."""
    return [rule["message"] for _, node in nodes(schema(definition)) for rule in node.get("x-kubernetes-validations", [])]


def refusals(definition, thing):
    """What an API server would say: nothing for a good object."""
    whole = schema(definition)
    thing = _filled(copy.deepcopy(thing), whole)
    # What an API server knows of every object.
    known = dict(whole, properties=dict(
        whole["properties"], apiVersion={}, kind={}, metadata={"type": "object"}))
    said = [f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(known).iter_errors(thing)]
    said += list(_unknown(thing, known, ""))
    # Rules are asked of what the schema takes only.
    return said or list(_broken(thing, whole, ""))


def _filled(value, node):
    if isinstance(value, dict):
        for name, inner in node.get("properties", {}).items():
            if name not in value and "default" in inner:
                value[name] = inner["default"]
        return {name: _filled(inner, node.get("properties", {}).get(name) or node.get("additionalProperties", {}))
                for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, node.get("items", {})) for inner in value]
    return value


def _unknown(value, node, path):
    if isinstance(value, dict) and "properties" in node:
        for name in value.keys() - node["properties"].keys():
            yield f"{path}.{name}: no such field"
    if isinstance(value, list) and node.get("x-kubernetes-list-type") == "set":
        if len({repr(one) for one in value}) < len(value):
            yield f"{path}: an entry twice"
    yield from _walk(value, node, path, _unknown)


def _broken(value, node, path):
    for rule in node.get("x-kubernetes-validations", []):
        if not answer(rule["rule"], self=value):
            yield f"{path}: {rule['message']}"
    yield from _walk(value, node, path, _broken)


def _walk(value, node, path, look):
    if isinstance(value, dict):
        for name, inner in value.items():
            below = node.get("properties", {}).get(name) or node.get("additionalProperties")
            if below:
                yield from look(inner, below, f"{path}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from look(inner, node["items"], f"{path}[{index}]")


def answer(text, **values):
    """What a rule says of values; an error of the rule is one of the test."""
    if text not in _programs:
        environment = celpy.Environment()
        _programs[text] = environment.program(environment.compile(text))
    return bool(_programs[text].evaluate({name: celpy.json_to_cel(value) for name, value in values.items()}))
