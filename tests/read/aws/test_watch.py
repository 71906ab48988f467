"""Claims about trails, AWS Config, event rules and alarms of a live account, read over HTTP from a moto server."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import botocore.session
import pytest
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from apiece.api.check import check
from apiece.api.policy import calls
from apiece.api.read import read_targets
from apiece.controls.registry import control_named
from apiece.estate import snapshot
from apiece.estate.estate import Estate
from apiece.estate.watch import Metric
from apiece.read.aws.areas.alarms import _children

HERE, AWAY, OWN = "us-east-1", "eu-west-1", "123456789012"
SECRET = "hunter2-is-not-kept"
Start = Callable[..., "Iterable[bytes]"]


Answer = Callable[[dict[str, Any]], tuple[int, dict[str, object]]]


class Front:
    """Stands before the server and answers some operations itself, from the request's body."""

    def __init__(self, inner: Start) -> None:
        self.inner = inner
        self.answers: dict[str, Answer] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        operation = environ.get("HTTP_X_AMZ_TARGET", environ["PATH_INFO"]).replace("/", ".").rpartition(".")[2]
        if operation not in self.answers:
            return self.inner(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, answer = self.answers[operation](json.loads(body) if body[:1] == b"{" else {})
        start_response(f"{status} -", [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps(answer).encode()]


def denied(_: dict[str, Any]) -> tuple[int, dict[str, object]]:
    """As AWS refuses what a policy does not allow."""
    return 403, {"__type": "AccessDeniedException", "message": "no"}


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Front]]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    inner = moto._server  # noqa: SLF001 (the WSGI server, to stand before its application)
    front = Front(inner.app)
    inner.app = front
    yield f"http://{host}:{port}", front
    moto.stop()


Client = Callable[..., Any]


@pytest.fixture
def client(server: tuple[str, Front], monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    address, front = server
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    session = botocore.session.Session()
    yield lambda service, region=HERE: session.create_client(service, region_name=region)
    front.answers.clear()
    moto_api_backend.reset()


def read(*regions: str) -> Estate:
    target = f"aws:/{','.join(regions or (HERE,))}"
    return read_targets([target], parameters={}, taken_at="2026-11-25T08:00:00Z").estate


def a_trail(client: Client, name: str = "all", region: str = HERE, **fields: object) -> None:
    client("s3").create_bucket(Bucket=f"log-{name}")
    usual = {"S3BucketName": f"log-{name}", "IsMultiRegionTrail": True, "EnableLogFileValidation": True}
    client("cloudtrail", region).create_trail(Name=name, **(usual | fields))
    client("cloudtrail", region).start_logging(Name=name)


def test_a_trail_is_read_with_its_status_and_selectors(client: Client) -> None:
    """A fresh trail is on, validated and records all management events."""
    a_trail(client)

    (trail,) = read().trails

    assert ("all", True, True, True, HERE) == (
        trail.name,
        trail.logging,
        trail.multi_region,
        trail.validated,
        trail.home_region,
    )
    assert [("eventCategory", ("Management",))] == [
        (field.field, field.equals) for one in trail.selectors or () for field in one.fields
    ]


def test_a_multi_region_trail_is_a_fact_of_each_region(client: Client) -> None:
    """The shadow in another region has the status and the selectors of its home."""
    a_trail(client)

    trails = read(HERE, AWAY).trails

    assert [AWAY, HERE] == sorted(str(trail.subject.region) for trail in trails)
    assert {True} == {trail.logging for trail in trails}
    assert 1 == len({trail.selectors for trail in trails})


def test_a_regional_trail_is_no_fact_of_another_region(client: Client) -> None:
    """Only its own region sees it."""
    a_trail(client, region=AWAY, IsMultiRegionTrail=False)

    assert [AWAY] == [trail.subject.region for trail in read(HERE, AWAY).trails]


def test_a_trail_whose_home_is_not_among_the_regions_is_read(client: Client) -> None:
    """Its status is asked for at home, wherever that is."""
    a_trail(client, region="ap-south-1")

    estate = read(HERE)

    assert [(HERE, "ap-south-1", True)] == [
        (trail.subject.region, trail.home_region, trail.logging) for trail in estate.trails
    ]
    assert () == estate.gaps


def test_a_trail_that_was_stopped_is_off(client: Client) -> None:
    """Its status says so."""
    a_trail(client)
    client("cloudtrail").stop_logging(Name="all")

    assert [False] == [trail.logging for trail in read().trails]


def organisations(given: object) -> dict[str, object]:
    """A trail of another account, as a member of the organisation sees it."""
    arn = f"arn:aws:cloudtrail:{HERE}:111122223333:trail/all"
    own = {"IsOrganizationTrail": True, "IsMultiRegionTrail": True, "LogFileValidationEnabled": True}
    return {"Name": "all", "TrailARN": arn, "HomeRegion": HERE, "HasCustomEventSelectors": given} | own


@pytest.mark.parametrize(("given", "needs"), [(False, ["trail.logging"]), (True, ["trail.logging", "trail.selectors"])])
def test_what_a_member_may_not_ask_of_the_organisations_trail(
    client: Client, server: tuple[str, Front], given: object, needs: list[str]
) -> None:
    """Whether it was given selectors is in its description; all else its owner must be asked."""
    del client
    listed = organisations(given is True)
    server[1].answers["DescribeTrails"] = lambda _: (200, {"trailList": [listed]})

    estate = read()

    assert needs == [gap.needs for gap in estate.gaps]
    assert {"read account 111122223333, which owns the trail, in the same run"} == {gap.hint for gap in estate.gaps}
    assert [given is True] == [trail.selectors is None for trail in estate.trails]


def test_basic_and_advanced_selectors_are_kept_in_one_form(client: Client) -> None:
    """A basic selector for functions reads as the advanced one that means the same."""
    a_trail(client, "basic")
    a_trail(client, "advanced")
    kind = "AWS::Lambda::Function"
    client("cloudtrail").put_event_selectors(
        TrailName="basic",
        EventSelectors=[
            {
                "ReadWriteType": "All",
                "IncludeManagementEvents": False,
                "DataResources": [{"Type": kind, "Values": ["arn:aws:lambda"]}],
            }
        ],
    )
    fields = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": [kind]}]
    client("cloudtrail").put_event_selectors(TrailName="advanced", AdvancedEventSelectors=[{"FieldSelectors": fields}])

    first, second = read().trails

    assert first.selectors == second.selectors


def test_metric_filters_and_alarms_are_read(client: Client) -> None:
    """The filters of the trail's log group, what they count, and what the alarm on it does."""
    client("logs").create_log_group(logGroupName="trail")
    group = f"arn:aws:logs:{HERE}:{OWN}:log-group:trail"
    role = f"arn:aws:iam::{OWN}:role/cloudtrail"
    a_trail(client, CloudWatchLogsLogGroupArn=f"{group}:*", CloudWatchLogsRoleArn=role)
    client("logs").put_metric_filter(
        logGroupName="trail",
        filterName="changes",
        filterPattern="{ $.eventName = PutRolePolicy }",
        metricTransformations=[{"metricName": "Changes", "metricNamespace": "Security", "metricValue": "1"}],
    )
    client("cloudwatch").put_metric_alarm(
        AlarmName="changes",
        Namespace="Security",
        MetricName="Changes",
        AlarmActions=[f"arn:aws:sns:{HERE}:{OWN}:security"],
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        Period=60,
        Statistic="Sum",
    )

    estate = read()

    assert [group] == [trail.log_group for trail in estate.trails]
    assert [(group, "{ $.eventName = PutRolePolicy }", (Metric("Security", "Changes"),))] == [
        (one.log_group, one.pattern, one.metrics) for one in estate.metric_filters
    ]
    assert [((Metric("Security", "Changes"),), (f"arn:aws:sns:{HERE}:{OWN}:security",), True)] == [
        (one.metrics, one.actions, one.enabled) for one in estate.alarms
    ]


def test_a_log_group_that_is_gone_has_no_filters(client: Client) -> None:
    """A trail may name a group that somebody deleted: that is absence, no gap."""
    client("logs").create_log_group(logGroupName="trail")
    group = f"arn:aws:logs:{HERE}:{OWN}:log-group:trail:*"
    a_trail(client, CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=f"arn:aws:iam::{OWN}:role/cloudtrail")
    client("logs").delete_log_group(logGroupName="trail")

    estate = read()

    assert ((), ()) == (estate.metric_filters, estate.gaps)


def test_event_rules_are_read_with_bus_state_and_targets_but_never_inputs(client: Client) -> None:
    """What a rule sends may hold a secret; where it sends it does not."""
    events = client("events")
    events.create_event_bus(Name="own")
    pattern = '{"source": ["aws.iam"]}'
    events.put_rule(Name="changes", EventPattern=pattern)
    events.put_rule(Name="other", EventPattern=pattern, EventBusName="own", State="DISABLED")
    events.put_rule(Name="clock", ScheduleExpression="rate(1 hour)")
    topic = f"arn:aws:sns:{HERE}:{OWN}:security"
    events.put_targets(Rule="changes", Targets=[{"Id": "1", "Arn": topic, "Input": json.dumps({"token": SECRET})}])

    estate = read()

    found = {str(rule.name): (rule.bus, rule.enabled, rule.targets) for rule in estate.event_rules}
    assert {
        "changes": ("default", True, (topic,)),
        "other": ("own", False, ()),
        "clock": ("default", True, ()),
    } == found
    assert pattern == next(rule.pattern for rule in estate.event_rules if rule.name == "changes")
    assert SECRET not in snapshot.dump(estate).decode()


def test_all_buses_are_read_page_by_page(client: Client, server: tuple[str, Front]) -> None:
    """Rules on the bus of a second page are found."""
    for name in ("first", "second"):
        client("events").create_event_bus(Name=name)
        client("events").put_rule(Name=f"rule-{name}", EventPattern="{}", EventBusName=name)
    pages = {None: ("first", "token"), "token": ("second", None)}

    def answer(body: dict[str, Any]) -> tuple[int, dict[str, object]]:
        name, token = pages[body.get("NextToken")]
        return 200, {"EventBuses": [{"Name": name}]} | ({"NextToken": token} if token else {})

    server[1].answers["ListEventBuses"] = answer

    assert ["first", "second"] == sorted(str(rule.bus) for rule in read().event_rules)


def test_pages_without_an_end_are_a_gap(client: Client, server: tuple[str, Front]) -> None:
    """A list that never ends is cut off, and said to be."""
    del client
    server[1].answers["ListEventBuses"] = lambda _: (200, {"EventBuses": [], "NextToken": "again"})

    assert ["event-buses"] == [gap.needs for gap in read().gaps]


def test_recorders_and_rules_are_read(client: Client) -> None:
    """What the recorder records, whether it is on, and what the rules are."""
    config = client("config")
    role = f"arn:aws:iam::{OWN}:role/config"
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": role,
            "recordingGroup": {"allSupported": False, "resourceTypes": ["AWS::Lambda::Function", "AWS::IAM::Role"]},
        }
    )
    client("s3").create_bucket(Bucket="config")
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "config"})
    identifier = "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS"
    config.put_config_rule(
        ConfigRule={
            "ConfigRuleName": "wildcards",
            "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
            "Scope": {"ComplianceResourceTypes": ["AWS::IAM::Policy"]},
        }
    )

    off = read()
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    on = read()

    assert [(False, ("AWS::IAM::Role", "AWS::Lambda::Function"))] == [
        (one.recording, one.types) for one in off.config_recorders
    ]
    assert [True] == [one.recording for one in on.config_recorders]
    assert [(identifier, "AWS", ("AWS::IAM::Policy",), True)] == [
        (one.source, one.owner, one.types, one.active) for one in on.config_rules
    ]


def test_a_recorder_of_a_service_is_not_the_accounts(client: Client, server: tuple[str, Front]) -> None:
    """What AWS records for one of its own services is left out."""
    del client
    group = {"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}
    left_out = {"exclusionByResourceTypes": {"resourceTypes": ["AWS::S3::Bucket"]}}
    listed = [
        {"name": "of-a-service", "servicePrincipal": "securityhub.amazonaws.com"},
        {"name": "default", "recordingGroup": group | left_out},
    ]
    server[1].answers["DescribeConfigurationRecorders"] = lambda _: (200, {"ConfigurationRecorders": listed})

    (found,) = read().config_recorders

    assert (True, True, ("AWS::S3::Bucket",), False) == (
        found.all_supported,
        found.global_types,
        found.excluded,
        found.recording,
    )


def test_alarms_above_alarms_name_them() -> None:
    """Names and ARNs in the rule of a composite alarm, quoted or not."""
    rule = (
        'ALARM("first alarm") OR (ALARM(second) AND NOT OK("third"))'
        f' OR ALARM("arn:aws:cloudwatch:{HERE}:{OWN}:alarm:fourth")'
    )

    assert ("first alarm", "fourth", "second") == _children(rule)


def test_an_account_without_any_of_it_has_neither_records_nor_gaps(client: Client) -> None:
    """Nothing there is a fact."""
    del client

    estate = read()

    assert ((), (), (), (), (), (), ()) == (
        estate.trails,
        estate.config_recorders,
        estate.config_rules,
        estate.event_rules,
        estate.metric_filters,
        estate.alarms,
        estate.gaps,
    )


def everything(client: Client) -> None:
    """One of each kind, so that each call is made."""
    client("logs").create_log_group(logGroupName="trail")
    group = f"arn:aws:logs:{HERE}:{OWN}:log-group:trail:*"
    a_trail(client, CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=f"arn:aws:iam::{OWN}:role/cloudtrail")
    client("events").put_rule(Name="changes", EventPattern='{"source": ["aws.iam", "aws.lambda"]}')
    role = f"arn:aws:iam::{OWN}:role/config"
    group_of_types = {"allSupported": True, "includeGlobalResourceTypes": True}
    client("config").put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": role, "recordingGroup": group_of_types}
    )
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    client("lambda").create_function(
        FunctionName="worker", Runtime="python3.13", Role=arn, Handler="a.b", Code={"ZipFile": b"x"}
    )


DENIED = {
    "DescribeTrails": ("trails", "trail-missing"),
    "GetTrailStatus": ("trail.logging", "trail-missing"),
    "GetEventSelectors": ("trail.selectors", "trail-missing"),
    "DescribeConfigurationRecorders": ("config-recorders", "config-recorder-off"),
    "DescribeConfigurationRecorderStatus": ("config-recorder.recording", "config-recorder-off"),
    "DescribeConfigRules": ("config-rules", "access-config-rules-missing"),
    "ListEventBuses": ("event-buses", None),
    "ListRules": ("event-rules", "access-change-alarm-missing"),
    "ListTargetsByRule": ("event-rule.targets", "access-change-alarm-missing"),
    "DescribeMetricFilters": ("metric-filters", "access-change-alarm-missing"),
    "DescribeAlarms": ("alarms", None),
}


@pytest.mark.parametrize("operation", DENIED)
def test_a_refused_call_is_a_gap_and_never_a_finding(client: Client, server: tuple[str, Front], operation: str) -> None:
    """What nobody could read is unknown, with the action to grant: it is neither missing nor fine."""
    needs, control = DENIED[operation]
    everything(client)
    server[1].answers[operation] = denied

    estate = read()

    assert [needs] == [gap.needs for gap in estate.gaps]
    if operation != "DescribeAlarms":  # spoken in another protocol, in which this refusal is no answer at all
        assert estate.gaps[0].iam_action is not None
        assert estate.gaps[0].iam_action.endswith(f":{operation}")
    if control is not None:
        run = check(estate, (control_named(control),), today=dt.date(2026, 11, 25))
        assert run.undecided
        assert () == run.findings


def test_every_call_is_in_the_policy_that_we_ask_for() -> None:
    """The calls of these areas are found by `apiece policy`."""
    declared = {call.action.partition(":")[2] for call in calls()}

    assert set() == set(DENIED) - declared
