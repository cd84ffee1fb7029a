"""Folders of manifests: what is in them, and copies in which something is different."""

import copy
import ipaddress
from pathlib import Path

import yaml

#: Files that are read, and with what: the quick reader where it is installed.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ENDS = (".yaml", ".yml", ".json")
#: Where a copy can have its pods so that no block of a policy reaches them. No case uses it.
QUIET = ipaddress.ip_network("198.18.0.0/15")
QUIET_IPV6 = ipaddress.ip_network("2001:db8:5afe::/48")


def documents(folder, deep=True):
    """Every object of the files in a folder, and below it when `deep`."""
    paths = Path(folder).rglob("*") if deep else Path(folder).glob("*")
    return [item for path in sorted(paths) if path.suffix in _ENDS and path.is_file() for item in documents_of(path)]


def documents_of(path):
    """Every object of a file, lists taken apart; a file that is no YAML gives none."""
    try:
        return [item for document in yaml.load_all(path.read_text(), _LOADER) for item in _items(document)]
    except (yaml.YAMLError, UnicodeDecodeError):
        return []


def _items(document):
    if not isinstance(document, dict):
        return []
    kind = document.get("kind")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(document.get("items"), list):
        version = {"apiVersion": document.get("apiVersion"), "kind": kind[:-4]} if kind != "List" else {}
        return [found for item in document["items"] if isinstance(item, dict) for found in _items(version | item)]
    return [document]


def of_kind(found, *kinds):
    """Objects of these kinds."""
    return [item for item in found if item.get("kind") in kinds]


def name_of(item):
    """`namespace/name`."""
    metadata = item.get("metadata") or {}
    return f"{metadata.get('namespace') or 'default'}/{metadata.get('name')}"


def owners(found):
    """The names of other analysers by ours: they call a workload by what its pods say controls them, and no further.

    We know the Deployment of a ReplicaSet, also of one that is not there, by the hash in its name.
    """
    names = {}
    for pod in of_kind(found, "Pod"):
        metadata = pod.get("metadata") or {}
        namespace = name_of(pod).partition("/")[0]
        owners_of_pod = [owner for owner in metadata.get("ownerReferences") or [] if owner.get("kind") != "Node"]
        for owner in owners_of_pod[:1]:
            theirs = f"{namespace}/{owner['name']}[{owner.get('kind') or 'Pod'}]"
            names[f"{name_of(pod)}[Pod]"] = theirs
            stem, _, end = owner["name"].rpartition("-")
            if owner.get("kind") == "ReplicaSet" and (metadata.get("labels") or {}).get("pod-template-hash") == end:
                names[f"{namespace}/{stem}[Deployment]"] = theirs
    return names


def inside_addresses(found):
    """The addresses of pods and nodes, as ranges of one: they are not outside."""
    texts = set()
    for item in of_kind(found, "Pod", "Node"):
        status = item.get("status") or {}
        texts |= {status.get("podIP"), status.get("hostIP")}
        texts |= {entry.get("ip") for entry in (status.get("podIPs") or []) + (status.get("hostIPs") or [])}
        texts |= {entry.get("address") for entry in status.get("addresses") or []}
    numbers = set()
    for text in texts:
        try:
            parsed = ipaddress.ip_address(text)
        except ValueError:
            continue
        if parsed.version == 4:
            numbers.add((int(parsed), int(parsed)))
    return sorted(numbers)


def write(folder, found):
    """Write objects into one file of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "all.yaml", "w") as file:
        yaml.safe_dump_all(found, file, sort_keys=False, width=1000)
    return folder


def mended(found):
    """A copy that an API server would take: what is no object goes, and of two with one name the second; names without
    underscores, blocks with lengths and exceptions inside them, ports of Services with names, ports of containers
    with numbers, owners with kinds."""
    result, seen = [], set()
    for item in copy.deepcopy(found):
        if not item.get("apiVersion") or not item.get("kind") or not isinstance(item.get("metadata"), dict):
            continue
        key = (item["kind"], name_of(item))
        if key not in seen:
            seen.add(key)
            result.append(_mend(item))
    return result


def _mend(item):
    metadata, spec = item["metadata"], item.get("spec") or {}
    metadata["name"] = (metadata.get("name") or "").replace("_", "-")
    for owner in metadata.get("ownerReferences") or []:
        owner.update({"apiVersion": owner.get("apiVersion") or "v1", "kind": owner.get("kind") or "Pod"})
    if item["kind"] == "Service" and len(spec.get("ports") or []) > 1:
        for number, port in enumerate(spec["ports"]):
            port.setdefault("name", f"port-{number}")
    for way, side in (("ingress", "from"), ("egress", "to")):
        for rule in (spec.get(way) or []) if item["kind"] == "NetworkPolicy" else []:
            for block in [peer["ipBlock"] for peer in (rule or {}).get(side) or [] if peer.get("ipBlock")]:
                block["cidr"] = str(ipaddress.ip_network(block["cidr"], strict=False))
                block["except"] = [part for part in block.get("except") or []
                                   if _has(block["cidr"], ipaddress.ip_network(part, strict=False))]
    template = ((spec.get("template") or {}).get("spec")) or {}
    for container in (spec.get("containers") or []) + (template.get("containers") or []):
        container["ports"] = [port for port in container.get("ports") or [] if "containerPort" in port]
    return item


def routes_as_ingresses(found):
    """A copy in which Routes of OpenShift, which we do not read, are Ingresses to the same Services."""
    services = {name_of(item): item.get("spec") or {} for item in of_kind(found, "Service")}
    return [_as_ingress(item, services) if item.get("kind") == "Route" else item for item in copy.deepcopy(found)]


def _as_ingress(route, services):
    spec, namespace = route["spec"], name_of(route).partition("/")[0]
    wanted = (spec.get("port") or {}).get("targetPort")
    paths = []
    for number, target in enumerate([spec.get("to") or {}, *(spec.get("alternateBackends") or [])]):
        for port in services.get(f"{namespace}/{target.get('name')}", {}).get("ports") or []:
            if wanted in (None, port.get("name"), port.get("port"), port.get("targetPort")):
                backend = {"service": {"name": target["name"], "port": {"number": port["port"]}}}
                paths.append({"path": f"/{number}/{port['port']}", "pathType": "Prefix", "backend": backend})
    metadata = {"name": f"route-{route['metadata']['name']}", "namespace": namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
            "spec": {"rules": [{"http": {"paths": paths}}]}}


def ingress_ports(found):
    """A copy in which Ingresses that name the port of the pods name the port of the Service that leads there."""
    result = copy.deepcopy(found)
    services = {name_of(item): (item.get("spec") or {}).get("ports") or [] for item in of_kind(result, "Service")}
    for item in of_kind(result, "Ingress"):
        namespace, spec = name_of(item).partition("/")[0], item.get("spec") or {}
        paths = [path for rule in spec.get("rules") or [] for path in (rule.get("http") or {}).get("paths") or []]
        for backend in [spec.get("defaultBackend") or {}, *(path["backend"] for path in paths)]:
            service = backend.get("service") or {}
            ports = services.get(f"{namespace}/{service.get('name')}", [])
            number = (service.get("port") or {}).get("number")
            leading = [port["port"] for port in ports if port.get("targetPort") == number]
            if leading and number not in [port["port"] for port in ports]:
                service["port"] = {"number": leading[0]}
    return result


def running(found):
    """A copy in which no pod has ended."""
    result = copy.deepcopy(found)
    for pod in of_kind(result, "Pod"):
        pod["status"] = (pod.get("status") or {}) | {"phase": "Running"}
    return result


def where_no_block_reaches(found, has_ipv6=False):
    """A copy in which blocks never match pods: pods are in `QUIET`, and each block that has it in it excepts it.

    It says of everything but those addresses what the original says for an analyser whose blocks never match pods.
    """
    result, pods = copy.deepcopy(found), 0
    quiet = [QUIET, QUIET_IPV6] if has_ipv6 else [QUIET]
    blocks = {"podCIDR": str(QUIET), "podCIDRs": [str(block) for block in quiet]}
    for item in result:
        if item.get("kind") == "Pod":
            pods += 1
            own = [{"ip": str(block[pods])} for block in quiet]
            item["status"] = (item.get("status") or {}) | {"podIP": own[0]["ip"], "podIPs": own}
        elif item.get("kind") == "Node":
            item["spec"] = (item.get("spec") or {}) | blocks
        _except_quiet(item, quiet)
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "quiet-node-of-the-copy"}, "spec": blocks}
    return [*result, node]


def _except_quiet(item, quiet):
    if item.get("kind") == "NetworkPolicy":
        for rule in ((item.get("spec") or {}).get("ingress") or []) + ((item.get("spec") or {}).get("egress") or []):
            for peer in ((rule or {}).get("from") or []) + ((rule or {}).get("to") or []):
                block = (peer or {}).get("ipBlock")
                block and block.update(_excepting(block, quiet))
    elif item.get("kind") in ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"):
        for rule in (item.get("spec") or {}).get("egress") or []:
            for peer in rule.get("to") or []:
                if peer.get("networks"):
                    peer["networks"] = [part for block in peer["networks"] for part in _without(block, quiet)]


def _has(block, part):
    parsed = ipaddress.ip_network(block, strict=False)
    return parsed.version == part.version and part.subnet_of(parsed)


def _excepting(block, quiet):
    hidden = [str(part) for part in quiet if _has(block["cidr"], part)]
    known = list(block.get("except") or [])
    # What an exception holds already needs no other.
    new = [part for part in hidden if not any(_has(one, ipaddress.ip_network(part)) for one in known)]
    return {"except": known + new}


def _without(block, quiet):
    for part in quiet:
        if _has(block, part):
            return [str(rest) for rest in ipaddress.ip_network(block, strict=False).address_exclude(part)]
    return [block]


def after_one_that_is_first(found, policy):
    """A copy in which an AdminNetworkPolicy of priority 0 is asked before all others."""
    result = copy.deepcopy(found)
    for item in of_kind(result, "AdminNetworkPolicy"):
        item["spec"]["priority"] += 1
        assert item["spec"]["priority"] <= 1000, "no priority is left"
    return [*result, policy]


def without_owners(found):
    """A copy in which every pod stands for itself."""
    result = copy.deepcopy(found)
    for pod in of_kind(result, "Pod"):
        pod["metadata"].pop("ownerReferences", None)
    return result


def off_the_network_of_nodes(found):
    """A copy in which every pod has its own network."""
    result = copy.deepcopy(found)
    for item in result:
        spec = item.get("spec") or {}
        template = ((spec.get("template") or {}).get("spec")) or {}
        for part in (spec, template):
            part.pop("hostNetwork", None)
    return result
