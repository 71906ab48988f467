"""No AWS Config rule looks at access.

## What it checks

In every region of a live account where functions live: whether an active AWS Config rule looks at the functions here
(that they are not public, or run inside a VPC), and whether one in some region of the account looks at policies of IAM
that allow everything. A rule of your own counts where its scope names functions, or roles or policies.

AWS's managed rules for wildcards evaluate customer managed policies only. Where functions here have roles that keep
inline policies, a rule that sees those is asked for too: one of your own, or the one that forbids them.

## Why it matters

A check in a pipeline sees what goes through the pipeline. A rule in the account sees what somebody changed by hand, the
day it happens. It is a note, since a check that runs on a schedule over the live account sees the same.

## Objective

AWS itself keeps watch, in the account, on functions that become public and on policies that allow everything.

## Test procedure

For each region with functions list the rules with `config:DescribeConfigRules` and keep the active ones. See whether
one looks at functions (`LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED`, `LAMBDA_INSIDE_VPC`, or one of your own with
`AWS::Lambda::Function` in its scope), and whether one in any region looks at policies of IAM. Since AWS's managed
rules evaluate customer managed policies only, see with `iam:ListRolePolicies` whether functions' roles keep inline
policies; if so, a rule that sees or forbids these must be there too. An exception is a region, or an account, where
one of these is missing.

## Fails

```json
{
  "accounts": [
    {"id": "111122223333", "regions": ["us-east-1"], "every_region": true}
  ],
  "functions": [
    {"arn": "arn:aws:lambda:us-east-1:111122223333:function:mailer", "latest": {}}
  ],
  "config_rules": []
}
```

## Passes

```json
{
  "accounts": [
    {"id": "111122223333", "regions": ["us-east-1"], "every_region": true}
  ],
  "functions": [
    {"arn": "arn:aws:lambda:us-east-1:111122223333:function:mailer", "latest": {}}
  ],
  "config_rules": [
    {"arn": "arn:aws:config:us-east-1:111122223333:config-rule/public", "active": true, "owner": "AWS",
     "source": "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED"},
    {"arn": "arn:aws:config:us-east-1:111122223333:config-rule/wildcards", "active": true, "owner": "AWS",
     "source": "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS"}
  ]
}
```

## Remedy

Switch on `lambda-function-public-access-prohibited` in each region with functions, and
`iam-policy-no-statements-with-full-access` together with `iam-no-inline-policy-check` in one region.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apiece.access.index import Index
from apiece.access.kleene import some
from apiece.access.place import Place, Spot
from apiece.controls.control import control
from apiece.estate.policy import PolicyForm
from apiece.estate.watch import ConfigRule
from apiece.estate.when import ALWAYS
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import show

_FUNCTIONS = frozenset({"LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED", "LAMBDA_INSIDE_VPC"})
_SEES_MANAGED = frozenset({"IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS"})
"""They evaluate customer managed policies and no others (AWS Config developer guide, list of managed rules)."""
_SEES_INLINE = frozenset({"IAM_NO_INLINE_POLICY_CHECK"})
_FUNCTION_TYPES = frozenset({"AWS::Lambda::Function"})
_IDENTITY_TYPES = frozenset({"AWS::IAM::Policy", "AWS::IAM::Role"})
_OWN = frozenset({"CUSTOM_LAMBDA", "CUSTOM_POLICY"})


@control(
    criteria=(Criterion.CC7_1, Criterion.CC7_2, Criterion.CC6_3),
    severity=Severity.NOTE,
    reads=("config-rules", "role.policies"),
    remedy="add-config-rules",
    cadence=Cadence.WEEKLY,
)
def access_config_rules_missing(place: Place, index: Index) -> Verdict:
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    match _any_looks(place, (place.spot,), _FUNCTIONS, _FUNCTION_TYPES):
        case False:
            message = "no AWS Config rule looks at the functions here"
            deviations.append(_deviation(place, message, place.region, "lambda-function-public-access-prohibited"))
        case None:
            unknowns += _doubts(place, (place.spot,))
    spots = tuple((place.account.id, region) for region in place.account.regions)
    held, unread = _inline(place, index)
    for one in (_WILDCARDS, _INLINE) if held else (_WILDCARDS,):
        answer = _any_looks(place, spots, one.managed, _IDENTITY_TYPES)
        if answer is None:
            unknowns += _doubts(place, spots)
        elif answer is False and place.account.every_region is not True:
            reason = f"no AWS Config rule that was read {one.does}, and not all regions were read"
            unknowns.append(Unknown(reason=reason, hint="read all regions: name none in the target"))
        elif answer is False:
            message = f"no AWS Config rule of the account {one.does}" + (f" ({held})" if one is _INLINE else "")
            deviations.append(_deviation(place, message, one.about, one.best))
    if unread and not held and not _any_looks(place, spots, _INLINE.managed, _IDENTITY_TYPES):
        reason = f"whether {unread} of the functions' roles keep inline policies could not be read"
        unknowns.append(Unknown(reason=reason))
    return Verdict.of(tuple(deviations), tuple(dict.fromkeys(unknowns)))


@dataclass(frozen=True)
class _Asked:
    """What is asked of the account's rules: which managed ones would do, and which is best."""

    managed: frozenset[str]
    does: str
    about: str
    best: str


_WILDCARDS = _Asked(_SEES_MANAGED, "looks at policies of IAM", "iam", "iam-policy-no-statements-with-full-access")
_INLINE = _Asked(_SEES_INLINE, "sees inline policies of functions' roles", "iam-inline", "iam-no-inline-policy-check")


def _any_looks(place: Place, spots: Iterable[Spot], managed: frozenset[str], types: frozenset[str]) -> bool | None:
    """Tell whether an active rule is one of some managed ones, or one of the user's with things in its scope."""
    answers: list[bool | None] = []
    for spot in spots:
        answers += [_looks(rule, managed, types) for rule in place.watch.config_rules.get(spot, ())]
        answers += [None] if place.watch.unread(spot, "config-rules") else []
    return some(answers)


def _looks(rule: ConfigRule, managed: frozenset[str], types: frozenset[str]) -> bool | None:
    if rule.active is False:
        return False
    if rule.owner in _OWN:
        return bool(types.intersection(rule.types)) if rule.types else None
    return rule.source in managed


def _doubts(place: Place, spots: Iterable[Spot]) -> Iterable[Unknown]:
    for spot in spots:
        yield from place.watch.unread(spot, "config-rules")
        for rule in place.watch.config_rules.get(spot, ()):
            if rule.active is not False and rule.owner in _OWN and not rule.types:
                name = show(rule.name)[:80]
                reason = f"AWS Config rule `{name}` is your own and has no scope: what it looks at is not known"
                yield Unknown(reason=reason, hint="give the rule a scope, or waive with what it checks")


def _inline(place: Place, index: Index) -> tuple[str, int]:
    """Roles of functions here that keep inline policies, counted for people (empty if none), and roles not read."""
    named = {function.latest.role for function in place.functions if function.latest.role is not None}
    roles = [role for arn in named for role, _ in index.roles_with_arn(arn, ALWAYS)]
    held = sum(any(policy.form is PolicyForm.INLINE for policy in role.policies) for role in roles)
    return (f"{held} of {len(named)} roles here keep some" if held else ""), len(named) - len(roles)


def _deviation(place: Place, message: str, about: str, rule: str) -> Deviation:
    return Deviation(
        message=message,
        severity=Severity.NOTE,
        root_cause=f"{place.account.id}/{about}/config-rule",
        hint=f"switch on `{rule}`, or a rule of your own",
    )
