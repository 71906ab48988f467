"""A role reaches more resources than the ones a function can need.

## What it checks

For every action that a statement allows and that AWS can limit to a resource: whether the resources it is allowed on,
less what a Deny or the permissions boundary takes away, lie in one container: one bucket, one table, one queue, one
topic, one key, one secret. Any container of the type is an error; containers whose names share a literal part, or one
name in any account or region, are a note. Actions that AWS cannot limit are excused, and how much inside the
container is allowed is not judged here. AWS's own policies for logs, traces and network interfaces of functions pass.
The same in a policy of yours is a note, and so are AWS's own policies for reading a stream or a queue, which take in
any stream or queue.

## Why it matters

The reach of a function's role is what an attacker gets with the function. `s3:GetObject` on every bucket is a leak of
every bucket, though the function reads one.

## Objective

Each function's role reaches only the buckets, tables, queues, topics, keys and secrets that were named for it.

## Test procedure

List the functions with `lambda:ListFunctions` in each region and note the role of each. For each role get every
inline and attached policy (`iam:GetRolePolicy`, `iam:GetPolicyVersion`) and its permissions boundary. For each Allow
statement take the actions that AWS can limit to a resource (the service authorization reference says which) and read
the `Resource` element, less what a Deny or the boundary takes away. An exception is a statement that leaves open
which bucket, table, queue, topic, key or secret is reached. Confirm each exception with `iam:SimulatePrincipalPolicy`
on the ARN of a resource that the function has nothing to do with: `allowed` is a deviation.

## Fails

```json
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"}
]}
```

## Passes

```json
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::my-app-uploads/*"}
]}
```

## Remedy

Name the resource. In a template, refer to it (`!Sub "${Uploads.Arn}/*"`), so that the policy follows the resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from apiece.access.admin import is_admin_statement
from apiece.access.arn_format import container_noun
from apiece.access.execution import Execution
from apiece.access.rights import InForce, allows, shown, witness
from apiece.access.telling import First, commonness, telling
from apiece.access.wide import Reach, Width, reaches, with_open_actions
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.gap import filled_by
from apiece.estate.policy import PolicyForm
from apiece.estate.when import show
from apiece.iam.catalog import Action
from apiece.iam.document import Statement, Word
from apiece.iam.request import Request
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import example, holes, is_open
from apiece.text import show as spelled

_LOGGING = frozenset({"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"})
_INTERFACES = frozenset(
    {
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DetachNetworkInterface",
        "ec2:UnassignPrivateIpAddresses",
    }
)
"""What Lambda asks of the role of a function in a VPC, on interfaces that have no name before they exist."""
_SOURCES = frozenset({"rds:DescribeDBClusterParameters", "rds:DescribeDBSubnetGroups"})
"""What Lambda asks of the role to read the changes of a document database."""
_PLATFORM_ACTIONS = _LOGGING | _INTERFACES | _SOURCES
_EXECUTION_POLICIES = frozenset(
    {
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
        "AWSLambdaENIManagementAccess",
        "AWSXRayDaemonWriteAccess",
        "AWSXrayWriteOnlyAccess",
        "CloudWatchLambdaInsightsExecutionRolePolicy",
        "CloudWatchLambdaApplicationSignalsExecutionRolePolicy",
    }
)
"""Logs, traces, metrics and interfaces, as AWS gives them to every function."""
_SOURCE_POLICIES = frozenset(
    {
        "AWSLambdaBasicDurableExecutionRolePolicy",
        "AWSLambdaDynamoDBExecutionRole",
        "AWSLambdaKinesisExecutionRole",
        "AWSLambdaManagedEC2ResourceOperator",
        "AWSLambdaMSKExecutionRole",
        "AWSLambdaSQSQueueExecutionRole",
        "AmazonS3ObjectLambdaExecutionRolePolicy",
    }
)
"""Reading of any source, as AWS gives it to functions that are fed by one; a policy of your own can name it."""
_TAGGED = (
    "aws:resourcetag/",
    "s3:existingobjecttag/",
    "s3:buckettag/",
    "ec2:resourcetag/",
    "secretsmanager:resourcetag/",
    "ssm:resourcetag/",
)
_NAMING = {
    "iam:awsservicename": frozenset({"iam:CreateServiceLinkedRole"}),
    "kms:requestalias": None,
    "kms:resourcealiases": None,
    "secretsmanager:secretid": None,
    "lambda:functionarn": None,
    "ses:fromaddress": None,
}
"""Condition keys that name the container, and the actions of their service that carry them where it is not all."""
_PHRASES = {
    Width.ANY: "on any {noun}",
    Width.SEVERAL: "on every {noun} whose name fits `{text}`",
    Width.ANYWHERE: "on `{text}`, in any account or region",
}
_MOST_NAMED = 3
_MOST_TRIED = 12


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_3),
    severity=Severity.ERROR,
    reads=("function.role", "role.policies", "role.boundary"),
    remedy="narrow-resource",
)
def wide_resource(execution: Execution, estate: Estate) -> Verdict:
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    for force in allows(execution, estate):
        if is_admin_statement(force.statement) or _is_execution_policy(force):
            continue  # admin-execution-role names the cause; nobody can write AWS's own execution policies better
        by_word: dict[Word, list[Reach]] = {}
        for reach in _reaches(execution, force):
            if reach.width.rank < Width.FIXED.rank and not _is_named(force.statement, reach.actions):
                by_word.setdefault(reach.word, []).append(reach)
        for word, wide in by_word.items():
            _judge(execution, force, word, wide, (deviations, unknowns))
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _reaches(execution: Execution, force: InForce) -> Iterator[Reach]:
    """What a statement reaches, and what it may reach by actions that a template leaves open."""
    yield from reaches(execution, force)
    wider = with_open_actions(force)
    if wider is not None:
        yield from (replace(reach, open=True) for reach in reaches(execution, wider))


def _judge(
    execution: Execution, force: InForce, word: Word, wide: list[Reach], found: tuple[list[Deviation], list[Unknown]]
) -> None:
    deviations, unknowns = found
    certain = [part for reach in wide if not reach.open and not reach.undecided for part in _parted(reach)]
    doubtful = [reach for reach in wide if reach.open or reach.undecided]
    for severity in (Severity.ERROR, Severity.NOTE):
        group = [reach for reach in certain if _severity(force, reach) is severity]
        if not group:
            continue
        example_of = _shown(execution, force, group)
        if example_of is None:
            doubtful += group
            continue
        deviations.append(_deviation(execution, force, word, group, severity, *example_of))
        return
    if doubtful:
        unknowns.append(_unknown(force, word, doubtful))


def _is_named(statement: Statement, actions: tuple[Action, ...]) -> bool:
    """Tell whether a condition names the containers of these actions one by one, as no ARN of theirs could."""
    for condition in statement.conditions:
        key = condition.key.lower()
        operator = condition.operator.lower().removeprefix("foranyvalue:")
        if key not in _NAMING or operator not in {"stringequals", "stringlike", "arnequals", "arnlike"}:
            continue
        carrying = _NAMING[key]
        service = key.partition(":")[0]
        ours = all(action.service == service and (carrying is None or action.name in carrying) for action in actions)
        if ours and not any(is_open(value.text) or set(example(value.text)) & {"*", "?"} for value in condition.values):
            return True
    return False


def _parted(reach: Reach) -> Iterator[Reach]:
    """What the platform asks for apart from what the author asked for."""
    for ours in (False, True):
        actions = tuple(action for action in reach.actions if (action.name in _PLATFORM_ACTIONS) is ours)
        if actions:
            yield replace(reach, actions=actions)


def _is_execution_policy(force: InForce) -> bool:
    return force.attached.form is PolicyForm.AWS_MANAGED and force.attached.name in _EXECUTION_POLICIES


def _severity(force: InForce, reach: Reach) -> Severity:
    platform = force.attached.form is PolicyForm.AWS_MANAGED and force.attached.name in _SOURCE_POLICIES
    if reach.width is not Width.ANY or platform or all(action.name in _PLATFORM_ACTIONS for action in reach.actions):
        return Severity.NOTE
    tagged = any(condition.key.lower().startswith(_TAGGED) for condition in force.statement.conditions)
    return Severity.NOTE if tagged else Severity.ERROR


def _shown(execution: Execution, force: InForce, group: Iterable[Reach]) -> tuple[Reach, Request] | None:
    """The gravest reach with a request on its example that all policies together allow."""
    tried = 0
    for reach in sorted(group, key=_gravity):
        for action in _telling(reach):
            if reach.example is None or tried >= _MOST_TRIED:
                break
            tried += 1
            request = shown(execution, action, reach.example, force.when).witness
            if request is not None:
                return reach, request
    return None


def _gravity(reach: Reach) -> tuple[int, int, int, str, str]:
    kind = reach.kind
    return reach.width.rank, -len(reach.actions), -commonness(kind), kind.service, kind.name


def _telling(reach: Reach) -> list[str]:
    """Actions to show, reading first: it is what people understand at once."""
    others = [action for action in reach.actions if action.name not in _PLATFORM_ACTIONS]
    return [action.name for action in telling(others or reach.actions, First.READING)]


def _deviation(
    execution: Execution,
    force: InForce,
    word: Word,
    group: list[Reach],
    severity: Severity,
    reach: Reach,
    request: Request,
) -> Deviation:
    noun = container_noun(reach.kind)
    named = [one for one in group if one.width is reach.width and container_noun(one.kind) == noun]
    own = {action.name: action for one in named for action in one.actions}
    others = {action.name for one in group for action in one.actions} - set(own)
    names = [action.name for action in telling(own.values(), First.READING)]
    first = [request.action, *(name for name in names if name != request.action)]
    listed = ", ".join(f"`{name}`" for name in first[:_MOST_NAMED])
    more = f" and {len(first) - _MOST_NAMED} more" if len(first) > _MOST_NAMED else ""
    phrase = _PHRASES[reach.width].format(noun=noun, text=spelled(word.text)) + _as_widely(sorted(others))
    owner = execution.role.subject.key if execution.role is not None else execution.subject.key
    return Deviation(
        message=f"{force.title} allows {listed}{more} {phrase} {show(force.when)}".rstrip(),
        severity=severity,
        root_cause=f"{owner}/{force.root_cause}/{spelled(word.text)}",
        at=force.at(word.span),
        hint="name the resource the function uses" if severity is Severity.ERROR else None,
        witness=witness(request),
        related=(execution.role.subject,) if execution.role is not None else (),
    )


def _as_widely(others: list[str]) -> str:
    """What else the same words allow, on things of other kinds."""
    match others:
        case []:
            return ""
        case [only]:
            return f", and `{only}` as widely"
        case _:
            return f", and {len(others)} actions on things of other kinds as widely"


def _unknown(force: InForce, word: Word, doubtful: list[Reach]) -> Unknown:
    unfilled = sorted((hole for hole in holes(word.text) if hole.why), key=lambda hole: hole.name)
    if unfilled:
        hole = unfilled[0]
        reason = f"what `{doubtful[0].actions[0].name}` reaches depends on `{hole.name}`: {hole.why}"
        hint = filled_by(hole)
    else:
        reason = f"what policy `{force.attached.name}` reaches could not be shown with a request"
        hint = None
    return Unknown(reason=reason, at=force.at(word.span), hint=hint)
