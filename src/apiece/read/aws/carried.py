"""Policies that things carry themselves: what a call answered, as records and gaps."""

from __future__ import annotations

from typing import TypeVar

from apiece.estate.gap import Gap
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.subject import Subject
from apiece.iam.document import PolicyKind
from apiece.read.aws.call import Call, Failure
from apiece.read.aws.desk import Desk
from apiece.read.aws.documents import attached
from apiece.read.aws.facts import Facts

T = TypeVar("T")
_KINDS = {"endpoint": PolicyKind.ENDPOINT}


def carried(desk: Desk, call: Call[T], subject: Subject, text: str | None, facts: Facts) -> tuple[AttachedPolicy, ...]:
    """The policy that a thing carries; none where there is no text, and a gap where the text is no policy."""
    if text is None:
        return ()
    kind = _KINDS.get(subject.kind, PolicyKind.RESOURCE)
    name = "resource policy" if kind is PolicyKind.RESOURCE else f"{subject.kind} policy"
    policy, why = attached(text, kind, name=name, form=PolicyForm.RESOURCE, at=desk.at(call))
    if why is not None:
        reason = f"its {name} is not one: {why}"
        facts.gaps.append(Gap(subject=subject, needs=f"{subject.kind}.policies", reason=reason, at=desk.at(call)))
    return (policy,)


def unread(desk: Desk, call: Call[T], failure: Failure | None, subject: Subject, facts: Facts) -> None:
    """Write down that the policy of a thing could not be read, if so."""
    if failure is not None:
        what = f"the policy of {subject.kind} `{subject.name[:160]}`"
        facts.gaps.append(desk.gap(call, failure, subject, f"{subject.kind}.policies", what))


def unlisted(desk: Desk, call: Call[T], failure: Failure | None, what: str, facts: Facts) -> None:
    """Write down that a list of resources could not be read to its end, if so. `what` is a plural."""
    if failure is not None:
        facts.gaps.append(desk.gap(call, failure, desk.itself, "resources", f"the list of {what}"))


def own_key(key: str | None) -> str | None:
    """A customer's key; None for AWS's own, which are named by an alias that AWS reserves."""
    if not key or key.rpartition(":")[2].startswith("alias/aws/"):
        return None
    return key
