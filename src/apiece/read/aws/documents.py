"""Policy documents as calls answer them: JSON, JSON as text, JSON as an URL spells it, or none of these."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from apiece.errors import MalformedPolicy, MalformedSource
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.provenance import Provenance
from apiece.iam.document import Effect, Grammar, Policy, PolicyKind, Statement, parse
from apiece.json_tree import MAX_DEPTH, read_json
from apiece.tree import Mapping, Node, Scalar, Sequence, from_plain, is_deeper, unplaced

_LONGEST = 200_000
"""Far above the 20 KB that the largest policy of AWS may have."""


def policy_of(document: object, kind: PolicyKind) -> tuple[Policy, str | None]:
    """Parse a document as AWS evaluates it, and say what of it cannot be read, None if all can.

    Of a document with an Allow that cannot be read the other statements are kept: whatever it allows, they allow what
    they allow, and deny what they deny. Raises `MalformedPolicy` or `MalformedSource` for what is no policy.
    """
    node = _node(document)
    try:
        return parse(node, kind, grammar=Grammar.AS_EVALUATED), None
    except MalformedPolicy as error:
        kept = _without_strange_allows(node, kind)
        if kept is None:
            raise
        return kept, error.message


def _without_strange_allows(node: Node, kind: PolicyKind) -> Policy | None:
    statements = node.get("Statement") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or not isinstance(statements, Sequence):
        return None
    frame = tuple(entry for entry in node.entries if entry[0].value != "Statement")
    found: list[Statement] = []
    policy: Policy | None = None
    for index, item in enumerate(statements.items):
        single = Mapping((*frame, (Scalar("Statement"), Sequence((item,)))))
        try:
            policy = parse(single, kind, grammar=Grammar.AS_EVALUATED)
        except MalformedPolicy:
            effect = item.get("Effect") if isinstance(item, Mapping) else None
            if not isinstance(effect, Scalar) or effect.value != Effect.ALLOW:
                return None
            continue
        found += [replace(statement, index=index) for statement in policy.statements]
    return replace(policy, statements=tuple(found)) if policy is not None else None


def _node(document: object) -> Node:
    if isinstance(document, str):
        if len(document) > _LONGEST:
            raise MalformedPolicy("the policy is too long")
        text = document if document.lstrip()[:1] == "{" else unquote(document)
        return unplaced(read_json(text, "policy"))
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
    """A document where it is attached, and why it, or part of it, cannot be read; None if all can."""
    try:
        policy, why = policy_of(document, kind)
    except (MalformedPolicy, MalformedSource) as error:
        return AttachedPolicy(name=name, form=form, document=None, arn=arn, at=at), error.message
    return AttachedPolicy(name=name, form=form, document=policy, arn=arn, at=at), why
