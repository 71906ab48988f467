"""A function's role is an administrator.

## What it checks

Whether the role's identity policies, bounded by its permissions boundary and less every Deny, allow every action on
every resource, however that is written; and whether the role may put or attach policies to itself, which comes to the
same. Both are shown with a request that was evaluated.

## Why it matters

Whoever can make such a function run code of theirs owns the account.

## Objective

No function can do everything in its account, nor give itself the right to.

## Test procedure

For the role of each function (`lambda:ListFunctions`, field `Role`) get all inline and attached policies and the
permissions boundary. An exception is a role with `AdministratorAccess`, with a statement that allows `*` on `*` in
any spelling, or with the right to write its own policies (`iam:PutRolePolicy` or `iam:AttachRolePolicy` on its own
ARN). Confirm with `iam:SimulatePrincipalPolicy` for an action that no function needs, such as `iam:CreateUser`, and
for `iam:PutRolePolicy` on the role itself.

## Fails

```json
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
```

## Passes

```json
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::my-app-uploads/*"}
]}
```

## Remedy

Replace the statement with the actions that the function uses. Where it must create roles, do that in a pipeline, not
in a function, or bound what it can create with a permissions boundary.
"""

from __future__ import annotations

from apiece.access.admin import Admin, admins
from apiece.access.execution import Execution
from apiece.access.rights import witness
from apiece.access.unsettled import unsettled
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.when import show
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_3),
    severity=Severity.ERROR,
    reads=("function.role", "role.policies", "role.boundary"),
    remedy="narrow-policy",
)
def admin_execution_role(execution: Execution, estate: Estate) -> Verdict:
    return Verdict.of_all(_found(execution, admin) for admin in admins(execution, estate))


def _found(execution: Execution, admin: Admin) -> Deviation | Unknown:
    force = admin.force
    what = "can make itself an administrator" if admin.of_itself else "is an administrator"
    if admin.request is None:
        return unsettled(force.statement, f"whether its role {what} through {force.title}", force.at())
    owner = execution.role.subject.key if execution.role is not None else execution.subject.key
    return Deviation(
        message=f"its role {what} through {force.title} {show(force.when)}".rstrip(),
        severity=Severity.ERROR,
        root_cause=f"{owner}/{force.root_cause}",
        at=force.at(),
        hint="state the actions that the function uses, on the resources it uses",
        witness=witness(admin.request),
        related=(execution.role.subject,) if execution.role is not None else (),
    )
