"""Build the pack of AWS managed policies that ships with apiece from the copy in the `moto` package (Apache-2.0).

    python tools/build_managed.py            # writes src/apiece/iam/catalog/managed.bin

The texts are AWS's. The file is: 8 bytes length of the header, the header (JSON, deflated), then one deflated document
a policy. The header carries the source, a digest of all documents, and each policy's path, version and place.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from importlib.metadata import version
from pathlib import Path

from moto.iam.aws_managed_policies import aws_managed_policies_data

TARGET = Path(__file__).resolve().parent.parent / "src" / "apiece" / "iam" / "catalog" / "managed.bin"


def main() -> None:
    """Write the packed file."""
    policies: dict[str, list[object]] = {}
    blocks: list[bytes] = []
    offset = 0
    for name, policy in sorted(json.loads(aws_managed_policies_data).items()):
        block = zlib.compress(json.dumps(policy["Document"], separators=(",", ":")).encode(), 9)
        policies[name] = [policy.get("Path", "/"), policy["DefaultVersionId"], offset, len(block)]
        blocks.append(block)
        offset += len(block)
    body = b"".join(blocks)
    header = {
        "source": f"moto {version('moto')}",
        "digest": "sha256:" + hashlib.sha256(body).hexdigest(),
        "policies": policies,
    }
    packed = zlib.compress(json.dumps(header, separators=(",", ":"), sort_keys=True).encode(), 9)
    TARGET.write_bytes(len(packed).to_bytes(8, "big") + packed + body)


if __name__ == "__main__":
    main()
