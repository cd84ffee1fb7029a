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


def documents(folder):
    """Every object below a folder, lists taken apart, as it would be read from the files; files that are no YAML give none."""
    found = []
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix in _ENDS and path.is_file():
            try:
                found += [item for document in yaml.load_all(path.read_text(), _LOADER) for item in _items(document)]
            except (yaml.YAMLError, UnicodeDecodeError):
                continue
    return found


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
    """By `namespace/name` of pods that have an owner: the owner, as other analysers name it."""
    by_pod = {}
    for pod in of_kind(found, "Pod"):
        for owner in (pod.get("metadata") or {}).get("ownerReferences") or []:
            namespace = name_of(pod).partition("/")[0]
            by_pod[name_of(pod)] = f"{namespace}/{owner['name']}[{owner['kind']}]"
            break
    return by_pod


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


def where_no_block_reaches(found):
    """A copy in which blocks never match pods: pods are in `QUIET`, and each block that has it in it excepts it.

    It says of everything but those addresses what the original says for an analyser whose blocks never match pods.
    """
    result, pods = copy.deepcopy(found), 0
    for item in result:
        if item.get("kind") == "Pod":
            pods += 1
            quiet = str(QUIET[pods])
            status = item.setdefault("status", {}) or {}
            item["status"] = status | {"podIP": quiet, "podIPs": [{"ip": quiet}]}
        elif item.get("kind") == "Node":
            item.setdefault("spec", {}).update(podCIDR=str(QUIET), podCIDRs=[str(QUIET)])
        _except_quiet(item)
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "quiet-node-of-the-copy"},
            "spec": {"podCIDR": str(QUIET), "podCIDRs": [str(QUIET)]}}
    return [*result, node]


def _except_quiet(item):
    if item.get("kind") == "NetworkPolicy":
        for rule in ((item.get("spec") or {}).get("ingress") or []) + ((item.get("spec") or {}).get("egress") or []):
            for peer in ((rule or {}).get("from") or []) + ((rule or {}).get("to") or []):
                block = (peer or {}).get("ipBlock")
                if block and QUIET.subnet_of(ipaddress.ip_network(block["cidr"], strict=False)):
                    block["except"] = [*(block.get("except") or []), str(QUIET)]
    elif item.get("kind") in ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"):
        for rule in (item.get("spec") or {}).get("egress") or []:
            for peer in rule.get("to") or []:
                if peer.get("networks"):
                    peer["networks"] = [part for block in peer["networks"] for part in _without_quiet(block)]


def _without_quiet(block):
    parsed = ipaddress.ip_network(block, strict=False)
    if parsed.version == 4 and QUIET.subnet_of(parsed):
        return [str(part) for part in parsed.address_exclude(QUIET)]
    return [block]


def off_the_network_of_nodes(found):
    """A copy in which every pod has its own network."""
    result = copy.deepcopy(found)
    for item in result:
        spec = item.get("spec") or {}
        template = ((spec.get("template") or {}).get("spec")) or {}
        for part in (spec, template):
            part.pop("hostNetwork", None)
    return result
