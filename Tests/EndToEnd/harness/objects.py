"""Configuration objects as dictionaries, and files of them (JSON documents, which are YAML too)."""

import json
import os
from pathlib import Path

from . import keys

GATEWAY_API = "gateway.networking.k8s.io"
OUR_API = "sallyport.dev/v1alpha1"
NAMESPACE = "ai"


def made(api, kind, name, metadata=None, **fields):
    """An object of any kind, in the namespace of all."""
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE} | (metadata or {}), **fields}


def _object(api, kind, name, spec, **more):
    return made(api, kind, name, **({"spec": spec} if spec is not None else {}), **more)


def gateway_class():
    """The class that the product's controller takes."""
    found = _object(f"{GATEWAY_API}/v1", "GatewayClass", "sallyport", {"controllerName": "sallyport.dev/gateway"})
    del found["metadata"]["namespace"]
    return found


def gateway(*listeners, name="front"):
    """A Gateway with those listeners."""
    return _object(f"{GATEWAY_API}/v1", "Gateway", name, {"gatewayClassName": "sallyport", "listeners": list(listeners)})


def listener(port, name="http", protocol="HTTP", **more):
    """One listener."""
    return {"name": name, "port": port, "protocol": protocol, **more}


def https(port, name="https", secret=None, **more):
    """A listener with TLS; without a secret the local authority gives the certificate."""
    if secret:
        more["tls"] = {"mode": "Terminate", "certificateRefs": [{"name": secret}]}
    return listener(port, name, "HTTPS", **more)


def route(name="model", prefix="/", backend="model", gateway="front", hostnames=(), filters=(), **rule):
    """An HTTPRoute of one rule."""
    spec = {"parentRefs": [{"name": gateway}], "rules": [rule_of(prefix, backend, filters, **rule)]}
    if hostnames:
        spec["hostnames"] = list(hostnames)
    return _object(f"{GATEWAY_API}/v1", "HTTPRoute", name, spec)


def rule_of(prefix, backend, filters=(), **more):
    """A rule for all paths under a prefix."""
    rule = {"matches": [{"path": {"type": "PathPrefix", "value": prefix}}], **more}
    rule["backendRefs"] = [{"name": backend, "port": 80}]
    if filters:
        rule["filters"] = list(filters)
    return rule


def grpc_route(name="calls", backend="calls", gateway="front"):
    """A GRPCRoute that takes every call."""
    rules = [{"backendRefs": [{"name": backend, "port": 80}]}]
    return _object(f"{GATEWAY_API}/v1", "GRPCRoute", name, {"parentRefs": [{"name": gateway}], "rules": rules})


def backend(name, *ports, protocol=None, server=None):
    """A Service and the EndpointSlices that lead to loopback ports; `server` says what stands there."""
    service_port = {"name": "main", "port": 80}
    if protocol:
        service_port["appProtocol"] = protocol
    annotations = {"annotations": {"sallyport.dev/server": server}} if server else {}
    found = [_object("v1", "Service", name, {"ports": [service_port]}, metadata=annotations)]
    for port in ports:
        found.append(_object(
            "discovery.k8s.io/v1", "EndpointSlice", f"{name}-{port}", None,
            metadata={"labels": {"kubernetes.io/service-name": name}},
            addressType="IPv4", endpoints=[{"addresses": ["127.0.0.1"]}], ports=[{"name": "main", "port": port}]))
    return found


def access_key(name, key, **spec):
    """An AccessKey for a key text."""
    labels = spec.pop("labels", {})
    spec = {"sha256": keys.sha256(key), **spec}
    return _object(OUR_API, "AccessKey", name, spec, metadata={"labels": labels})


def policy(name="policy", target="front", kind="Gateway", names=("alice",), to=None, limits=None, section=None):
    """An AccessPolicy of one rule for keys by name."""
    rule = {"name": "allow", "from": [{"accessKeys": {"names": list(names)}}]}
    if to is not None:
        rule["to"] = to
    if limits is not None:
        rule["limits"] = limits
    return policy_of(name, rule, target=target, kind=kind, section=section)


def policy_of(name, *rules, target="front", kind="Gateway", section=None):
    """An AccessPolicy of those rules."""
    spec = {"targetRefs": [_target(target, kind, section)], "rules": list(rules)}
    return _object(OUR_API, "AccessPolicy", name, spec)


def rule(name, *callers, to=None, limits=None):
    """A rule of an AccessPolicy, for entries of `from` such as `keys_named`."""
    more = {"to": to} if to is not None else {}
    more |= {"limits": limits} if limits is not None else {}
    return {"name": name, "from": list(callers), **more}


def keys_named(*names):
    """An entry of `from`: access keys by name."""
    return {"accessKeys": {"names": list(names)}}


def _target(name, kind, section=None):
    reference = {"group": GATEWAY_API, "kind": kind, "name": name}
    return reference | {"sectionName": section} if section else reference


def budget(name, limit, target="front", kind="Gateway", per="Principal", window=None):
    """A Budget; `limit` is `{"tokens": N}` or `{"dollars": "N"}`."""
    spec = {"targetRefs": [_target(target, kind)], "per": per, "limit": limit, "window": window or {"rolling": "24h"}}
    return _object(OUR_API, "Budget", name, spec)


def provider(name, services, models):
    """A Provider; `models` are entries of `spec.models`."""
    return _object(OUR_API, "Provider", name, {"services": list(services), "models": list(models)})


def model_filter(name, *rules, unmatched="Forward"):
    """A ModelFilter."""
    return _object(OUR_API, "ModelFilter", name, {"rules": list(rules), "unmatched": unmatched})


def extension(name, kind="ModelFilter"):
    """A filter of a route that is one of our objects."""
    return {"type": "ExtensionRef", "extensionRef": {"group": "sallyport.dev", "kind": kind, "name": name}}


def token_issuer(name, issuer, jwks, audiences=("sallyport",), **more):
    """A TokenIssuer; `jwks` says where the keys are."""
    return _object(OUR_API, "TokenIssuer", name, {"issuer": issuer, "audiences": list(audiences), "jwks": jwks, **more})


def pod(name, address, owner=None):
    """A running Pod with that address; `owner` is the kind and name of its controller."""
    metadata = {}
    if owner:
        kind, of = owner
        metadata = {"ownerReferences": [
            {"apiVersion": "apps/v1", "kind": kind, "name": of, "uid": f"uid-{of}", "controller": True}]}
    status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}
    containers = [{"name": "main", "image": "example.test/agent"}]
    return made("v1", "Pod", name, metadata=metadata, spec={"containers": containers}, status=status)


def tls_secret(name, certificate, key):
    """A Secret with a certificate chain and its key, both PEM."""
    return made("v1", "Secret", name, type="kubernetes.io/tls", stringData={"tls.crt": certificate, "tls.key": key})


def write(path, *found):
    """A file with those objects (lists are opened), replaced whole: a reader sees the old or the new."""
    path = Path(path)
    documents = []
    for entry in found:
        documents += entry if isinstance(entry, list) else [entry]
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text("\n---\n".join(json.dumps(document, indent=1) for document in documents) + "\n")
    os.replace(fresh, path)
