"""The known ways from the permissions of one principal to those of another, as data: each a conjunction of requests.

`requests` must all be allowed, and one of `one_of` where there are any. Whether a request is allowed only the engine
says; here stands what is asked. Sources: BishopFox/iam-vulnerable (MIT) and Spencer Gietzen's list of AWS privilege
escalation methods (Rhino Security Labs, 2018), with their numbers where they have any; `lambda` marks what follows from
the API of Lambda itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


class On(StrEnum):
    """What a request is made on."""

    ROLE = "role"
    PASSED = "passed role"
    """A role that trusts the service it is passed to."""
    RETRUSTED = "role, once it trusts the caller"
    FUNCTION = "function"
    USER = "user"
    GROUP = "group"
    POLICY = "policy"
    """A customer managed policy that somebody carries."""
    LAYER = "layer"
    SOURCE = "event source"
    NEW = "new thing"
    """Something that need not be there; requests on it must be allowed on the same one."""
    ANY = "anything"


class Gives(StrEnum):
    """What comes of a path."""

    ROLE = "acts as"
    """The permissions of the target: a role, or the role of a target function."""
    USER = "signs in as"
    ITSELF = "raises itself"
    """Any permission, for the principal itself."""
    OTHER = "raises"
    """Any permission, for another identity."""
    LATER = "runs its code in"
    """Its code runs as another, but only when that one takes the next version."""
    TRIGGER = "triggers"
    """The target runs, with the caller's input."""
    PUBLIC = "opens"
    """Others get in."""

    @property
    def is_control(self) -> bool:
        """Tell whether whoever goes this way can do all that the target can."""
        return self in {Gives.ROLE, Gives.USER}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that must be allowed: any of some actions.

    `forced` are keys that the call itself sets, `best` those in which the caller's most harmful choice is tried first.
    `within` limits what is asked about to a kind of resource.
    """

    actions: tuple[str, ...]
    on: On = On.ANY
    forced: tuple[tuple[str, str], ...] = ()
    best: tuple[tuple[str, str], ...] = ()
    within: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Path:
    """One way. The first request says on which target it is tried; `service` is what a passed role must trust."""

    slug: str
    title: str
    requests: tuple[Wanted, ...]
    gives: Gives
    source: str
    one_of: tuple[tuple[Wanted, ...], ...] = ()
    service: str | None = None
    note: str = ""

    @property
    def on(self) -> On:
        return self.requests[0].on


_VULNERABLE, _RHINO, _LAMBDA = "iam-vulnerable", "Rhino", "lambda"
_INSTANCE = ("arn:*:ec2:*:*:instance/*", "arn:*:ssm:*:*:managed-instance/*")


def _wanted(actions: str, on: On = On.ANY, within: tuple[str, ...] = ("*",)) -> Wanted:
    return Wanted(tuple(actions.split()), on, within=within)


def _passed(service: str) -> Wanted:
    return Wanted(("iam:PassRole",), On.PASSED, forced=(("iam:PassedToService", service),))


def _passing(slug: str, service: str, title: str, *actions: str, source: str = _VULNERABLE) -> Path:
    requests = (_passed(service), *(_wanted(one) for one in actions))
    return Path(slug, title, requests, Gives.ROLE, source, service=service)


def _writing(slug: str, action: str, on: On, title: str, source: str) -> Path:
    return Path(slug, title, (_wanted(action, on),), Gives.OTHER, source)


def _attaching(slug: str, action: str, on: On, title: str, source: str) -> Path:
    wanted = Wanted((action,), on, best=(("iam:PolicyARN", ADMINISTRATOR),))
    return Path(slug, title, (wanted,), Gives.OTHER, source)


_FUNCTION = (
    Path(
        "update-function-code",
        "replaces the code of a function that runs as another role",
        (_wanted("lambda:UpdateFunctionCode", On.FUNCTION),),
        Gives.ROLE,
        f"{_VULNERABLE} 17, {_RHINO} 17",
    ),
    Path(
        "update-function-configuration",
        "puts a layer or variables into a function that runs as another role",
        (_wanted("lambda:UpdateFunctionConfiguration", On.FUNCTION),),
        Gives.ROLE,
        f"{_VULNERABLE} 17",
        note="by a layer, or by a variable that its runtime obeys",
    ),
    Path(
        "pass-role-existing-function",
        "gives another role to a function whose code it replaces",
        (
            _passed("lambda.amazonaws.com"),
            _wanted("lambda:UpdateFunctionConfiguration", On.NEW),
            _wanted("lambda:UpdateFunctionCode", On.NEW),
        ),
        Gives.ROLE,
        _LAMBDA,
        service="lambda.amazonaws.com",
    ),
    Path(
        "pass-role-new-function",
        "makes a function with another role and lets it run",
        (_passed("lambda.amazonaws.com"), _wanted("lambda:CreateFunction", On.NEW)),
        Gives.ROLE,
        f"{_VULNERABLE} 15 and 16, {_RHINO} 15 and 16",
        one_of=(
            (_wanted("lambda:InvokeFunction", On.NEW),),
            (_wanted("lambda:AddPermission", On.NEW),),
            (_wanted("lambda:CreateEventSourceMapping"),),
            (_wanted("lambda:CreateFunctionUrlConfig", On.NEW), _wanted("lambda:AddPermission", On.NEW)),
        ),
        service="lambda.amazonaws.com",
    ),
    Path(
        "publish-layer-version",
        "publishes the next version of a layer that a function uses",
        (_wanted("lambda:PublishLayerVersion", On.LAYER),),
        Gives.LATER,
        _LAMBDA,
        note="it runs once the function takes that version",
    ),
    Path(
        "add-layer-version-permission",
        "shares a layer that a function uses with any account",
        (_wanted("lambda:AddLayerVersionPermission", On.LAYER),),
        Gives.PUBLIC,
        _LAMBDA,
    ),
    Path(
        "add-permission",
        "lets anyone invoke a function",
        (_wanted("lambda:AddPermission", On.FUNCTION),),
        Gives.PUBLIC,
        _LAMBDA,
    ),
    Path(
        "invoke-function",
        "invokes a function",
        (_wanted("lambda:InvokeFunction", On.FUNCTION),),
        Gives.TRIGGER,
        _LAMBDA,
    ),
)
_TRIGGERS = tuple(
    Path(slug, title, (_wanted(actions, On.SOURCE),), Gives.TRIGGER, _LAMBDA)
    for slug, actions, title in (
        ("send-message", "sqs:SendMessage", "writes to a queue that a function reads"),
        ("publish", "sns:Publish", "publishes to a topic that invokes a function"),
        ("put-object", "s3:PutObject", "writes to a bucket that invokes a function"),
        (
            "put-item",
            "dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem",
            "writes to a table whose stream a function reads",
        ),
        ("put-record", "kinesis:PutRecord kinesis:PutRecords", "writes to a stream that a function reads"),
        ("put-events", "events:PutEvents", "sends events to a bus whose rule invokes a function"),
    )
)
_ROLES = (
    Path("assume-role", "assumes a role", (_wanted("sts:AssumeRole", On.ROLE),), Gives.ROLE, _VULNERABLE),
    Path(
        "update-assume-role-policy",
        "makes a role trust it, and assumes it",
        (_wanted("iam:UpdateAssumeRolePolicy", On.ROLE), _wanted("sts:AssumeRole", On.RETRUSTED)),
        Gives.ROLE,
        f"{_VULNERABLE} 14, {_RHINO} 14",
    ),
)
_IDENTITIES = (
    _writing(
        "create-policy-version", "iam:CreatePolicyVersion", On.POLICY, "rewrites a policy", "iam-vulnerable 1, Rhino 1"
    ),
    _writing(
        "set-default-policy-version",
        "iam:SetDefaultPolicyVersion",
        On.POLICY,
        "puts another version of a policy in force",
        "iam-vulnerable 2, Rhino 2",
    ),
    _attaching(
        "attach-user-policy",
        "iam:AttachUserPolicy",
        On.USER,
        "attaches any policy to a user",
        "iam-vulnerable 7, Rhino 7",
    ),
    _attaching(
        "attach-group-policy",
        "iam:AttachGroupPolicy",
        On.GROUP,
        "attaches any policy to a group",
        "iam-vulnerable 8, Rhino 8",
    ),
    _attaching(
        "attach-role-policy",
        "iam:AttachRolePolicy",
        On.ROLE,
        "attaches any policy to a role",
        "iam-vulnerable 9, Rhino 9",
    ),
    _writing(
        "put-user-policy", "iam:PutUserPolicy", On.USER, "writes a policy into a user", "iam-vulnerable 10, Rhino 10"
    ),
    _writing(
        "put-group-policy",
        "iam:PutGroupPolicy",
        On.GROUP,
        "writes a policy into a group",
        "iam-vulnerable 11, Rhino 11",
    ),
    _writing(
        "put-role-policy", "iam:PutRolePolicy", On.ROLE, "writes a policy into a role", "iam-vulnerable 12, Rhino 12"
    ),
    _writing(
        "add-user-to-group", "iam:AddUserToGroup", On.GROUP, "puts a user into a group", "iam-vulnerable 13, Rhino 13"
    ),
    Path(
        "create-access-key",
        "makes an access key for a user",
        (_wanted("iam:CreateAccessKey", On.USER),),
        Gives.USER,
        "iam-vulnerable 4, Rhino 4",
    ),
    Path(
        "create-login-profile",
        "gives a user a password",
        (_wanted("iam:CreateLoginProfile", On.USER),),
        Gives.USER,
        "iam-vulnerable 5, Rhino 5",
    ),
    Path(
        "update-login-profile",
        "changes a user's password",
        (_wanted("iam:UpdateLoginProfile", On.USER),),
        Gives.USER,
        "iam-vulnerable 6, Rhino 6",
    ),
)
_SERVICES = (
    Path(
        "pass-role-ec2-instance",
        "starts an instance with another role",
        (_passed("ec2.amazonaws.com"), _wanted("ec2:RunInstances", within=("arn:*:ec2:*:*:instance/*",))),
        Gives.ROLE,
        "iam-vulnerable 3, Rhino 3",
        service="ec2.amazonaws.com",
    ),
    _passing(
        "pass-role-glue-endpoint", "glue.amazonaws.com", "makes a Glue development endpoint", "glue:CreateDevEndpoint"
    ),
    _passing(
        "pass-role-cloudformation",
        "cloudformation.amazonaws.com",
        "makes a stack with another role",
        "cloudformation:CreateStack",
    ),
    _passing(
        "pass-role-data-pipeline",
        "datapipeline.amazonaws.com",
        "makes a data pipeline with another role",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
    ),
    _passing(
        "pass-role-codebuild",
        "codebuild.amazonaws.com",
        "makes a build project with another role",
        "codebuild:CreateProject",
        "codebuild:StartBuild codebuild:StartBuildBatch",
    ),
    _passing(
        "pass-role-sagemaker-notebook",
        "sagemaker.amazonaws.com",
        "makes a notebook with another role",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
    ),
    _passing(
        "pass-role-sagemaker-training",
        "sagemaker.amazonaws.com",
        "starts a training job with another role",
        "sagemaker:CreateTrainingJob",
    ),
    _passing(
        "pass-role-sagemaker-processing",
        "sagemaker.amazonaws.com",
        "starts a processing job with another role",
        "sagemaker:CreateProcessingJob",
    ),
    _passing(
        "pass-role-ecs-task",
        "ecs-tasks.amazonaws.com",
        "runs a container with another role",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask ecs:StartTask",
        source="Rhino (2021)",
    ),
)
_ELSEWHERE = tuple(
    Path(slug, title, tuple(_wanted(one, within=within) for one in actions), Gives.ROLE, source)
    for slug, title, actions, within, source in (
        (
            "update-glue-endpoint",
            "signs in to a Glue development endpoint",
            ("glue:UpdateDevEndpoint",),
            ("*",),
            _VULNERABLE,
        ),
        ("update-stack", "changes a stack that has a role", ("cloudformation:UpdateStack",), ("*",), _VULNERABLE),
        (
            "change-set",
            "changes a stack that has a role by a change set",
            ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
            ("*",),
            _VULNERABLE,
        ),
        (
            "open-sagemaker-notebook",
            "opens a notebook",
            ("sagemaker:CreatePresignedNotebookInstanceUrl",),
            ("*",),
            _VULNERABLE,
        ),
        ("send-command", "runs commands on instances", ("ssm:SendCommand",), _INSTANCE, _VULNERABLE),
        ("start-session", "opens sessions on instances", ("ssm:StartSession",), _INSTANCE, _VULNERABLE),
        ("send-ssh-key", "signs in to instances", ("ec2-instance-connect:SendSSHPublicKey",), _INSTANCE, _VULNERABLE),
    )
)
"""Ways into things with a role that an estate does not hold: instances, stacks, notebooks."""

PATHS: tuple[Path, ...] = (*_ROLES, *_FUNCTION, *_IDENTITIES, *_SERVICES, *_ELSEWHERE, *_TRIGGERS)
"""All paths, in the order in which they are shown. A slug is stable and names one path."""
