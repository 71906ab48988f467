"""The documents of AWS managed policies that ship with this version, parsed once."""

from __future__ import annotations

from functools import lru_cache

from apiece.iam.catalog import managed
from apiece.iam.document import Policy, PolicyKind, parse
from apiece.json_tree import read_json
from apiece.tree import unplaced


@lru_cache(maxsize=512)
def aws_managed_document(arn: str) -> Policy | None:
    """Return the document of an AWS managed policy as shipped with this version, None where it is not known."""
    text = managed.document(arn)
    if text is None:
        return None
    return parse(unplaced(read_json(text, arn)), PolicyKind.IDENTITY)
