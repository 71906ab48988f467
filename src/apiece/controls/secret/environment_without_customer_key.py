"""A function's environment is encrypted with AWS's key, not with one of yours.

## What it checks

Whether a function that has environment variables names a customer managed KMS key for them (`KmsKeyArn`). Without one,
Lambda encrypts them with a key that AWS manages.

## Why it matters

Both ways the variables are encrypted at rest. But whoever may read the function's configuration reads them in plain
text: AWS's key decrypts for everybody in the account who may ask Lambda. A key of your own has a policy, so that
reading the environment takes a second permission, which is logged each time and can be withdrawn.

## Objective

Configuration that functions hold at rest is encrypted with a key whose use the organisation decides and records.

## Test procedure

List all functions of each region (`lambda:ListFunctions`, or `AWS::Lambda::Function` in a template). For each one with
`Environment`, look at `KMSKeyArn`, which a template calls `KmsKeyArn`. A function without it is an exception; so is one
whose key `kms:DescribeKey` shows with `KeyManager` `AWS`.

## Fails

```yaml
Resources:
  Mailer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/mailer
      Code: {ZipFile: "def handler(event, context): pass"}
      Environment: {Variables: {SENDER: shop}}
```

## Passes

```yaml
Resources:
  Mailer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/mailer
      Code: {ZipFile: "def handler(event, context): pass"}
      Environment: {Variables: {SENDER: shop}}
      KmsKeyArn: arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-0000-0000-000000000000
```

## Remedy

Make a KMS key for the application, let the function's role decrypt with it, and name it in `KmsKeyArn`. It protects
settings; secrets belong into Secrets Manager or Parameter Store all the same (see `secret-in-environment`).
"""

from __future__ import annotations

from apiece.controls.control import control
from apiece.estate.function import Function
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import holes, is_open, show

_AWS_MANAGED = ":alias/aws/"


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_7),
    severity=Severity.NOTE,
    reads=("function.environment", "function.environment-key"),
    remedy="customer-key",
    cadence=Cadence.QUARTERLY,
)
def environment_without_customer_key(function: Function) -> Verdict:
    configuration = function.latest
    if not configuration.environment:
        return Verdict.not_applicable("it has no environment variables")
    key = configuration.environment_key
    place = configuration.places.get("environment_key") or configuration.places.get("environment") or function.at
    at = (place,) if place is not None else ()
    if key is not None and is_open(key):
        why = next((hole.why for hole in holes(key) if hole.why), "")
        reason = f"which key encrypts its environment is not known{': ' if why else ''}{why}"
        return Verdict.of(unknowns=(Unknown(reason=reason, at=at, hint="give the parameter with `--parameter`"),))
    if key is not None and _AWS_MANAGED not in show(key):
        return Verdict.passed()
    count = len({variable.name for variable in configuration.environment})
    whose = "AWS's key for Lambda" if key is None else f"`{show(key)[:80]}`, a key of AWS"
    deviation = Deviation(
        message=f"its {count} environment variable{'s are' if count > 1 else ' is'} encrypted with {whose}",
        severity=Severity.NOTE,
        root_cause=f"{function.subject.key}/environment-key",
        at=at,
        hint="name a KMS key of your own in `KmsKeyArn`",
    )
    return Verdict.of((deviation,))
