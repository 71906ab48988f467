"""Policy documents of a template, split by the conditions their statements depend on."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

import msgspec

from apiece.arn import try_parse
from apiece.errors import MalformedPolicy, MalformedSource
from apiece.estate.gap import Gap
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.provenance import InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.when import When
from apiece.iam.document import OpenPolicy, Policy, PolicyKind, Statement, parse
from apiece.json_tree import read_json
from apiece.read.cloudformation.build.site import Notebook, Site, text_of
from apiece.read.cloudformation.terms import RNode
from apiece.read.managed import aws_managed_document
from apiece.text import MARK, Hole, Symbolic, Text, is_open, marked, show, unmarked
from apiece.tree import Mapping, Node, Scalar, Sequence, unplaced


@dataclasses.dataclass(frozen=True)
class Carrier:
    """What carries a document and how it is attached; `needs` names the fact that a gap would leave open."""

    kind: SubjectKind
    needs: str
    policy_kind: PolicyKind
    form: PolicyForm
    name: str
    path: str
    arn: Text | None = None


@dataclasses.dataclass(frozen=True)
class PolicyText:
    """The text of one policy resource, with what could not be read of it."""

    policies: tuple[AttachedPolicy, ...]
    gaps: tuple[Gap, ...]


_MARK_IN_JSON = re.compile(MARK + r"|\\u[fF][dD][dD]0")

Managed = dict[Text, tuple[PolicyText, ...]]


def carry(gaps: Iterable[Gap], subject: Subject, needs: str, notebook: Notebook) -> None:
    """Repeat a policy's gaps for whoever carries the policy."""
    notebook.gaps.extend(msgspec.structs.replace(gap, subject=subject, needs=needs) for gap in gaps)


def documents(site: Site, node: RNode | None, carrier: Carrier, when: When | None = None) -> tuple[AttachedPolicy, ...]:
    """Parse a document. Statements that AWS would refuse or that are not known become gaps; the others are kept."""
    found: list[AttachedPolicy] = []
    for joint, alternative in site.guarded(node, when):
        form = site.forms(alternative, joint)
        if form is not None and len(form) == 1:
            found.extend(_whole(site, form[0][1], carrier, form[0][0]))
        elif isinstance(alternative, Mapping):
            found.extend(_by_statement(site, alternative, carrier, joint))
        else:
            site.gap(carrier.kind, carrier.needs, "the policy depends on too many conditions", at=alternative)
    return tuple(found)


def _whole(site: Site, node: Node, carrier: Carrier, when: When) -> list[AttachedPolicy]:
    try:
        policy = parse(_spelled(_unpacked(node)), carrier.policy_kind)
    except (OpenPolicy, MalformedPolicy, MalformedSource):
        if isinstance(node, Mapping) and node.get("Statement") is not None:
            return _by_statement(site, node, carrier, when)
        site.gap(carrier.kind, carrier.needs, f"{_named(carrier)} is not a policy document", at=node)
        return [_unreadable(site, node, carrier, when)]
    return [_attached(site, node, carrier, policy, when)]


def _by_statement(site: Site, node: Mapping, carrier: Carrier, when: When) -> list[AttachedPolicy]:
    groups: dict[When, list[Statement]] = {}
    frame = tuple((key, value) for key, value in node.entries if key.value != "Statement")
    version = "2008-10-17"
    for index, (joint, item) in enumerate(site.elements(node.get("Statement"), when)):
        forms = site.forms(item, joint)
        if forms is None:
            site.gap(carrier.kind, carrier.needs, "a statement depends on too many conditions", at=item)
            continue
        for choice, form in forms:
            single = Mapping((*frame, (Scalar("Statement"), Sequence((_spelled(form),)))), node.span)
            try:
                policy = parse(single, carrier.policy_kind)
            except (OpenPolicy, MalformedPolicy) as error:
                site.gap(carrier.kind, carrier.needs, f"{_named(carrier)}: {error.message}", at=form)
                continue
            version = policy.version
            groups.setdefault(choice, []).extend(
                dataclasses.replace(statement, index=index) for statement in policy.statements
            )
    return [
        _attached(site, node, carrier, Policy(carrier.policy_kind, version, None, tuple(statements), node.span), choice)
        for choice, statements in sorted(groups.items())
    ]


def _unpacked(node: Node) -> Node:
    """A document given as JSON text is read as JSON.

    Raises `MalformedSource` where what is not known of the text may be anything: it could end a text and begin a
    statement. A name, an account or an ARN cannot.
    """
    file = node.span.file if node.span else "policy"
    match node:
        case Scalar(value=str(text)):
            return unplaced(read_json(text, file))
        case Scalar(value=Symbolic() as symbolic) if not is_open(symbolic):
            if any(_MARK_IN_JSON.search(part) for part in symbolic.parts if isinstance(part, str)):
                raise MalformedSource("the document holds a character that is not for interchange")
            return _filled(unplaced(read_json(marked(symbolic), file)), symbolic.holes)
        case _:
            return node


def _filled(node: Node, holes: tuple[Hole, ...]) -> Node:
    """Put holes back where their marks stand: JSON admits them inside texts only, and reading keeps all in order."""
    rest = iter(holes)

    def walk(item: Node) -> Node:
        match item:
            case Mapping():
                return Mapping(tuple((_fixed(key), walk(value)) for key, value in item.entries), item.span)
            case Sequence():
                return Sequence(tuple(walk(value) for value in item.items), item.span)
            case Scalar(value=str(text)):
                return Scalar(unmarked(text, rest), item.span)
            case _:
                return item

    return walk(node)


def _fixed(key: Scalar) -> Scalar:
    if MARK in str(key.value):
        raise MalformedSource("a key of the document is not known")
    return key


def _spelled(node: Node) -> Node:
    """Write numbers as texts, as CloudFormation does with documents: `AWS: 111122223333` names an account."""
    match node:
        case Mapping():
            return Mapping(tuple((key, _spelled(value)) for key, value in node.entries), node.span)
        case Sequence():
            return Sequence(tuple(_spelled(item) for item in node.items), node.span)
        case Scalar(value=int(number)) if not isinstance(number, bool):
            return Scalar(str(number), node.span)
        case Scalar():
            return node


def _attached(site: Site, node: RNode | Node, carrier: Carrier, policy: Policy, when: When) -> AttachedPolicy:
    return AttachedPolicy(
        name=carrier.name,
        form=carrier.form,
        document=policy,
        arn=carrier.arn,
        when=when,
        at=site.place(node, carrier.path),
    )


def _unreadable(site: Site, node: RNode | Node, carrier: Carrier, when: When) -> AttachedPolicy:
    return AttachedPolicy(
        name=carrier.name,
        form=carrier.form,
        document=None,
        arn=carrier.arn,
        when=when,
        at=site.place(node, carrier.path),
    )


def _named(carrier: Carrier) -> str:
    return f"policy `{carrier.name[:80]}`" if carrier.name else "the policy"


def aws_managed_arn(text: Text) -> str | None:
    """Return the canonical ARN (`arn:aws:iam::aws:policy/…`) of an AWS managed policy, None for any other text."""
    if isinstance(text, Symbolic):
        match text.parts:
            case ("arn:", Hole(name="AWS::Partition"), str(rest)):
                text = f"arn:aws{rest}"
            case _:
                return None
    arn = try_parse(text)
    if arn is None or (arn.service, arn.region, arn.account) != ("iam", "", "aws"):
        return None
    return f"arn:aws:iam::aws:{arn.resource}" if arn.resource.startswith("policy/") else None


def managed_policy(
    site: Site,
    node: RNode,
    when: When,
    *,
    path: str,
    customer: Managed,
    kind: SubjectKind,
    needs: str,
) -> tuple[AttachedPolicy, ...]:
    """Find the document behind an attached managed policy's ARN: in the templates, or among AWS's own."""
    arn = text_of(node)
    place: InFile = site.place(node, path)
    if arn is None:
        site.gap(kind, needs, "a managed policy is attached whose ARN is not known", at=node)
        return ()
    if arn in customer:
        for text in customer[arn]:
            carry(text.gaps, site.subject(kind), needs, site.notebook)
        return tuple(
            msgspec.structs.replace(policy, when=joint)
            for text in customer[arn]
            for policy in text.policies
            if (joint := site.joined(when, policy.when)) is not None
        )
    canonical = aws_managed_arn(arn)
    document = aws_managed_document(canonical) if canonical else None
    name = (canonical or show(arn)).rpartition("/")[2]
    form = PolicyForm.AWS_MANAGED if canonical else PolicyForm.CUSTOMER_MANAGED
    if document is None:
        site.gap(kind, needs, f"the text of managed policy `{show(arn)[:120]}` is not in the source", at=node)
    return (AttachedPolicy(name=name, form=form, document=document, arn=arn, when=when, at=place),)
