"""Functions and identities from configuration items, by the code that reads them from live accounts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from apiece.estate.gap import Gap
from apiece.estate.provenance import InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.read.aws.areas.functions import LIST_FUNCTIONS, functions
from apiece.read.aws.areas.identities import DetailPage, GroupDetail, LocalPolicy, RoleDetail, UserDetail, identities_of
from apiece.read.aws.call import Failure, Outcome
from apiece.read.aws.facts import Facts
from apiece.read.dumps.answers import NONE, Answer, Raw, desk_for
from apiece.read.dumps.details import groups_that_are_missing, shelf
from apiece.read.dumps.file import without_values
from apiece.read.dumps.items import Held, Item, as_answered, of_type, policy_in

T = TypeVar("T")
FUNCTION = "AWS::Lambda::Function"
ROLE, USER, GROUP, POLICY = "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Policy"
_NEVER_RECORDED = (
    ("function.urls", "function URLs"),
    ("function.aliases", "aliases"),
    ("function.versions", "published versions"),
)


def account_subject(partition: str, account: str) -> Subject:
    """The account as the subject of what its files do not hold."""
    return Subject(kind=SubjectKind.ACCOUNT, arn=f"arn:{partition}:iam::{account}:root", account=account)


def place(item: Item) -> InFile:
    """Where an item stands."""
    return InFile(file=item.file, path="")


# ---- functions


def functions_of(items: list[Item], partition: str, known: frozenset[str]) -> Facts:
    """The functions among the items of one account."""
    parts: list[Facts] = []
    mine = list(of_type(items, FUNCTION))
    for file, region in sorted({(item.file, item.region) for item in mine}):
        parts.append(_functions_of([one for one in mine if (one.file, one.region) == (file, region)], partition, known))
    facts = Facts(
        functions=[function for part in parts for function in part.functions],
        gaps=[gap for part in parts for gap in part.gaps],
    )
    if mine:
        subject = account_subject(partition, mine[0].account)
        facts.gaps += [
            Gap(subject=subject, needs=needs, reason=f"AWS Config records no {what}", at=place(mine[0]))
            for needs, what in _NEVER_RECORDED
        ]
        facts.gaps += _lacking(mine, subject, "function.environment", "the environment", _has_environment)
        facts.gaps += _lacking(mine, subject, "function.policies", "the resource policy", _has_policy)
    return facts


def _functions_of(items: list[Item], partition: str, known: frozenset[str]) -> Facts:
    """Functions of one file and region."""
    first = items[0]
    policies: dict[object, object] = {}
    listed: list[object] = []
    bad: list[Gap] = []
    for item in items:
        raw = _function(item)
        why = _unreadable(lambda raw=raw: LIST_FUNCTIONS.page_of({"Functions": [raw]}, known))  # type: ignore[misc]
        if raw is None or why is not None:
            bad.append(_bad(item, partition, "functions", why))
            continue
        listed.append(raw)
        policies[raw.get("FunctionName")] = policy_in(item, "Policy", "policy")[1]

    def get_policy(params: dict[str, object]) -> Raw | Failure:
        policy = policies.get(params.get("FunctionName"))
        if policy is None:
            return NONE
        return {"Policy": policy if isinstance(policy, str) else json.dumps(policy)}

    answers: dict[str, Answer] = {
        "list_functions": lambda _: {"Functions": listed},
        "get_policy": get_policy,
        # What Config never records is one gap on the account, not one on each function.
        "list_aliases": lambda _: NONE,
        "get_function_url_config": lambda _: NONE,
    }
    with desk_for(first.file, first.account, first.region, partition, answers) as desk:
        facts = functions(desk, known)
    facts.gaps += bad
    return facts


def _function(item: Item) -> Raw | None:
    try:
        raw = as_answered(item.configuration)
    except RecursionError:
        return None
    if not isinstance(raw, dict):
        return None
    return {"KMSKeyArn" if key.lower() == "kmskeyarn" else key: value for key, value in raw.items()}


def _has_environment(item: Item) -> bool:
    environment = item.configuration.get("environment")
    if not isinstance(environment, dict):
        return False
    return isinstance(environment.get("variables"), dict) or bool(environment.get("error"))


def _has_policy(item: Item) -> bool:
    return policy_in(item, "Policy", "policy")[0] is not Held.UNKNOWN


def _lacking(items: list[Item], account: Subject, needs: str, what: str, has: Callable[[Item], bool]) -> Iterator[Gap]:
    """Functions whose items leave something out: one gap where all do, else one for each."""
    lacking = [item for item in items if not has(item)]
    if len(lacking) == len(items):
        reason = f"the file holds {what} of no function"
        yield Gap(subject=account, needs=needs, reason=reason, at=place(items[0]))
        return
    for item in lacking:
        arn = item.configuration.get("functionArn") or item.arn
        subject = Subject(
            kind=SubjectKind.FUNCTION, arn=str(arn or ""), account=item.account, region=item.region or None
        )
        yield Gap(subject=subject, needs=needs, reason=f"the file does not hold {what}", at=place(item))


# ---- identities


def identities_in(items: list[Item], partition: str) -> Facts:
    """The roles, users and groups among the items of one account, with the managed policies that it defines."""
    mine = [item for kind in (ROLE, USER, GROUP, POLICY) for item in of_type(items, kind)]
    if not mine:
        return Facts()
    gaps: list[Gap] = []
    page = DetailPage(
        role_detail_list=tuple(_converted(mine, ROLE, RoleDetail, partition, "roles", gaps)),
        user_detail_list=tuple(_converted(mine, USER, UserDetail, partition, "users", gaps)),
        group_detail_list=tuple(_converted(mine, GROUP, GroupDetail, partition, "groups", gaps)),
        policies=tuple(_converted(mine, POLICY, LocalPolicy, partition, "policies", gaps)),
    )
    with desk_for(mine[0].file, mine[0].account, "", partition, shelf({})) as desk:
        facts = identities_of(desk, Outcome((page,)))
    facts.gaps += [*gaps, *groups_that_are_missing(facts), *_incomplete(mine)]
    return facts


def _converted(
    items: Iterable[Item], kind: str, record: type[T], partition: str, needs: str, gaps: list[Gap]
) -> Iterator[T]:
    for item in items:
        if item.type != kind:
            continue
        try:
            yield msgspec.convert(as_answered(item.configuration), record, strict=False)
        except (msgspec.ValidationError, RecursionError) as error:
            gaps.append(_bad(item, partition, needs, without_values(error)))


_LISTS = {
    ROLE: ("role", ("rolePolicyList", "attachedManagedPolicies")),
    USER: ("user", ("userPolicyList", "attachedManagedPolicies", "groupList")),
    GROUP: ("group", ("groupPolicyList", "attachedManagedPolicies")),
}


def _incomplete(items: Iterable[Item]) -> Iterator[Gap]:
    """Identities whose items leave out what AWS Config records of them."""
    for item in items:
        kind, lists = _LISTS.get(item.type, ("", ()))
        missing = [name for name in lists if name not in item.configuration]
        subject = Subject(
            kind=SubjectKind(kind) if kind else SubjectKind.POLICY,
            arn=str(item.configuration.get("arn") or item.arn or ""),
            account=item.account,
        )
        if missing:
            reason = f"the item does not hold {', '.join(f'`{name}`' for name in missing)}"
            yield Gap(subject=subject, needs=f"{kind}.policies", reason=reason, at=place(item))
        if kind in {"role", "user"} and "permissionsBoundary" not in item.configuration:
            reason = "the item does not say whether there is a permissions boundary"
            yield Gap(subject=subject, needs=f"{kind}.boundary", reason=reason, at=place(item))


# ---- what cannot be read


def _unreadable(read: Callable[[], object]) -> str | None:
    """Why something cannot be read, None if it can."""
    try:
        read()
    except (msgspec.ValidationError, ValueError, TypeError, AttributeError, RecursionError) as error:
        return without_values(error) if isinstance(error, msgspec.ValidationError) else type(error).__name__
    return None


def _bad(item: Item, partition: str, needs: str, why: str | None) -> Gap:
    reason = f"the item of `{item.called}` cannot be read: {why or 'it is nested too deep'}"
    return Gap(subject=account_subject(partition, item.account), needs=needs, reason=reason, at=place(item))
