"""Claims about networks of live accounts, read from a real server that speaks AWS's protocols (moto)."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import msgspec
import pytest
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.server import ThreadedMotoServer

from apiece.controls.network.open_security_group import open_security_group
from apiece.controls.run import run_controls
from apiece.estate.estate import Estate
from apiece.estate.function import Configuration, Function, VpcAttachment
from apiece.estate.gap import Gap
from apiece.estate.network import SecurityGroup
from apiece.estate.subject import SubjectKind
from apiece.read.aws.areas.networks import DESCRIBE_GROUPS, GroupPage, networks
from apiece.read.aws.call import Failure, Lack
from apiece.read.aws.desk import Counter, Desk
from apiece.read.aws.facts import Facts
from apiece.read.aws.pace import Pace
from apiece.read.aws.session import open_access
from apiece.read.aws.wire import Wire
from apiece.records.run import SubjectVerdict
from apiece.records.verdict import Outcome

ACCOUNT = "123456789012"
REGION = "us-east-1"
PACE = Pace(lambda: 0.0, lambda _: None, limited=False)
DAY = dt.date(2026, 6, 15)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment, ThreadPoolExecutor(2) as pool:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
            environment.delenv(name, raising=False)
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }.items():
            environment.setenv(name, value)
        wire = Wire(open_access(None, REGION), ACCOUNT, REGION, PACE, threading.Event())
        yield Desk(ACCOUNT, REGION, "aws", wire, pool, None, Counter(), threading.Event())
    server.stop()


@pytest.fixture(scope="module")
def client(desk: Desk) -> Any:  # noqa: ANN401 (boto3 has no types)
    assert desk.region == REGION
    return boto3.client("ec2", region_name=REGION)


@pytest.fixture
def ec2(client: Any) -> Any:  # noqa: ANN401
    """An account with nothing but what AWS puts into it."""
    BackendDict.reset()
    reset_model_data()
    return client


@pytest.fixture
def vpc(ec2: Any) -> str:  # noqa: ANN401
    return str(ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])


def _group(ec2: Any, vpc: str, permissions: list[dict[str, Any]]) -> str:  # noqa: ANN401
    made = str(ec2.create_security_group(GroupName="own", Description="d", VpcId=vpc)["GroupId"])
    if permissions:
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=permissions)
    return made


def _read_group(desk: Desk, identifier: str) -> SecurityGroup:
    return next(group for group in networks(desk).security_groups if group.id == identifier)


def test_each_peer_of_a_permission_is_a_rule(desk: Desk, ec2: Any, vpc: str) -> None:  # noqa: ANN401
    """Addresses of both kinds, prefix lists and groups that AWS gives together come apart, with the same ports."""
    friend = str(ec2.create_security_group(GroupName="friend", Description="d", VpcId=vpc)["GroupId"])
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 444,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "192.0.2.0/24", "Description": "späte Gäste"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "PrefixListIds": [{"PrefixListId": "pl-0123"}],
        "UserIdGroupPairs": [{"GroupId": friend}],
    }
    made = _group(ec2, vpc, [permission])

    rules = _read_group(desk, made).ingress

    expected = {
        ("ipv4", "10.0.0.0/8"),
        ("ipv4", "192.0.2.0/24"),
        ("ipv6", "::/0"),
        ("prefix-list", "pl-0123"),
        ("security-group", friend),
    }
    assert expected == {(rule.peer_kind.value, rule.peer) for rule in rules}
    assert {("tcp", 443, 444)} == {(rule.protocol, rule.from_port, rule.to_port) for rule in rules}


def test_a_rule_for_all_traffic_has_no_ports(desk: Desk, ec2: Any, vpc: str) -> None:  # noqa: ANN401
    """Protocol `-1` comes without ports, which means all of them."""
    made = _group(ec2, vpc, [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])

    (rule,) = _read_group(desk, made).ingress

    assert ("-1", None, None) == (rule.protocol, rule.from_port, rule.to_port)


def test_a_group_states_its_outbound_rules(desk: Desk, ec2: Any, vpc: str) -> None:  # noqa: ANN401
    """A live group always says what may go out: no rule there means that nothing may."""
    made = _group(ec2, vpc, [])
    before = _read_group(desk, made).egress
    ec2.revoke_security_group_egress(
        GroupId=made, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )

    assert before is not None
    assert ["0.0.0.0/0"] == [rule.peer for rule in before]
    assert () == _read_group(desk, made).egress


def test_networks_and_subnets_know_each_other(desk: Desk, ec2: Any, vpc: str) -> None:  # noqa: ANN401
    """A subnet names its VPC by id; both have ARNs of the account and region."""
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]

    facts = networks(desk)

    (found,) = [one for one in facts.subnets if one.id == subnet]
    (network,) = [one for one in facts.vpcs if one.id == vpc]
    assert (vpc, "10.9.0.0/16") == (found.vpc, network.cidr)
    assert f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/{subnet}" == found.subject.arn
    assert [] == facts.gaps


def test_an_endpoint_comes_with_its_policy(desk: Desk, ec2: Any, vpc: str) -> None:  # noqa: ANN401
    """The policy of an endpoint is parsed as one."""
    document = {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::ours/*"},
        ]
    }
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", PolicyDocument=json.dumps(document))

    (endpoint,) = networks(desk).endpoints

    assert ("com.amazonaws.us-east-1.s3", vpc) == (endpoint.service, endpoint.vpc)
    assert endpoint.policies[0].document is not None
    assert "endpoint" == endpoint.policies[0].document.kind


@pytest.mark.parametrize("text", ["[]", '{"Statement": 1}', "{", '{"Statement": [{"Effect": "\\u0000"}]}'])
def test_an_absurd_endpoint_policy_is_a_gap(desk: Desk, ec2: Any, vpc: str, text: str) -> None:  # noqa: ANN401
    """What is no policy is attached without a document, and a gap on the endpoint says why."""
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", PolicyDocument=text)

    facts = networks(desk)

    (gap,) = facts.gaps
    assert (SubjectKind.ENDPOINT, "endpoint.policies") == (gap.subject.kind, gap.needs)
    assert [None] == [policy.document for policy in facts.endpoints[0].policies]


@pytest.mark.parametrize("kind", ["IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds"])
def test_optional_fields_may_be_missing(kind: str) -> None:
    """A permission is read with any of its lists alone, or with none."""
    peers = {
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
        "Ipv6Ranges": [{"CidrIpv6": "fc00::/7"}],
        "UserIdGroupPairs": [{"GroupName": "classic"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
    }
    raw = {"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [{kind: peers[kind]}, {"IpProtocol": "tcp"}]}]}

    page = msgspec.convert(raw, GroupPage)

    assert ("-1", "tcp") == tuple(one.ip_protocol for one in page.security_groups[0].ip_permissions)


# ---- functions whose groups could not be read ------------------------------------------------------------------------


def _function(name: str, desk: Desk, *groups: str) -> Function:
    arn = desk.arn("lambda", f"function:{name}")
    vpc = VpcAttachment(subnets=("subnet-1",), security_groups=groups) if groups else None
    latest = Configuration(role=None, vpc=vpc)
    return Function(subject=desk.subject(SubjectKind.FUNCTION, arn), name=name, arn=arn, latest=latest)


def _judged(facts: Facts, *functions: Function) -> dict[str, SubjectVerdict]:
    estate = Estate(
        taken_at="",
        functions=functions,
        security_groups=tuple(facts.security_groups),
        gaps=tuple(facts.gaps),
    )
    return {one.subject.name: one for one in run_controls(estate, (open_security_group,), today=DAY).verdicts}


def _denied(desk: Desk) -> Gap:
    failure = Failure(Lack.DENIED, "UnauthorizedOperation")
    return desk.gap(DESCRIBE_GROUPS, failure, desk.itself, "security-groups", "the list of security groups")


def test_groups_that_could_not_be_listed_leave_functions_in_a_vpc_unknown(desk: Desk) -> None:
    """Functions in a VPC are unknown, with the permission to grant; the others need no groups."""
    found = _judged(Facts(gaps=[_denied(desk)]), _function("inside", desk, "sg-1"), _function("outside", desk))

    (unknown,) = found["inside"].verdict.unknowns
    assert Outcome.UNKNOWN is found["inside"].verdict.outcome
    assert "the list of security groups could not be read: access denied to `ec2:DescribeSecurityGroups`" == (
        unknown.reason
    )
    assert Outcome.NOT_APPLICABLE is found["outside"].verdict.outcome


def test_a_list_that_broke_off_leaves_what_came_decided(desk: Desk, ec2: Any, vpc: str) -> None:  # noqa: ANN401
    """A group that was read is judged; only one that is missing from the broken list is unknown."""
    made = _group(
        ec2, vpc, [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    tight = str(ec2.create_security_group(GroupName="tight", Description="d", VpcId=vpc)["GroupId"])
    facts = networks(desk)
    facts.gaps.append(_denied(desk))

    found = _judged(
        facts,
        _function("bad", desk, made),
        _function("good", desk, tight),
        _function("half", desk, tight, "sg-beyond"),
    )

    expected = {"bad": Outcome.FAIL, "good": Outcome.PASS, "half": Outcome.UNKNOWN}
    assert expected == {name: one.verdict.outcome for name, one in found.items()}
