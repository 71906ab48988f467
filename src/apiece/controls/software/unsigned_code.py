"""A function takes code that nobody has signed.

## What it checks

Functions of templates: whether the function names a code-signing configuration, and whether that refuses untrusted code
(`UntrustedArtifactOnDeployment: Enforce`). One that only warns lets everything through. Container images cannot be
signed in this way and do not apply. It is asked only where you ask for it (`--also unsigned-code`): where nothing is
signed, it would say the same of every function.

## Why it matters

Without a signature whoever can upload a package can run it, and nothing shows that what runs is what the pipeline
built. With one that is enforced, an attacker needs the signing profile besides.

## Objective

Lambda runs only packages that a signing profile of the organisation has signed.

## Test procedure

List the functions (`lambda list-functions`) whose package type is `Zip`. For each, obtain the configuration with
`lambda get-function-code-signing-config`, and its policy with `lambda get-code-signing-config`. An exception is a
function without a configuration, or one whose `UntrustedArtifactOnDeployment` is `Warn`. Where the organisation proves
the origin of code otherwise, for example by a pipeline that alone may deploy, inspect that control instead.

## Fails

```yaml
Resources:
  Signing:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers:
        SigningProfileVersionArns: ["arn:aws:signer:us-east-1:111122223333:/signing-profiles/builds/abcdef1234"]
      CodeSigningPolicies: {UntrustedArtifactOnDeployment: Warn}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/worker
      Code: {S3Bucket: builds, S3Key: worker.zip}
      CodeSigningConfigArn: !Ref Signing
```

## Passes

```yaml
Resources:
  Signing:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers:
        SigningProfileVersionArns: ["arn:aws:signer:us-east-1:111122223333:/signing-profiles/builds/abcdef1234"]
      CodeSigningPolicies: {UntrustedArtifactOnDeployment: Enforce}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/worker
      Code: {S3Bucket: builds, S3Key: worker.zip}
      CodeSigningConfigArn: !Ref Signing
```

## Remedy

Make a signing profile in AWS Signer, sign packages in the pipeline, and give the function a code-signing configuration
with `UntrustedArtifactOnDeployment: Enforce`. Begin with `Warn` and look for warnings in the metrics.

## Limits

Live accounts are not asked for code-signing configurations yet: their functions do not apply. That a configuration is
stated only for some choices of conditions counts for those alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiece.access.index import Index
from apiece.controls.control import control
from apiece.estate.function import CodeSigningConfig, Function, SigningPolicy
from apiece.estate.gap import filled_by
from apiece.estate.provenance import Provenance
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import holes, is_open, show


@control(
    criteria=(Criterion.CC6_8, Criterion.CC8_1),
    severity=Severity.NOTE,
    reads=("function.code-signing",),
    remedy="sign-code",
    by_default=False,
)
def unsigned_code(function: Function, index: Index) -> Verdict:
    if function.latest.package == "Image":
        return Verdict.not_applicable("container images are not signed by Lambda's code signing")
    if function.subject.logical_id is None:
        return Verdict.not_applicable("the source does not say whether its code must be signed")
    if function.code_signing is None:
        return Verdict.of((_deviation(function.subject.stack or "", "takes code that nobody has signed", function.at),))
    configs = list(_configs(function, index))
    if not configs:
        hint = next(filter(None, map(filled_by, holes(function.code_signing))), None)
        open_ = is_open(function.code_signing)
        why = "is not known before deployment" if open_ else "is not in the source"
        reason = f"its code-signing configuration `{show(function.code_signing)}` {why}"
        return Verdict.of(unknowns=(Unknown(reason=reason, hint=hint, at=(function.at,) if function.at else ()),))
    return Verdict.of_all(_judged(one) for one in configs)


def _configs(function: Function, index: Index) -> Iterator[CodeSigningConfig]:
    for one in index.estate.code_signing_configs:
        if one.arn == function.code_signing and index.estate.together(function.when, one.when) is not None:
            yield one


def _judged(config: CodeSigningConfig) -> Deviation | Unknown | None:
    match config.policy:
        case SigningPolicy.ENFORCE:
            return None
        case SigningPolicy.WARN:
            message = "takes code that nobody has signed with no more than a warning"
            return _deviation(config.subject.key, message, config.at)
        case _:
            reason = f"what `{config.subject.name}` does with unsigned code is not known before deployment"
            return Unknown(reason=reason, at=(config.at,) if config.at is not None else ())


def _deviation(cause: str, message: str, at: Provenance | None) -> Deviation:
    return Deviation(
        message=message,
        severity=Severity.NOTE,
        root_cause=f"{cause}/code-signing",
        at=(at,) if at is not None else (),
        hint="give it a code-signing configuration with `UntrustedArtifactOnDeployment: Enforce`",
    )
