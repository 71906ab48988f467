"""A function's environment variable holds a secret in plain text.

## What it checks

Each environment variable, by its value and by its name. A value counts as a secret when a detector recognises it (an
access key, a token, a private key, a connection string with a password) or when the variable's name says password,
token or key and the value is not a name, an ARN, a number or a switch. A variable whose value comes from a `NoEcho`
parameter or from `{{resolve:secretsmanager:…}}` counts as well: the template hides the secret, the deployed variable
holds it.

## Why it matters

Everyone who may read the function's configuration reads its environment: support staff, read-only auditors, every
deployment tool and every tool that snapshots the account. A secret there cannot be rotated without a deployment, and
reading it leaves no trace of its own.

## Objective

Passwords, tokens and keys of functions are kept in a secrets store and never in the configuration of the function.

## Test procedure

Get the configuration of every function, and of every published version that an alias names, with
`lambda:GetFunctionConfiguration`, and read `Environment.Variables`. Look at each name and each value; do not copy
values into the working papers. An exception is a value that by itself opens something (an access key, a password, a
token, a private key, a connection string with a password). A value that is the name or ARN of a secret in Secrets
Manager or Parameter Store is what is wanted. In templates, look also at variables that take the value of a `NoEcho`
parameter or of `{{resolve:secretsmanager:…}}`: the deployed variable holds the secret.

## Fails

```yaml
Resources:
  Billing:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/billing
      Code: {ZipFile: "def handler(event, context): pass"}
      Environment:
        Variables:
          DB_PASSWORD: "{{resolve:secretsmanager:prod/db:SecretString:password}}"
```

## Passes

```yaml
Resources:
  Billing:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/billing
      Code: {ZipFile: "def handler(event, context): pass"}
      Environment:
        Variables:
          DB_SECRET_NAME: prod/db
```

## Remedy

Keep the secret in Secrets Manager or Parameter Store, give the function its *name* in the environment, and let the
function's own role read that one secret.
"""

from __future__ import annotations

from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Configuration, Function, OriginKind, Variable
from apiece.estate.seal import judge
from apiece.estate.when import When, show
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict

_PLAUSIBLE = "kT9x" + "Q2mLw7Zp"
"""A text that only its variable's name can make a secret."""
_PARAMETERS = frozenset({OriginKind.PARAMETER, OriginKind.IMPORT, OriginKind.DYNAMIC_PARAMETER})


@control(
    criteria=(Criterion.CC6_1,),
    severity=Severity.ERROR,
    reads=("function.environment",),
    remedy="move-secret",
)
def secret_in_environment(function: Function, estate: Estate) -> Verdict:
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    applicable = False
    for label, configuration in _configurations(function):
        for variable in configuration.environment:
            when = estate.together(function.when, variable.when)
            if when is None:
                continue
            applicable = True
            how = _how(variable)
            if how is not None:
                deviations.append(_deviation(function, variable, f"{how}{label}", when))
            elif (doubt := _doubt(variable)) is not None:
                unknowns.append(doubt)
    if not applicable:
        return Verdict.not_applicable("the function has no environment variables")
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _configurations(function: Function) -> list[tuple[str, Configuration]]:
    versions = [
        (f", in version `{version.name}`", version.configuration)
        for version in function.versions
        if version.configuration is not None
    ]
    return [("", function.latest), *versions]


def _how(variable: Variable) -> str | None:
    """Say how the variable comes to hold a secret, None where it does not."""
    origins = {origin.kind: origin.name for origin in variable.origins}
    if OriginKind.DYNAMIC_SECRET in origins:
        return "is filled with a secret's value at deployment"
    if OriginKind.NO_ECHO_PARAMETER in origins:
        return f"is filled from the `NoEcho` parameter `{origins[OriginKind.NO_ECHO_PARAMETER]}`"
    if variable.hits:
        return f"holds a secret in plain text, recognised as `{variable.hits[0].detector}`"
    return None


def _doubt(variable: Variable) -> Unknown | None:
    """A variable named like a secret whose value is chosen at deployment."""
    known = variable.value is not None and isinstance(variable.value, str)
    sources = [origin for origin in variable.origins if origin.kind in _PARAMETERS]
    if known or variable.sealed is not None or not sources or not judge(variable.name, _PLAUSIBLE):
        return None
    if not judge(sources[0].name, _PLAUSIBLE) and _names_a_place(sources[0].name):
        return None
    return Unknown(
        reason=f"variable `{variable.name}` is named like a secret and filled from `{sources[0].name}` at deployment",
        at=(variable.at,) if variable.at else (),
        hint="give the value's kind with `--parameter`, or pass the secret's name or ARN instead of its value",
    )


def _names_a_place(name: str) -> bool:
    return name.lower().endswith(("arn", "name", "id", "path", "url", "uri"))


def _deviation(function: Function, variable: Variable, how: str, when: When) -> Deviation:
    return Deviation(
        message=f"variable `{variable.name}` {how} {show(when)}".rstrip(),
        severity=Severity.ERROR,
        root_cause=f"{function.subject.key}/environment/{variable.name}",
        at=(variable.at,) if variable.at else (),
        hint="keep the secret in Secrets Manager and give the function its name; let its role read that one secret",
    )
