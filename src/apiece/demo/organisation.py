"""The embedded organisation: a delivery service with three accounts, its functions, and what is wrong with some."""

from __future__ import annotations

from dataclasses import dataclass, field

PROD, DATA, MANAGEMENT = "parcels-prod", "parcels-data", "management"
IRELAND, VIRGINIA = "eu-west-1", "us-east-1"
Statement = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Fn:
    """A function as it is planted.

    Texts may hold `{account}` and `{region}`. `role` None: one of its own, with `allow` and its own log group.
    `planted` names the controls that must find it; a function without any is clean.
    """

    name: str
    account: str = PROD
    region: str = IRELAND
    allow: tuple[Statement, ...] = ()
    role: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    runtime: str = "python3.13"
    groups: tuple[str, ...] = ()
    permissions: tuple[dict[str, str], ...] = ()
    trust: tuple[Statement, ...] = ()
    boundary: bool = False
    url: str | None = None
    queue: str | None = None
    before: dict[str, object] = field(default_factory=dict)
    """The configuration of a version that was published earlier, and that alias `live` still names."""
    planted: tuple[str, ...] = ()


def _allow(actions: str, *resources: str, **conditions: object) -> Statement:
    statement: Statement = {"Effect": "Allow", "Action": actions.split(), "Resource": list(resources)}
    return statement | ({"Condition": conditions} if conditions else {})


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:{{region}}:{{account}}:table/{name}"


def _queue(name: str) -> str:
    return f"arn:aws:sqs:{{region}}:{{account}}:{name}"


def _topic(name: str) -> str:
    return f"arn:aws:sns:{{region}}:{{account}}:{name}"


def _secret(name: str) -> str:
    return f"arn:aws:secretsmanager:{{region}}:{{account}}:secret:{name}-??????"


def _from(service: str, source: str, **extra: str) -> dict[str, str]:
    return {"Action": "lambda:InvokeFunction", "Principal": f"{service}.amazonaws.com", "SourceArn": source, **extra}


_ANY = {"Action": "lambda:InvokeFunction"}
_API = "arn:aws:execute-api:{region}:{account}:a1b2c3d4e5/*/{method}/{path}"


def _api(method: str, path: str) -> dict[str, str]:
    return _from("apigateway", _API.replace("{method}", method).replace("{path}", path))


def _rule(name: str) -> dict[str, str]:
    return _from("events", f"arn:aws:events:{{region}}:{{account}}:rule/{name}")


READ, WRITE = "dynamodb:GetItem dynamodb:Query", "dynamodb:PutItem dynamodb:UpdateItem"
ROTATE = (
    "secretsmanager:GetSecretValue secretsmanager:PutSecretValue secretsmanager:DescribeSecret "
    "secretsmanager:UpdateSecretVersionStage"
)

FUNCTIONS: tuple[Fn, ...] = (
    # What the shop sees.
    Fn(name="quote", allow=(_allow(READ, _table("tariffs")),), permissions=(_api("GET", "quote"),)),
    Fn(
        name="book-parcel",
        allow=(_allow(WRITE, _table("parcels")), _allow("sns:Publish", _topic("booked"))),
        permissions=(_api("POST", "parcels"),),
    ),
    Fn(
        name="track-parcel",
        allow=(_allow(READ, _table("parcels"), _table("parcels") + "/index/*"),),
        permissions=(_api("GET", "parcels/*"),),
    ),
    Fn(
        name="cancel-parcel",
        allow=(_allow(f"{READ} {WRITE}", _table("parcels")),),
        permissions=(_api("DELETE", "parcels/*"),),
    ),
    Fn(name="list-shops", allow=(_allow("dynamodb:Scan", _table("shops")),), permissions=(_api("GET", "shops"),)),
    Fn(
        name="sign-upload",
        allow=(_allow("s3:PutObject", "arn:aws:s3:::parcels-photos-{account}/incoming/*"),),
        environment={"BUCKET": "parcels-photos-{account}"},
        permissions=(_api("POST", "photos"),),
    ),
    Fn(
        name="partner-webhook",
        allow=(_allow("sqs:SendMessage", _queue("partner-events")),),
        url="NONE",
        permissions=({"Action": "lambda:InvokeFunctionUrl", "Principal": "*"},),
        planted=("function-url-without-auth",),
    ),
    Fn(name="courier-app", allow=(_allow(READ, _table("routes")),), url="AWS_IAM"),
    Fn(
        name="public-tariffs",
        allow=(_allow(READ, _table("tariffs")),),
        permissions=({"Action": "lambda:InvokeFunction", "Principal": "*"},),
        planted=("public-function",),
    ),
    Fn(
        name="carrier-callback",
        allow=(_allow(WRITE, _table("parcels")),),
        permissions=({**_ANY, "Principal": "999900001111"},),
        planted=("cross-account-invoke",),
    ),
    # What works behind it.
    Fn(
        name="make-label",
        allow=(
            _allow("s3:GetObject", "arn:aws:s3:::parcels-templates-{account}/*"),
            _allow("s3:PutObject", "arn:aws:s3:::parcels-labels-{account}/*"),
        ),
        queue="labels",
    ),
    Fn(
        name="resize-photo",
        allow=(
            _allow("s3:GetObject", "arn:aws:s3:::*"),
            _allow("s3:PutObject", "arn:aws:s3:::parcels-photos-{account}/small/*"),
        ),
        permissions=(_from("s3", "arn:aws:s3:::parcels-photos-{account}", SourceAccount="{account}"),),
        planted=("wide-resource",),
    ),
    Fn(
        name="scan-photo",
        allow=(
            _allow("s3:GetObject", "arn:aws:s3:::parcels-photos-{account}/incoming/*"),
            _allow("rekognition:DetectModerationLabels", "*"),
        ),
        permissions=(_from("s3", "arn:aws:s3:::parcels-photos-{account}", SourceAccount="{account}"),),
    ),
    Fn(
        name="archive-photo",
        allow=(_allow("s3:GetObject s3:DeleteObject", "arn:aws:s3:::parcels-photos-{account}/small/*"),),
        permissions=({**_ANY, "Principal": "s3.amazonaws.com"},),
        planted=("invoke-without-source",),
    ),
    Fn(
        name="send-mail",
        role="notifications",
        environment={"SENDER": "parcels@example.com"},
        queue="mail",
        planted=("shared-execution-role", "wide-resource"),
    ),
    Fn(name="send-sms", role="notifications", queue="sms", planted=("shared-execution-role", "wide-resource")),
    Fn(name="send-push", allow=(_allow("sns:Publish", _topic("push")),), queue="push"),
    Fn(
        name="charge-card",
        allow=(
            _allow("secretsmanager:GetSecretValue", _secret("payments/provider")),
            _allow("kms:Decrypt", "arn:aws:kms:{region}:{account}:key/{payments-key}"),
        ),
        environment={"SECRET_NAME": "payments/provider"},
        groups=("payments",),
    ),
    Fn(
        name="refund-card",
        allow=(_allow("dynamodb:UpdateItem", _table("payments")),),
        groups=("payments",),
        environment={"PROVIDER_API_KEY": "sk_" + "live_" + "51Nx0tReAlKeYbUtL0oKsLiKe1tQw9"},
        planted=("secret-in-environment",),
    ),
    Fn(
        name="settle-day",
        allow=(
            _allow(READ, _table("payments")),
            _allow("s3:PutObject", "arn:aws:s3:::parcels-ledger-{account}/daily/*"),
        ),
        permissions=(_rule("settle-day"),),
        runtime="python3.8",
        planted=("unsupported-runtime",),
    ),
    Fn(
        name="plan-routes",
        allow=(_allow(f"{READ} {WRITE}", _table("routes")),),
        permissions=(_rule("plan-routes"),),
        groups=("workers",),
    ),
    Fn(
        name="geocode",
        allow=(_allow("geo:SearchPlaceIndexForText", "arn:aws:geo:{region}:{account}:place-index/addresses"),),
        queue="geocode",
    ),
    Fn(
        name="courier-position",
        allow=(_allow("dynamodb:PutItem", _table("positions")),),
        groups=("open",),
        planted=("open-security-group",),
    ),
    Fn(
        name="support-tools",
        role="support-admin",
        permissions=(_rule("support-sweep"),),
        planted=("admin-execution-role",),
    ),
    Fn(
        name="price-rules",
        allow=({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"},),
        planted=("allow-by-exclusion", "escalation-possible", "wide-resource"),
    ),
    Fn(name="release-train", allow=(_allow("dynamodb:*", _table("releases")),), planted=("wide-action",)),
    Fn(
        name="partner-sync",
        allow=(_allow("sqs:SendMessage", _queue("partner-events")),),
        trust=(
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999900001111:root"}, "Action": "sts:AssumeRole"},
        ),
        planted=("trust-beyond-lambda",),
    ),
    Fn(name="tax-report", allow=(_allow("s3:GetObject", "arn:aws:s3:::parcels-ledger-{account}/*"),), boundary=True),
    Fn(
        name="invoice",
        allow=(
            _allow(f"{READ}", _table("payments")),
            _allow("ses:SendEmail", "arn:aws:ses:{region}:{account}:identity/example.com"),
        ),
        environment={"SENDER": "billing@example.com"},
        before={"Environment": {"Variables": {"SMTP_PASSWORD": "Kestrel-4417-harbour"}}},
        planted=("secret-in-environment", "version-keeps-old-access"),
    ),
    # Where numbers are crunched.
    Fn(
        name="ingest-events",
        account=DATA,
        region=VIRGINIA,
        allow=(_allow("s3:PutObject", "arn:aws:s3:::parcels-lake-{account}/raw/*"),),
        queue="events",
    ),
    Fn(
        name="compact-events",
        account=DATA,
        region=VIRGINIA,
        allow=(
            _allow("s3:GetObject s3:PutObject", "arn:aws:s3:::parcels-lake-{account}/*"),
            _allow("s3:ListBucket", "arn:aws:s3:::parcels-lake-{account}"),
        ),
        permissions=(_rule("hourly"),),
    ),
    Fn(
        name="daily-figures",
        account=DATA,
        region=VIRGINIA,
        allow=(_allow("s3:GetObject", "arn:aws:s3:::parcels-lake-{account}/daily/*"),),
        permissions=(_rule("daily"),),
    ),
    Fn(name="export-figures", account=DATA, region=VIRGINIA, role="exports", planted=("shared-execution-role",)),
    Fn(name="export-partners", account=DATA, region=VIRGINIA, role="exports", planted=("shared-execution-role",)),
    Fn(
        name="forecast",
        account=DATA,
        region=VIRGINIA,
        allow=(_allow(READ, _table("history")),),
        environment={"DATABASE_URL": "postgres://forecast:" + "Wren-5521-lantern" + "@db.internal:5432/history"},
        planted=("secret-in-environment",),
    ),
    Fn(
        name="detect-fraud",
        account=DATA,
        region=VIRGINIA,
        allow=(_allow("sagemaker:InvokeEndpoint", "arn:aws:sagemaker:{region}:{account}:endpoint/fraud"),),
        permissions=(_api("POST", "score"),),
    ),
    Fn(
        name="drop-personal-data",
        account=DATA,
        region=VIRGINIA,
        allow=(_allow("dynamodb:DeleteItem", _table("history")),),
        permissions=(_rule("weekly"),),
    ),
    # What looks after the rest.
    Fn(
        name="rotate-secret",
        allow=(_allow(ROTATE, _secret("payments/provider")), _allow("secretsmanager:GetRandomPassword", "*")),
        permissions=({**_ANY, "Principal": "secretsmanager.amazonaws.com", "SourceAccount": "{account}"},),
    ),
    Fn(
        name="tag-costs",
        account=MANAGEMENT,
        allow=(_allow("ce:UpdateCostAllocationTagsStatus ce:ListCostAllocationTags", "*"),),
        permissions=(_rule("daily"),),
    ),
    Fn(name="close-account", account=MANAGEMENT, allow=(_allow("organizations:ListAccounts", "*"),)),
    Fn(
        name="alert-on-call",
        account=MANAGEMENT,
        allow=(_allow("sns:Publish", _topic("on-call")),),
        permissions=(_from("sns", _topic("alarms")),),
    ),
)
"""Every function of the organisation."""

ROLES: dict[str, tuple[str, tuple[Statement, ...]]] = {
    "notifications": (PROD, (_allow("ses:SendEmail sns:Publish sqs:ReceiveMessage sqs:DeleteMessage", "*"),)),
    "support-admin": (PROD, ({"Effect": "Allow", "Action": "*", "Resource": "*"},)),
    "exports": (DATA, (_allow("s3:GetObject", "arn:aws:s3:::parcels-lake-{account}/daily/*"),)),
    "old-importer": (DATA, (_allow("s3:PutObject", "arn:aws:s3:::parcels-lake-{account}/import/*"),)),
}
"""Roles that are no function's own: shared ones, and one whose function is gone."""

SECRETS = ("51Nx0tReAlKeYbUtL0oKsLiKe1tQw9", "Kestrel-4417-harbour", "Wren-5521-lantern", "not-for-the-log-8812")
"""Values that are planted; none may occur in anything that is written."""
