"""The shipped tables: plausible, intact, and searched as policies are."""

from __future__ import annotations

import json
import zlib

import pytest

from apiece.errors import ReadError
from apiece.iam import catalog
from apiece.iam.catalog import LEVELS, Action, Catalog, managed
from apiece.iam.catalog.domains import KEYS_OF_OTHERS, domains_of
from apiece.iam.document import PolicyKind, parse_json
from apiece.iam.pattern import arn_format, find

TABLE = catalog.load()
PACKED = catalog._FILE.read_bytes()  # noqa: SLF001  # the file itself is what is under test
MANAGED = managed._FILE.read_bytes()  # noqa: SLF001


def known(name: str) -> Action:
    action = TABLE.action(name)
    assert action is not None
    return action


def packed(header: object, body: bytes = b"") -> bytes:
    head = zlib.compress(json.dumps(header).encode())
    return len(head).to_bytes(8, "big") + head + body


class TestContent:
    """What AWS documents is there."""

    def test_it_has_the_size_of_aws(self) -> None:
        """There are hundreds of services, over twenty thousand actions and thousands of resource types."""
        actions = [action for service in TABLE.services for action in TABLE.actions(service)]
        types = [kind for service in TABLE.services for kind in TABLE.resource_types(service)]

        assert 400 < len(TABLE.services) < 1_000
        assert 20_000 < len(actions) < 50_000
        assert 2_000 < len(types) < 10_000
        assert len(actions) == len({action.name.lower() for action in actions})

    def test_services_and_actions_are_in_order(self) -> None:
        """Services and their actions are given in alphabetical order, so that output is stable."""
        names = [action.name for action in TABLE.actions("sqs")]

        assert sorted(TABLE.services) == list(TABLE.services)
        assert sorted(names) == names

    def test_each_level_of_access_is_in_use(self) -> None:
        """Every level that AWS names has actions, and no action has another."""
        assert set(LEVELS) == {action.access_level for action in TABLE.expand("*")}

    def test_the_version_says_when_the_data_was_made(self) -> None:
        """Version, date and digest are part of every result; all three are there."""
        assert TABLE.version.startswith("0.1.")
        assert TABLE.updated.endswith("Z")
        assert TABLE.digest.startswith("sha256:")

    def test_services_of_resource_control_policies_are_known(self) -> None:
        """S3, STS, KMS, SQS and Secrets Manager are under resource control policies, IAM is not."""
        assert {"s3", "sts", "kms", "sqs", "secretsmanager"} <= TABLE.rcp_services
        assert "iam" not in TABLE.rcp_services

    @pytest.mark.parametrize(
        ("name", "level", "types"),
        [
            ("s3:GetObject", "Read", {"object"}),
            ("s3:ListBucket", "List", {"bucket"}),
            ("sqs:SendMessage", "Write", {"queue"}),
            ("dynamodb:PutItem", "Write", {"table"}),
            ("iam:PassRole", "Write", {"role"}),
            ("lambda:InvokeFunction", "Write", {"function"}),
            ("kms:Decrypt", "Write", {"key"}),
            ("iam:PutRolePolicy", "Permissions management", {"role"}),
        ],
    )
    def test_a_known_action(self, name: str, level: str, types: set[str]) -> None:
        """An action has the level and at least the resource types that AWS documents."""
        action = known(name)

        assert level == action.access_level
        assert types <= {kind.name for kind in action.resources}
        assert not action.is_wildcard_only
        assert name.partition(":")[0] == action.service

    @pytest.mark.parametrize("name", ["s3:ListAllMyBuckets", "sts:GetCallerIdentity", "ec2:DescribeInstances"])
    def test_an_action_without_resource_types_takes_only_a_star(self, name: str) -> None:
        """What cannot be limited to a resource says so."""
        assert known(name).is_wildcard_only

    def test_a_resource_type_has_the_format_of_its_arns(self) -> None:
        """The type of `sqs:SendMessage` describes queues."""
        (queue,) = known("sqs:SendMessage").resources

        assert ("sqs", "queue") == (queue.service, queue.name)
        assert "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}" == queue.arn

    def test_every_format_describes_some_arn(self) -> None:
        """Each documented ARN format compiles, and the shortest text that it describes begins like an ARN."""
        formats = {kind.arn for service in TABLE.services for kind in TABLE.resource_types(service)}
        odd = [form for form in formats if not (find((arn_format(form),)) or "").startswith("arn:")]

        assert [] == [form for form in odd if form.startswith("arn:")]
        assert len(odd) < 10

    def test_a_lookup_ignores_case(self) -> None:
        """Statement 19: names of services, actions and keys are found in any case, and given as AWS writes them."""
        assert "s3:GetObject" == known("S3:getobject").name
        assert TABLE.condition_key("S3:PREFIX") == TABLE.condition_key("s3:prefix")
        assert TABLE.service_name("SQS") == TABLE.service_name("sqs") == "Amazon SQS"
        assert TABLE.actions("SQS") == TABLE.actions("sqs")

    def test_what_is_not_known_is_none(self) -> None:
        """A name that AWS does not document is answered with nothing, not with an error."""
        assert TABLE.action("nosuch:Thing") is None
        assert TABLE.action("s3:NoSuchThing") is None
        assert TABLE.action("s3") is None
        assert TABLE.action("") is None
        assert TABLE.service_name("nosuch") is None
        assert TABLE.condition_key("nosuch:key") is None
        assert TABLE.condition_key("aws:SourceIp") is None
        assert () == TABLE.actions("nosuch")
        assert () == TABLE.resource_types("nosuch")

    def test_multivalued_keys_are_told_by_their_type(self) -> None:
        """`dynamodb:LeadingKeys` holds several values, `s3:prefix` one."""
        leading, prefix = TABLE.condition_key("dynamodb:LeadingKeys"), TABLE.condition_key("s3:prefix")

        assert leading is not None
        assert leading.is_multivalued
        assert prefix is not None
        assert not prefix.is_multivalued


class TestExpand:
    """Statement 19: which actions a policy's action pattern means."""

    def test_a_star_is_every_action(self) -> None:
        """`*` and `*:*` mean all actions of all services."""
        assert sum(len(TABLE.actions(service)) for service in TABLE.services) == len(TABLE.expand("*"))
        assert TABLE.expand("*") == TABLE.expand("*:*")

    def test_a_service_and_a_star_is_every_action_of_it(self) -> None:
        """`S3:*` means the actions of S3, in any case and with any number of stars."""
        assert TABLE.actions("s3") == TABLE.expand("S3:*") == TABLE.expand("s3:**")

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("sqs:SendMessage", ["sqs:SendMessage"]),
            ("SQS:sendmessage", ["sqs:SendMessage"]),
            ("sqs:SendMessag?", ["sqs:SendMessage"]),
            ("sqs:*send*", ["sqs:SendMessage"]),
            ("sqs:S*e", ["sqs:SendMessage"]),
            ("sqs:S*e*e*e", ["sqs:SendMessage"]),
            ("sqs:S*e*e*e*e", []),
            ("?qs:Send*", ["sqs:SendMessage"]),
            ("sq*:SendMessage", ["sqs:SendMessage"]),
            ("sqs:?endMessage?", []),
            ("sqs:SendMessage:*", []),
            ("sqs:Send.*", []),
            ("sqs:", []),
            (":*", []),
            ("", []),
            ("nosuch:*", []),
            ("nosuch*:*", []),
            ("sqs", []),
        ],
    )
    def test_a_pattern_names_actions(self, pattern: str, expected: list[str]) -> None:
        """A pattern means the documented actions that it matches, however it is spelled."""
        assert expected == [action.name for action in TABLE.expand(pattern)]

    def test_a_word_without_colon_is_matched_against_whole_names(self) -> None:
        """AWS refuses such a word; read leniently, it means what its wildcards reach."""
        assert TABLE.expand("*") == TABLE.expand("**")
        assert ["sqs:SendMessage"] == [action.name for action in TABLE.expand("sqs*sendmessage")]

    def test_many_wildcards_are_not_tried_in_every_way(self) -> None:
        """A pattern of forty `*?` and a letter that never comes is answered: each star settles at its first fit."""
        assert () == TABLE.expand("*:" + "*?" * 40 + "!")
        assert () == TABLE.expand("*e" * 30 + "!")
        assert () == TABLE.expand("*e" * 30 + "!:*")


class TestDamage:
    """A table that is not what was shipped is refused."""

    def test_the_shipped_table_is_intact(self) -> None:
        """The digest in the header is that of the data."""
        assert TABLE.verify()

    @pytest.mark.parametrize("place", [0.0, 0.01, 0.1, 0.37, 0.5, 0.82, 1.0])
    def test_one_flipped_bit_is_noticed(self, place: float) -> None:
        """Wherever a bit is flipped, in the header or the body, the table is refused with a clear error."""
        index = int(place * (len(PACKED) - 1))
        damaged = PACKED[:index] + bytes([PACKED[index] ^ 1]) + PACKED[index + 1 :]

        with pytest.raises(ReadError, match=r"action catalogue .* is damaged"):
            catalog.read(damaged)

    def test_one_flipped_bit_of_the_body_fails_verification(self) -> None:
        """A table whose header is good and whose body is not does not verify."""
        assert not Catalog(PACKED[:-1] + bytes([PACKED[-1] ^ 1])).verify()

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"", id="empty"),
            pytest.param(PACKED[:7], id="cut in the length"),
            pytest.param(PACKED[:1_000], id="cut in the header"),
            pytest.param(PACKED[:-1], id="cut in the body"),
            pytest.param(PACKED + b"\0", id="too long"),
            pytest.param(b"\xff" * 64, id="noise"),
            pytest.param(packed({}), id="no fields"),
            pytest.param(packed([]), id="no header"),
            pytest.param(packed("{"), id="a text"),
        ],
    )
    def test_what_is_no_table_is_refused(self, data: bytes) -> None:
        """Data that is cut, too long or of another kind gives a clear error with advice."""
        with pytest.raises(ReadError, match="is damaged") as caught:
            catalog.read(data)

        assert "install apiece again" == caught.value.hint


class TestManaged:
    """The documents of AWS managed policies."""

    def test_there_are_many(self) -> None:
        """The pack holds over a thousand policies in alphabetical order, with its source and digest."""
        names = list(managed.names())

        assert len(names) > 1_000
        assert sorted(names) == names
        assert managed.source().startswith("moto ")
        assert managed.digest().startswith("sha256:")

    def test_all_parse(self) -> None:
        """Each document is a policy that the parser takes as identity policy, found by the ARN of its name."""
        arns = [managed.arn_of(name) for name in managed.names()]
        documents = [managed.document(arn) for arn in arns if arn is not None]
        policies = [parse_json(text, PolicyKind.IDENTITY) for text in documents if text is not None]

        assert len(arns) == len(policies)
        assert all(policy.statements for policy in policies)

    def test_a_policy_is_found_by_its_arn_in_any_partition(self) -> None:
        """Managed policies have the same text in every partition."""
        arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
        text = managed.document(arn)

        assert arn == managed.arn_of("AWSLambdaBasicExecutionRole")
        assert text is not None
        assert "logs:PutLogEvents" in text
        assert text == managed.document(arn.replace("arn:aws:", "arn:aws-cn:"))

    @pytest.mark.parametrize(
        "arn",
        [
            "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",
            "arn:aws:iam::aws:policy/NoSuchPolicy",
            "arn:aws:iam::aws:policy/other/AdministratorAccess",
            "AdministratorAccess",
            "",
        ],
    )
    def test_another_arn_finds_nothing(self, arn: str) -> None:
        """A policy is not found under another path, or without its ARN."""
        assert managed.document(arn) is None

    def test_an_unknown_name_has_no_arn(self) -> None:
        """A name that is not in the pack has no ARN."""
        assert managed.arn_of("NoSuchPolicy") is None

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"", id="empty"),
            pytest.param(MANAGED[:-1], id="cut"),
            pytest.param(MANAGED[:-1] + bytes([MANAGED[-1] ^ 1]), id="one bit of the body"),
            pytest.param(bytes([MANAGED[0] ^ 1]) + MANAGED[1:], id="one bit of the length"),
            pytest.param(MANAGED[:40] + bytes([MANAGED[40] ^ 1]) + MANAGED[41:], id="one bit of the header"),
            pytest.param(packed({}), id="no fields"),
            pytest.param(packed([]), id="no header"),
        ],
    )
    def test_a_damaged_pack_is_refused(self, data: bytes) -> None:
        """A pack that is not what its digest says gives a clear error with advice."""
        with pytest.raises(ReadError, match=r"managed policies .* is damaged") as caught:
            managed.read(data)

        assert "install apiece again" == caught.value.hint


def test_no_other_action_could_be_requested_on_a_key() -> None:
    """Actions whose formats take in KMS keys are those of KMS and the listed ones (statement 10)."""
    listed = {action.name for word in KEYS_OF_OTHERS for action in catalog.load().expand(word)}
    services = {
        (action.name, domain.split(":")[2])
        for service in catalog.load().services
        for action in catalog.load().actions(service)
        for domain in domains_of(action.name)
        if domain != "*"
    }

    assert {name for name, service in services if service == "kms" or "$" in service} <= listed | {
        action.name for action in catalog.load().actions("kms")
    }
