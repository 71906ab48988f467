"""Policy documents as calls answer them: JSON, JSON as text, JSON as an URL spells it, or none of these."""

from __future__ import annotations

from urllib.parse import unquote

from apiece.errors import MalformedPolicy, MalformedSource
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.provenance import Provenance
from apiece.iam.document import Grammar, Policy, PolicyKind, parse
from apiece.json_tree import MAX_DEPTH, read_json
from apiece.tree import Node, from_plain, is_deeper, unplaced

_LONGEST = 200_000
"""Far above the 20 KB that the largest policy of AWS may have."""


def policy_of(document: object, kind: PolicyKind) -> Policy:
    """Parse a document as AWS evaluates it. Raises `MalformedPolicy` or `MalformedSource` for what is no policy."""
    if isinstance(document, str):
        if len(document) > _LONGEST:
            raise MalformedPolicy("the policy is too long")
        text = document if document.lstrip()[:1] == "{" else unquote(document)
        node = unplaced(read_json(text, "policy"))
    else:
        node = _node(document)
    return parse(node, kind, grammar=Grammar.AS_EVALUATED)


def _node(document: object) -> Node:
    try:
        node = from_plain(document)
    except (TypeError, RecursionError) as error:
        raise MalformedPolicy("the policy is no JSON, or is nested too deep") from error
    if is_deeper(node, MAX_DEPTH):
        raise MalformedPolicy(f"values are nested more than {MAX_DEPTH} deep")
    return node


def attached(
    document: object, kind: PolicyKind, *, name: str, form: PolicyForm, at: Provenance, arn: str | None = None
) -> tuple[AttachedPolicy, str | None]:
    """A document where it is attached, and why it cannot be read, None if it can."""
    try:
        policy = policy_of(document, kind)
    except (MalformedPolicy, MalformedSource) as error:
        return AttachedPolicy(name=name, form=form, document=None, arn=arn, at=at), error.message
    return AttachedPolicy(name=name, form=form, document=policy, arn=arn, at=at), None
