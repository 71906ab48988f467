"""Claims about what watches a region: trails, alarms and AWS Config, over estates written out here."""

from __future__ import annotations

import datetime as dt
import json

import msgspec
import pytest

from apiece.api.check import check
from apiece.api.read import read_targets
from apiece.controls.registry import all_controls, control_named
from apiece.estate.estate import Account, Estate
from apiece.estate.function import Configuration, Function
from apiece.estate.gap import Gap
from apiece.estate.identity import Role
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.resource import Resource
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.watch import (
    Alarm,
    ConfigRecorder,
    ConfigRule,
    EventRule,
    EventSelector,
    FieldSelector,
    Metric,
    MetricFilter,
    Trail,
)
from apiece.read.selectors import Basic, DataResource, selectors_of
from apiece.records.run import CheckRun

OWN, OTHER = "111122223333", "444455556666"
HERE, AWAY = "us-east-1", "eu-west-1"
TODAY = dt.date(2026, 11, 25)
WATCHING = [control.id for control in all_controls() if control.population.__name__ == "Place"]
ALL = selectors_of((Basic(),), ())
READS = selectors_of((Basic(read_write_type="ReadOnly"),), ())
NO_IAM = selectors_of((Basic(exclude_management_event_sources=("iam.amazonaws.com",)),), ())
DATA_ONLY = selectors_of(
    (Basic(include_management_events=False, data_resources=(DataResource("AWS::S3::Object", ("arn:aws:s3",)),)),), ()
)
GROUP = f"arn:aws:logs:{HERE}:{OWN}:log-group:trail"
THEIRS = f"arn:aws:logs:{HERE}:{OTHER}:log-group:trail"
COUNTED = Metric("Security", "AccessChanges")
TOPIC = f"arn:aws:sns:{HERE}:{OWN}:security"
EVERYTHING = "{ ($.eventSource = iam.amazonaws.com) || ($.eventSource = lambda.amazonaws.com) }"


def subject(kind: SubjectKind, name: str, region: str = HERE, account: str = OWN) -> Subject:
    return Subject(kind=kind, arn=f"arn:aws:x:{region}:{account}:{name}", account=account, region=region)


def function(name: str = "mailer", region: str = HERE, role: str | None = None) -> Function:
    arn = f"arn:aws:lambda:{region}:{OWN}:function:{name}"
    own = Subject(kind=SubjectKind.FUNCTION, arn=arn, account=OWN, region=region)
    return Function(subject=own, name=name, arn=arn, latest=Configuration(role=role))


def trail(name: str = "all", region: str = HERE, **fields: object) -> Trail:
    usual = {"logging": True, "multi_region": True, "validated": True, "global_events": True, "selectors": ALL}
    usual |= {"subject": subject(SubjectKind.TRAIL, name, region), "name": name}
    return Trail(**(usual | fields))  # type: ignore[arg-type]


def rule(pattern: str, region: str = HERE, **fields: object) -> EventRule:
    name = f"rule-{len(pattern)}"
    usual = {"enabled": True, "targets": (TOPIC,), "bus": "default"}
    return EventRule(
        subject=subject(SubjectKind.EVENT_RULE, name, region), name=name, pattern=pattern, **(usual | fields)
    )  # type: ignore[arg-type]


IAM, LAMBDA = rule('{"source": ["aws.iam"]}'), rule('{"source": ["aws.lambda"]}')


def counted(pattern: str = EVERYTHING, group: str = GROUP) -> MetricFilter:
    own = subject(SubjectKind.METRIC_FILTER, "filter")
    return MetricFilter(subject=own, name="filter", log_group=group, pattern=pattern, metrics=(COUNTED,))


def alarm(name: str = "alarm", **fields: object) -> Alarm:
    usual = {"metrics": (COUNTED,), "actions": (TOPIC,), "enabled": True}
    return Alarm(subject=subject(SubjectKind.ALARM, name), name=name, **(usual | fields))  # type: ignore[arg-type]


def recorder(region: str = HERE, **fields: object) -> ConfigRecorder:
    usual = {"recording": True, "all_supported": True, "global_types": True}
    return ConfigRecorder(subject=subject(SubjectKind.CONFIG_RECORDER, "default", region), **(usual | fields))  # type: ignore[arg-type]


def config_rule(source: str | None, region: str = HERE, **fields: object) -> ConfigRule:
    own = subject(SubjectKind.CONFIG_RULE, str(source), region)
    return ConfigRule(subject=own, name="rule", source=source, **({"owner": "AWS", "active": True} | fields))  # type: ignore[arg-type]


PUBLIC = config_rule("LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED")
WILDCARDS = config_rule("IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS")


def gap(needs: str, region: str = HERE, about: Subject | None = None) -> Gap:
    account = Subject(kind=SubjectKind.ACCOUNT, arn=f"arn:aws:iam::{OWN}:root", account=OWN, region=region)
    return Gap(subject=about or account, needs=needs, reason=f"{needs} could not be read")


def estate(**facts: object) -> Estate:
    usual = {
        "functions": (function(),),
        "accounts": (Account(id=OWN, regions=(HERE, AWAY), every_region=True),),
    }
    return Estate(taken_at="2026-11-25T08:00:00Z", **(usual | facts))  # type: ignore[arg-type]


def judged(control: str, **facts: object) -> CheckRun:
    return check(estate(**facts), (control_named(control),), today=TODAY)


def outcome(run: CheckRun) -> str:
    """`error`, `warning` or `note` of the gravest finding, else `unknown`, `pass` or `not-applicable`."""
    if run.findings:
        return run.findings[0].severity.value
    if run.undecided:
        return "unknown"
    return "pass" if run.controls[0].passed else "not-applicable" if run.controls[0].not_applicable else "nothing"


def part(account: Account | None = None) -> tuple[Account, ...]:
    return (account or Account(id=OWN, regions=(AWAY,), every_region=False),)


TRAILS: dict[str, tuple[str, dict[str, object]]] = {
    "no trail at all": ("error", {}),
    "a trail that is switched off": ("error", {"trails": (trail(logging=False),)}),
    "reads only": ("error", {"trails": (trail(selectors=READS),)}),
    "data events only": ("error", {"trails": (trail(selectors=DATA_ONLY),)}),
    "all but IAM": ("error", {"trails": (trail(selectors=NO_IAM),)}),
    "another region's trail": (
        "error",
        {"functions": (function(region=AWAY),), "trails": (trail(multi_region=False),)},
    ),
    "a regional trail that leaves out global services": (
        "error",
        {"trails": (trail(multi_region=False, global_events=False),)},
    ),
    "a regional trail far from where IAM's events appear": (
        "error",
        {"functions": (function(region=AWAY),), "trails": (trail(region=AWAY, multi_region=False),)},
    ),
    "reads in one trail, nothing in the other": (
        "error",
        {"trails": (trail(selectors=READS), trail("off", logging=False))},
    ),
    "one caller only": (
        "error",
        {
            "trails": (
                trail(
                    selectors=(
                        EventSelector(
                            fields=(
                                FieldSelector(field="eventCategory", equals=("Management",)),
                                FieldSelector(field="userIdentity.arn", equals=("arn:aws:iam::1:root",)),
                            )
                        ),
                    )
                ),
            )
        },
    ),
    "a multi-region trail": ("pass", {"trails": (trail(),)}),
    "the organisation's trail": ("pass", {"trails": (trail(organization=True, home_region="eu-north-1"),)}),
    "a shadow in the function's region": (
        "pass",
        {"functions": (function(region=AWAY),), "trails": (trail(region=AWAY, home_region=HERE),)},
    ),
    "one trail is off, another is on": ("pass", {"trails": (trail("off", logging=False), trail())}),
    "reads in one trail, writes in another": (
        "pass",
        {
            "trails": (
                trail(selectors=READS),
                trail("w", selectors=selectors_of((Basic(read_write_type="WriteOnly"),), ())),
            )
        },
    ),
    "writes without the noise of keys": (
        "pass",
        {
            "trails": (
                trail(selectors=selectors_of((Basic(exclude_management_event_sources=("kms.amazonaws.com",)),), ())),
            )
        },
    ),
    "a regional trail where IAM's events appear": ("pass", {"trails": (trail(multi_region=False),)}),
    "two regional trails": (
        "pass",
        {
            "functions": (function(region=AWAY),),
            "trails": (trail(multi_region=False), trail("away", AWAY, multi_region=False, global_events=False)),
        },
    ),
    "trails that could not be listed": ("unknown", {"gaps": (gap("trails"),)}),
    "trails of another region that could not be listed": (
        "pass",
        {"trails": (trail(),), "gaps": (gap("trails", AWAY),)},
    ),
    "a status that could not be read": (
        "unknown",
        {"trails": (trail(logging=None),), "gaps": (gap("trail.logging", about=trail().subject),)},
    ),
    "selectors that could not be read": ("unknown", {"trails": (trail(selectors=None),)}),
    "a status that only the owning account could read": (
        "pass",
        {
            "trails": (
                trail(organization=True, logging=None, selectors=None),
                trail(organization=True, subject=msgspec.structs.replace(trail().subject, account=OTHER)),
            ),
            "gaps": (gap("trail.logging", about=trail().subject), gap("trail.selectors", about=trail().subject)),
        },
    ),
    "a status that could not be read, of a trail that records reads": (
        "error",
        {"trails": (trail(logging=None, selectors=READS),)},
    ),
    "the region of IAM's events was not read": (
        "unknown",
        {
            "accounts": part(),
            "functions": (function(region=AWAY),),
            "trails": (trail(region=AWAY, multi_region=False),),
        },
    ),
    "a multi-region trail, and only another region was read": (
        "pass",
        {"accounts": part(), "functions": (function(region=AWAY),), "trails": (trail(region=AWAY),)},
    ),
    "no functions": ("nothing", {"functions": ()}),
    "a template": ("nothing", {"accounts": ()}),
}


@pytest.mark.parametrize("name", TRAILS)
def test_trail_missing(name: str) -> None:
    """A trail counts where it is on and selects the calls that change access, wherever it was made."""
    expected, facts = TRAILS[name]

    assert expected == outcome(judged("trail-missing", **facts))


VALIDATED: dict[str, tuple[str, dict[str, object]]] = {
    "off": ("warning", {"trails": (trail(validated=False),)}),
    "off on both": ("warning", {"trails": (trail(validated=False), trail("b", validated=False))}),
    "on only where the trail is off": (
        "warning",
        {"trails": (trail(validated=False), trail("b", logging=False))},
    ),
    "on only where reads are recorded": (
        "warning",
        {"trails": (trail(validated=False), trail("b", selectors=READS))},
    ),
    "on only for Lambda's region": (
        "warning",
        {
            "functions": (function(region=AWAY),),
            "trails": (trail(region=AWAY, multi_region=False), trail(validated=False)),
        },
    ),
    "off on the organisation's": ("warning", {"trails": (trail(validated=False, organization=True),)}),
    "on": ("pass", {"trails": (trail(),)}),
    "on one of two": ("pass", {"trails": (trail(validated=False), trail("b"))}),
    "off on a trail that records no changes": (
        "pass",
        {"trails": (trail("b", validated=False, selectors=READS), trail())},
    ),
    "off on a trail that is off": ("pass", {"trails": (trail("b", validated=False, logging=False), trail())}),
    "the organisation's is on": ("pass", {"trails": (trail("b", validated=False), trail(organization=True))}),
    "no trail": ("not-applicable", {}),
    "off, and trails could not be listed": (
        "unknown",
        {"trails": (trail(validated=False),), "gaps": (gap("trails"),)},
    ),
}


@pytest.mark.parametrize("name", VALIDATED)
def test_trail_not_validated(name: str) -> None:
    """One validated trail that records changes is enough; one that records something else is not."""
    expected, facts = VALIDATED[name]

    assert expected == outcome(judged("trail-not-validated", **facts))


def data(**types: tuple[str, ...]) -> tuple[EventSelector, ...]:
    kinds = {"functions": "AWS::Lambda::Function", "objects": "AWS::S3::Object", "items": "AWS::DynamoDB::Table"}
    found = tuple(DataResource(kinds[name], values) for name, values in types.items())
    return selectors_of((Basic(data_resources=found),), ())


def advanced(kind: str, **fields: object) -> EventSelector:
    extra = (FieldSelector(**fields),) if fields else ()  # type: ignore[arg-type]
    category = FieldSelector(field="eventCategory", equals=("Data",))
    return EventSelector(fields=(category, FieldSelector(field="resources.type", equals=(kind,)), *extra))


BUCKET = Resource(subject=subject(SubjectKind.BUCKET, "uploads"), name="uploads", arn="arn:aws:s3:::uploads")
TABLE_ARN = f"arn:aws:dynamodb:{HERE}:{OWN}:table/orders"
TABLE = Resource(subject=subject(SubjectKind.TABLE, "orders"), name="orders", arn=TABLE_ARN)
BOTH = data(functions=("arn:aws:lambda",), objects=("arn:aws:s3",))
LAMBDA_TYPE, S3_TYPE = "AWS::Lambda::Function", "AWS::S3::Object"
EVENTS: dict[str, tuple[list[str], dict[str, object]]] = {
    "management events only": ([LAMBDA_TYPE, S3_TYPE], {"trails": (trail(),)}),
    "no trail": ([LAMBDA_TYPE, S3_TYPE], {}),
    "switched off": ([LAMBDA_TYPE, S3_TYPE], {"trails": (trail(logging=False, selectors=BOTH),)}),
    "objects only": ([LAMBDA_TYPE], {"trails": (trail(selectors=data(objects=("arn:aws:s3",))),)}),
    "another function": (
        [LAMBDA_TYPE],
        {
            "trails": (
                trail(
                    selectors=data(
                        functions=(f"arn:aws:lambda:{HERE}:{OWN}:function:other",), objects=("arn:aws:s3:::",)
                    )
                ),
            )
        },
    ),
    "one of two functions": (
        ["of 1 of 2 functions"],
        {
            "functions": (function(), function("reader")),
            "trails": (trail(selectors=data(functions=(function().arn,), objects=("arn:aws:s3",))),),  # type: ignore[arg-type]
        },
    ),
    "another bucket": (
        [S3_TYPE],
        {
            "resources": (BUCKET,),
            "trails": (trail(selectors=data(functions=("arn:aws:lambda",), objects=("arn:aws:s3:::other/",))),),
        },
    ),
    "writes of objects only": (
        [S3_TYPE],
        {
            "trails": (
                trail(
                    selectors=(
                        advanced(LAMBDA_TYPE),
                        advanced(S3_TYPE, field="readOnly", equals=("false",)),
                    )
                ),
            )
        },
    ),
    "a table": (["AWS::DynamoDB::Table"], {"resources": (TABLE,), "trails": (trail(selectors=BOTH),)}),
    "everything": ([], {"trails": (trail(selectors=BOTH),)}),
    "advanced selectors": ([], {"trails": (trail(selectors=(advanced(LAMBDA_TYPE), advanced(S3_TYPE))),)}),
    "two trails": (
        [],
        {
            "trails": (
                trail("f", selectors=data(functions=("arn:aws:lambda",))),
                trail("o", selectors=data(objects=("arn:aws:s3:::",))),
            )
        },
    ),
    "this function, and this bucket": (
        [],
        {
            "resources": (BUCKET,),
            "trails": (trail(selectors=data(functions=(function().arn,), objects=("arn:aws:s3:::uploads/",))),),  # type: ignore[arg-type]
        },
    ),
    "all buckets but the log's own": (
        [],
        {
            "resources": (BUCKET,),
            "trails": (
                trail(
                    selectors=(
                        advanced(LAMBDA_TYPE),
                        advanced(S3_TYPE, field="resources.ARN", not_starts_with=("arn:aws:s3:::logs/",)),
                    )
                ),
            ),
        },
    ),
    "a table, recorded": (
        [],
        {
            "resources": (TABLE,),
            "trails": (trail(selectors=(*BOTH, *data(items=("arn:aws:dynamodb",)))),),
        },
    ),
    "a table of another region": (
        [],
        {
            "resources": (msgspec.structs.replace(TABLE, subject=subject(SubjectKind.TABLE, "orders", AWAY)),),
            "trails": (trail(selectors=BOTH),),
        },
    ),
}


@pytest.mark.parametrize("name", EVENTS)
def test_data_events_not_recorded(name: str) -> None:
    """A note says of which kind of data events nothing, or not everything, is recorded."""
    expected, facts = EVENTS[name]

    run = judged("data-events-not-recorded", **facts)

    assert () == run.undecided
    assert len(expected) == len(run.findings)
    assert all(word in finding.message for word, finding in zip(expected, run.findings, strict=True))


@pytest.mark.parametrize(
    "facts",
    [
        {"gaps": (gap("trails"),)},
        {"trails": (trail(selectors=None),)},
        {"trails": (trail(selectors=(advanced(LAMBDA_TYPE, field="tomorrow", equals=("x",)), advanced(S3_TYPE))),)},
    ],
)
def test_data_events_that_could_not_be_read_are_unknown(facts: dict[str, object]) -> None:
    """Without the trails, their selectors or the meaning of a field nothing is missing for sure."""
    run = judged("data-events-not-recorded", **facts)

    assert "unknown" == outcome(run)


LOGGED = trail(log_group=GROUP)
TOLD: dict[str, tuple[str, dict[str, object]]] = {
    "nothing": ("warning", {"trails": (trail(),)}),
    "rules for other services": ("warning", {"trails": (trail(),), "event_rules": (rule('{"source": ["aws.s3"]}'),)}),
    "rules that are off": (
        "warning",
        {
            "trails": (trail(),),
            "event_rules": (
                msgspec.structs.replace(IAM, enabled=False),
                msgspec.structs.replace(LAMBDA, enabled=False),
            ),
        },
    ),
    "rules without a target": (
        "warning",
        {
            "trails": (trail(),),
            "event_rules": (msgspec.structs.replace(IAM, targets=()), msgspec.structs.replace(LAMBDA, targets=())),
        },
    ),
    "rules on another bus": (
        "warning",
        {
            "trails": (trail(),),
            "event_rules": (msgspec.structs.replace(IAM, bus="own"), msgspec.structs.replace(LAMBDA, bus="own")),
        },
    ),
    "rules without a trail": ("warning", {"event_rules": (IAM, LAMBDA)}),
    "IAM only": ("warning", {"trails": (trail(),), "event_rules": (IAM,)}),
    "a rule for IAM in a region where its events do not appear": (
        "warning",
        {
            "functions": (function(region=AWAY),),
            "trails": (trail(), trail(region=AWAY)),
            "event_rules": (rule('{"source": ["aws.iam", "aws.lambda"]}', AWAY),),
        },
    ),
    "the plain name of a Lambda call": (
        "note",
        {
            "trails": (trail(),),
            "event_rules": (
                IAM,
                rule('{"detail": {"eventName": ["AddPermission", {"suffix": "FunctionUrlConfig"}]}}'),
            ),
        },
    ),
    "a filter without an alarm": ("warning", {"trails": (LOGGED,), "metric_filters": (counted(),)}),
    "an alarm without an action": (
        "warning",
        {"trails": (LOGGED,), "metric_filters": (counted(),), "alarms": (alarm(actions=()),)},
    ),
    "an alarm whose actions are off": (
        "warning",
        {"trails": (LOGGED,), "metric_filters": (counted(),), "alarms": (alarm(enabled=False),)},
    ),
    "an alarm on another metric": (
        "warning",
        {
            "trails": (LOGGED,),
            "metric_filters": (counted(),),
            "alarms": (alarm(metrics=(Metric("Security", "Logins"),)),),
        },
    ),
    "a filter on another log group": (
        "warning",
        {"trails": (LOGGED,), "metric_filters": (counted(group=GROUP + "-old"),), "alarms": (alarm(),)},
    ),
    "the log group of a trail that is off": (
        "warning",
        {
            "trails": (msgspec.structs.replace(LOGGED, logging=False), trail("b")),
            "metric_filters": (counted(),),
            "alarms": (alarm(),),
        },
    ),
    "rules for both": ("pass", {"trails": (trail(),), "event_rules": (IAM, LAMBDA)}),
    "one rule for both": (
        "pass",
        {
            "trails": (trail(),),
            "event_rules": (rule('{"detail": {"eventSource": ["iam.amazonaws.com", "lambda.amazonaws.com"]}}'),),
        },
    ),
    "rules that list names": (
        "pass",
        {
            "trails": (trail(),),
            "event_rules": (
                rule(
                    '{"detail": {"eventName": [{"prefix": "Put"}, {"prefix": "Create"}, {"prefix": "Attach"},'
                    ' {"prefix": "Update"}, {"prefix": "Set"}, {"prefix": "Delete"}, {"prefix": "Add"}]}}'
                ),
            ),
        },
    ),
    "IAM's rule stands where its events appear": (
        "pass",
        {
            "functions": (function(region=AWAY),),
            "trails": (trail(), trail(region=AWAY)),
            "event_rules": (IAM, rule('{"source": ["aws.lambda"]}', AWAY)),
        },
    ),
    "a filter with an alarm": ("pass", {"trails": (LOGGED,), "metric_filters": (counted(),), "alarms": (alarm(),)}),
    "an alarm above the alarm": (
        "pass",
        {
            "trails": (LOGGED,),
            "metric_filters": (counted(),),
            "alarms": (alarm(actions=()), alarm("above", metrics=(), of=("alarm",))),
        },
    ),
    "a rule for IAM, a filter for Lambda": (
        "pass",
        {
            "trails": (LOGGED,),
            "event_rules": (IAM,),
            "metric_filters": (counted('{ $.eventSource = "lambda.amazonaws.com" }'),),
            "alarms": (alarm(),),
        },
    ),
    "alarms that could not be listed, where rules suffice": (
        "pass",
        {"trails": (trail(),), "event_rules": (IAM, LAMBDA), "gaps": (gap("alarms"), gap("metric-filters"))},
    ),
    "the organisation's log group, counted in the account that owns it": (
        "pass",
        {
            "accounts": (Account(id=OWN, regions=(HERE,)), Account(id=OTHER, regions=(HERE,))),
            "trails": (trail(organization=True, log_group=THEIRS),),
            "metric_filters": (
                MetricFilter(
                    subject=subject(SubjectKind.METRIC_FILTER, "f", account=OTHER),
                    name="f",
                    log_group=THEIRS,
                    pattern=EVERYTHING,
                    metrics=(COUNTED,),
                ),
            ),
            "alarms": (msgspec.structs.replace(alarm(), subject=subject(SubjectKind.ALARM, "a", account=OTHER)),),
        },
    ),
    "an alarm of another account on a metric of the same name": (
        "warning",
        {
            "accounts": (Account(id=OWN, regions=(HERE,)), Account(id=OTHER, regions=(HERE,))),
            "trails": (LOGGED,),
            "metric_filters": (counted(),),
            "alarms": (msgspec.structs.replace(alarm(), subject=subject(SubjectKind.ALARM, "a", account=OTHER)),),
        },
    ),
    "a log group that was not read, of a trail that is off": (
        "warning",
        {"trails": (trail("off", logging=False, log_group=THEIRS), trail())},
    ),
    "a rule without a target, where another's could not be listed": (
        "warning",
        {
            "trails": (trail(),),
            "event_rules": (msgspec.structs.replace(IAM, targets=()), LAMBDA),
            "gaps": (gap("event-rule.targets", about=LAMBDA.subject),),
        },
    ),
    "filters that could not be listed": ("unknown", {"trails": (LOGGED,), "gaps": (gap("metric-filters"),)}),
    "the region of IAM's events was not read": (
        "unknown",
        {
            "accounts": part(),
            "functions": (function(region=AWAY),),
            "trails": (trail(region=AWAY),),
            "event_rules": (rule('{"source": ["aws.lambda"]}', AWAY),),
        },
    ),
    "rules that could not be listed": ("unknown", {"trails": (trail(),), "gaps": (gap("event-rules"),)}),
    "targets that could not be listed": (
        "unknown",
        {
            "trails": (trail(),),
            "event_rules": (msgspec.structs.replace(IAM, targets=()), LAMBDA),
            "gaps": (gap("event-rule.targets", about=IAM.subject),),
        },
    ),
    "alarms that could not be listed": (
        "unknown",
        {"trails": (LOGGED,), "metric_filters": (counted(),), "gaps": (gap("alarms"),)},
    ),
    "a filter that is no JSON pattern": (
        "unknown",
        {"trails": (LOGGED,), "metric_filters": (counted("PutRolePolicy"),), "alarms": (alarm(),)},
    ),
    "a log group of an account that was not read": (
        "unknown",
        {"trails": (trail(organization=True, log_group=f"arn:aws:logs:{HERE}:{OTHER}:log-group:trail"),)},
    ),
    "a pattern of the future": (
        "unknown",
        {"trails": (trail(),), "event_rules": (rule('{"source": [{"sounds-like": "aws.iam"}]}'), LAMBDA)},
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_access_change_alarm_missing(name: str) -> None:
    """Somebody is told by a rule that is on and has a target, or by a filter whose alarm acts."""
    expected, facts = TOLD[name]

    assert expected == outcome(judged("access-change-alarm-missing", **facts))


def test_a_rule_for_the_plain_name_is_explained() -> None:
    """The hint names the event as CloudTrail writes it."""
    run = judged("access-change-alarm-missing", **TOLD["the plain name of a Lambda call"][1])

    assert ["nobody is told of `AddPermission`; other calls to Lambda that change access are told"] == [
        finding.message for finding in run.findings
    ]
    assert "AddPermission20150331v2" in (run.findings[0].hint or "")


LAMBDA_ONLY = {"all_supported": False, "global_types": False, "types": (LAMBDA_TYPE,)}
IAM_ONLY = {"all_supported": False, "global_types": False, "types": ("AWS::IAM::Policy", "AWS::IAM::Role")}
RECORDERS: dict[str, tuple[str, dict[str, object]]] = {
    "none": ("warning", {}),
    "switched off": ("warning", {"config_recorders": (recorder(recording=False),)}),
    "other types": ("warning", {"config_recorders": (recorder(all_supported=False, types=(S3_TYPE,)),)}),
    "functions are left out": ("warning", {"config_recorders": (recorder(excluded=(LAMBDA_TYPE,)),)}),
    "another region only": ("warning", {"config_recorders": (recorder(AWAY),)}),
    "all but IAM, everywhere": (
        "warning",
        {"config_recorders": (recorder(global_types=False), recorder(AWAY, global_types=False))},
    ),
    "IAM only where the recorder is off": (
        "warning",
        {"config_recorders": (recorder(global_types=False), recorder(AWAY, recording=False))},
    ),
    "IAM in a region that cannot record it": (
        "warning",
        {
            "accounts": part(Account(id=OWN, regions=(HERE, "eu-south-2"), every_region=True)),
            "config_recorders": (recorder(global_types=False), recorder("eu-south-2")),
        },
    ),
    "roles without policies": (
        "warning",
        {"config_recorders": (recorder(all_supported=False, types=(LAMBDA_TYPE, "AWS::IAM::Role")),)},
    ),
    "all": ("pass", {"config_recorders": (recorder(),)}),
    "IAM in another region": ("pass", {"config_recorders": (recorder(global_types=False), recorder(AWAY))}),
    "just what is asked for": (
        "pass",
        {"config_recorders": (recorder(**LAMBDA_ONLY), recorder(AWAY, **IAM_ONLY))},
    ),
    "other types are left out": ("pass", {"config_recorders": (recorder(excluded=(S3_TYPE,)),)}),
    "a region without functions records nothing": ("pass", {"config_recorders": (recorder(),), "trails": ()}),
    "recorders that could not be listed": ("unknown", {"gaps": (gap("config-recorders"),)}),
    "a status that could not be read": ("unknown", {"config_recorders": (recorder(recording=None),)}),
    "IAM, and not all regions were read": (
        "unknown",
        {
            "accounts": part(Account(id=OWN, regions=(HERE,), every_region=False)),
            "config_recorders": (recorder(global_types=False),),
        },
    ),
    "IAM, and another region's recorders could not be listed": (
        "unknown",
        {"config_recorders": (recorder(global_types=False),), "gaps": (gap("config-recorders", AWAY),)},
    ),
}


@pytest.mark.parametrize("name", RECORDERS)
def test_config_recorder_off(name: str) -> None:
    """Functions are recorded where they are, identities in one region of the account."""
    expected, facts = RECORDERS[name]

    assert expected == outcome(judged("config-recorder-off", **facts))


def role(form: PolicyForm) -> Role:
    arn = f"arn:aws:iam::{OWN}:role/mailer"
    policies = (AttachedPolicy(name="p", form=form, document=None),)
    own = Subject(kind=SubjectKind.ROLE, arn=arn, account=OWN)
    return Role(subject=own, name="mailer", arn=arn, policies=policies)


def held(form: PolicyForm) -> dict[str, object]:
    return {"functions": (function(role=f"arn:aws:iam::{OWN}:role/mailer"),), "roles": (role(form),)}


def own_rule(*types: str, **fields: object) -> ConfigRule:
    return config_rule(f"arn:aws:lambda:{HERE}:{OWN}:function:r", owner="CUSTOM_LAMBDA", types=types, **fields)


NO_INLINE = config_rule("IAM_NO_INLINE_POLICY_CHECK")
RULES: dict[str, tuple[str, dict[str, object]]] = {
    "none": ("note", {}),
    "other rules": ("note", {"config_rules": (config_rule("S3_BUCKET_PUBLIC_READ_PROHIBITED"),)}),
    "functions only": ("note", {"config_rules": (PUBLIC,)}),
    "policies only": ("note", {"config_rules": (WILDCARDS,)}),
    "a rule that is being deleted": (
        "note",
        {"config_rules": (msgspec.structs.replace(PUBLIC, active=False), WILDCARDS)},
    ),
    "functions of another region": (
        "note",
        {"config_rules": (config_rule("LAMBDA_INSIDE_VPC", AWAY), WILDCARDS)},
    ),
    "managed rules do not see inline policies": (
        "note",
        {"config_rules": (PUBLIC, WILDCARDS)} | held(PolicyForm.INLINE),
    ),
    "one's own rule for something else": (
        "note",
        {"config_rules": (own_rule("AWS::S3::Bucket"), WILDCARDS)},
    ),
    "both": ("pass", {"config_rules": (PUBLIC, WILDCARDS)}),
    "inside a VPC": ("pass", {"config_rules": (config_rule("LAMBDA_INSIDE_VPC"), WILDCARDS)}),
    "administrators, in another region": (
        "pass",
        {"config_rules": (PUBLIC, config_rule("IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", AWAY))},
    ),
    "inline policies are forbidden": (
        "pass",
        {"config_rules": (PUBLIC, WILDCARDS, NO_INLINE)} | held(PolicyForm.INLINE),
    ),
    "one's own rules": (
        "pass",
        {"config_rules": (own_rule(LAMBDA_TYPE, "AWS::IAM::Role"),)} | held(PolicyForm.INLINE),
    ),
    "a policy rule of one's own": (
        "pass",
        {"config_rules": (PUBLIC, config_rule(None, owner="CUSTOM_POLICY", types=("AWS::IAM::Policy",)))},
    ),
    "managed policies only": (
        "pass",
        {"config_rules": (PUBLIC, WILDCARDS)} | held(PolicyForm.CUSTOMER_MANAGED),
    ),
    "one's own rule without a scope": ("unknown", {"config_rules": (own_rule(),)}),
    "rules that could not be listed": ("unknown", {"gaps": (gap("config-rules"),)}),
    "not all regions were read": (
        "unknown",
        {"accounts": part(Account(id=OWN, regions=(HERE,), every_region=False)), "config_rules": (PUBLIC,)},
    ),
    "a role that was not read": (
        "unknown",
        {
            "config_rules": (PUBLIC, WILDCARDS),
            "functions": (function(role=f"arn:aws:iam::{OWN}:role/elsewhere"),),
        },
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_access_config_rules_missing(name: str) -> None:
    """A rule counts for what it looks at: managed ones by name, one's own by scope."""
    expected, facts = RULES[name]

    assert expected == outcome(judged("access-config-rules-missing", **facts))


@pytest.mark.parametrize("control", WATCHING)
def test_a_template_is_not_judged(control: str, tmp_path: object) -> None:
    """A template does not say what an account records: there is no subject, and no verdict."""
    template = {
        "Resources": {
            "Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"IsLogging": False, "S3BucketName": "b"}},
            "Worker": {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::1:role/x"}},
        }
    }
    path = tmp_path / "template.json"  # type: ignore[operator]
    path.write_text(json.dumps(template))
    read = read_targets([str(path)], parameters={}, taken_at="2026-11-25T08:00:00Z").estate

    run = check(read, (control_named(control),), today=TODAY)

    assert (0, (), ()) == (run.controls[0].population, run.findings, run.undecided)


@pytest.mark.parametrize("control", WATCHING)
def test_each_region_with_functions_is_a_subject(control: str) -> None:
    """Two regions are two subjects; one without functions is none."""
    run = judged(control, functions=(function(), function("b"), function("c", AWAY)))

    assert 2 == run.controls[0].population


@pytest.mark.parametrize("control", WATCHING)
def test_functions_that_could_not_be_listed_leave_the_account_unknown(control: str) -> None:
    """Where functions may live that nobody could list, the account stands for the region."""
    run = judged(control, functions=(), gaps=(gap("functions"),))

    assert 1 == run.controls[0].unknown


@pytest.mark.parametrize("control", WATCHING)
def test_an_account_that_could_not_be_read_is_unknown(control: str) -> None:
    """A role that cannot be taken leaves nothing to judge, and nothing passed."""
    run = judged(control, functions=(), gaps=(gap("account"),))

    assert (0, 1) == (run.controls[0].passed, run.controls[0].unknown)
