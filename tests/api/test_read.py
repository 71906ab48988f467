"""Claims about targets: what is read, what is passed over, what is refused and what becomes a gap."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from apiece.api import read
from apiece.api.read import read_targets
from apiece.errors import ApieceError, MalformedPolicy, MalformedSource, ReadError, UsageError
from apiece.estate import snapshot
from apiece.read.reading import Reading

NOW = "2026-06-15T08:00:00Z"
TEMPLATE = """\
Resources:
  NAME:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/reader
      Code: {ZipFile: "def handler(event, context): pass"}
"""
POLICY = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _read(*targets: str) -> Reading:
    return read_targets(targets, parameters={}, taken_at=NOW)


def _template(path: Path, name: str = "Reader") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE.replace("NAME", name))


def _names(reading: Reading) -> Sequence[str | None]:
    return sorted(str(function.subject.logical_id) for function in reading.estate.functions)


def _refused(kind: type[ApieceError], *targets: str) -> ApieceError:
    with pytest.raises(kind) as caught:
        _read(*targets)
    return caught.value


def test_a_file_is_read_under_the_name_it_was_given(folder: Path) -> None:
    """The stack of a function is the path as the user wrote it."""
    _template(folder / "stacks" / "a.yaml")
    reading = _read("stacks/a.yaml")

    assert ["stacks/a.yaml"] == [function.subject.stack for function in reading.estate.functions]
    assert (("stacks/a.yaml",), NOW) == (reading.estate.targets, reading.estate.taken_at)


def test_several_files_make_one_estate(folder: Path) -> None:
    """Functions of two templates stand side by side, and the order of targets does not matter."""
    _template(folder / "a.yaml", "One")
    _template(folder / "b.yaml", "Two")
    both = [_read("a.yaml", "b.yaml"), _read("b.yaml", "a.yaml")]

    assert [["One", "Two"]] * 2 == [_names(reading) for reading in both]
    assert snapshot.digest(both[0].estate) == snapshot.digest(both[1].estate)


def test_a_folder_is_searched_for_templates(folder: Path) -> None:
    """All endings of templates are found at any depth; other files are passed over without a gap."""
    for number, ending in enumerate(("yaml", "yml", "json", "template", "YAML")):
        _template(folder.joinpath("t", *("x" * number), f"a.{ending}"), f"F{number}")
    (folder / "t" / "package.json").write_text('{"name": "x"}')
    (folder / "t" / "ci.yml").write_text("jobs: [build]\n")
    (folder / "t" / "notes.md").write_text("Resources:\n")
    (folder / "t" / "swagger.json").write_text('{"Statement": "of purpose"}')
    reading = _read("t")

    assert ["F0", "F1", "F2", "F3", "F4"] == _names(reading)
    assert not [gap for gap in reading.estate.gaps if gap.needs == "stack"]


@pytest.mark.parametrize("name", ["node_modules", ".git", ".aws-sam", "venv", ".hidden", ".terraform"])
def test_folders_of_tools_are_passed_over(folder: Path, name: str) -> None:
    """What tools put there is not the user's."""
    _template(folder / "t" / "a.yaml", "Mine")
    _template(folder / "t" / name / "b.yaml", "Theirs")

    assert ["Mine"] == _names(_read("t"))


def test_loops_of_links_end(folder: Path) -> None:
    """A link to a folder above, or to itself, is not followed."""
    _template(folder / "t" / "a.yaml")
    (folder / "t" / "again").symlink_to(folder / "t", target_is_directory=True)
    (folder / "t" / "self.yaml").symlink_to("self.yaml")

    assert ["Reader"] == _names(_read("t"))


def test_a_link_to_a_template_is_read(folder: Path) -> None:
    """A link to a file is that file."""
    _template(folder / "elsewhere" / "a.yaml")
    (folder / "t").mkdir()
    (folder / "t" / "a.yaml").symlink_to(folder / "elsewhere" / "a.yaml")

    assert ["Reader"] == _names(_read("t"))


def test_a_named_link_to_itself_is_refused(folder: Path) -> None:
    """A loop that was named is no file, and does not crash."""
    (folder / "self.yaml").symlink_to("self.yaml")

    assert "no such file or folder: `self.yaml`" == _refused(UsageError, "self.yaml").message


def test_a_missing_target_is_refused(folder: Path) -> None:
    """The name stands in the message, cut if it is long."""
    assert folder.exists()
    assert "no such file or folder: `nowhere.yaml`" == _refused(UsageError, "nowhere.yaml").message
    assert len(_refused(UsageError, "x/" * 400).message) < 260


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_a_name_that_cannot_be_one_is_refused(folder: Path, name: str) -> None:
    """Too long, or with a zero byte: an error, not a crash."""
    assert folder.exists()
    assert isinstance(_refused(ApieceError, name), UsageError | ReadError)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(folder: Path) -> None:
    """A file without permission stops the run: silence would look clean."""
    _template(folder / "t" / "a.yaml")
    (folder / "t" / "a.yaml").chmod(0)

    assert "cannot read `t/a.yaml`: Permission denied" == _refused(ReadError, "t").message


def test_something_that_is_no_file_is_refused(folder: Path) -> None:
    """A socket is neither file nor folder."""
    import socket

    with socket.socket(socket.AF_UNIX) as end:
        end.bind("s.yaml")

        assert _refused(ReadError, "s.yaml").message.startswith("cannot read `s.yaml`: ")
    assert folder.exists()


@pytest.mark.parametrize("target", ["aws", "aws:", "aws:prod/eu-west-1"])
def test_live_accounts_are_read_alone(target: str) -> None:
    """Facts of an account and of templates are two estates."""
    assert "live accounts are read alone" == _refused(UsageError, target, "t.yaml").message


def test_a_folder_without_templates_is_refused(folder: Path) -> None:
    """Nothing read is not clean."""
    (folder / "t").mkdir()

    assert "no templates were found" == _refused(UsageError, "t").message


def test_too_many_files_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with more files than the limit is refused with advice, not half read."""
    monkeypatch.setattr(read, "_MOST_FILES", 3)
    for number in range(4):
        _template(folder / "t" / f"{number}.yaml")
    error = _refused(UsageError, "t")

    assert ("`t` holds more than 3 files that may be templates", "name a smaller folder") == (error.message, error.hint)


@pytest.mark.parametrize("text", ["Resources: [", "", "\0", "a: b: c", "!!python/object:os.system {}"])
def test_a_named_file_that_does_not_parse_is_refused_with_its_place(folder: Path, text: str) -> None:
    """The error is about the file, at a line."""
    (folder / "bad.yaml").write_text(text)

    assert "bad.yaml" == _refused(MalformedSource, "bad.yaml").span.file  # type: ignore[union-attr]


def test_a_broken_template_beside_a_good_one_is_a_gap(folder: Path) -> None:
    """The good one is read, and the broken one is not forgotten."""
    _template(folder / "t" / "good.yaml")
    (folder / "t" / "bad.yaml").write_text("Resources: [\n")
    reading = _read("t")

    assert ["Reader"] == _names(reading)
    assert ["t/bad.yaml"] == [gap.subject.stack for gap in reading.estate.gaps if gap.needs == "stack"]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads a template from standard input and calls it so."""
    stream = io.TextIOWrapper(io.BytesIO(TEMPLATE.replace("NAME", "Piped").encode()))
    monkeypatch.setattr("sys.stdin", stream)
    reading = _read("-")

    assert (["Piped"], ["<stdin>"]) == (_names(reading), [item.subject.stack for item in reading.estate.functions])


def test_a_snapshot_is_read_back(folder: Path) -> None:
    """What was written is the estate that was read."""
    _template(folder / "a.yaml")
    estate = _read("a.yaml").estate
    (folder / "estate.json").write_bytes(snapshot.dump(estate))

    assert estate == _read("estate.json").estate


def test_a_snapshot_in_a_folder_is_passed_over(folder: Path) -> None:
    """Templates and an old snapshot of them are not counted twice."""
    _template(folder / "t" / "a.yaml")
    (folder / "t" / "estate.json").write_bytes(snapshot.dump(_read("t/a.yaml").estate))

    assert ["Reader"] == _names(_read("t"))


@pytest.mark.parametrize("text", ['{"schema": "apiece/snapshot/1"}', '{"schema": "apiece/snapshot/1", "taken_at": 1}'])
def test_a_damaged_snapshot_is_refused(folder: Path, text: str) -> None:
    """A snapshot that lacks something is not an empty estate."""
    (folder / "estate.json").write_text(text)

    assert "not a snapshot that this version reads" in _refused(MalformedSource, "estate.json").message


def test_a_snapshot_of_another_version_is_refused(folder: Path) -> None:
    """A newer schema is named as one that is not read."""
    _template(folder / "a.yaml")
    text = snapshot.dump(_read("a.yaml").estate).decode().replace("apiece/snapshot/1", "apiece/snapshot/9")
    (folder / "estate.json").write_text(text)

    assert "this version reads `apiece/snapshot/1`" == _refused(MalformedSource, "estate.json").hint


def test_a_bare_policy_is_an_estate_of_one_policy(folder: Path) -> None:
    """A policy document alone can be judged; boundaries and SCPs lie outside."""
    (folder / "reader.json").write_text(POLICY)
    reading = _read("reader.json")

    assert ["reader"] == [policy.subject.logical_id for policy in reading.estate.policies]
    assert {"scp", "rcp", "boundary"} == set(reading.estate.outside_source)
    assert ["reader.json"] == list(reading.documents)


def test_a_bare_policy_that_aws_would_refuse_is_refused(folder: Path) -> None:
    """An unknown effect is an error with its place."""
    (folder / "p.json").write_text(POLICY.replace("Allow", "Perhaps"))
    error = _refused(MalformedPolicy, "p.json")

    assert ("p.json", 1) == (error.span.file, error.span.line)  # type: ignore[union-attr]


def test_a_resource_policy_alone_is_refused(folder: Path) -> None:
    """Without its resource nobody can say what it grants."""
    policy = json.loads(POLICY)
    policy["Statement"][0]["Principal"] = "*"
    (folder / "p.json").write_text(json.dumps(policy))

    assert "this is a resource policy; only policies of identities can be judged alone" == (
        _refused(UsageError, "p.json").message
    )


def test_a_file_that_is_neither_template_nor_policy_is_refused(folder: Path) -> None:
    """JSON of another kind was named, so it is an error."""
    (folder / "package.json").write_text('{"name": "x", "Statement": 1}')
    (folder / "list.json").write_text('["Statement"]')

    assert isinstance(_refused(ApieceError, "package.json"), MalformedSource | MalformedPolicy)
    assert isinstance(_refused(ApieceError, "list.json"), MalformedSource)


def test_a_file_that_is_too_large_is_refused(folder: Path) -> None:
    """CloudFormation's own limit holds, and no more than that is read."""
    (folder / "big.yaml").write_text(TEMPLATE + "# " + "x" * read.MAX_BYTES)

    assert "big.yaml" == _refused(MalformedSource, "big.yaml").span.file  # type: ignore[union-attr]


def test_a_name_that_is_not_utf_8_is_spelled_out(folder: Path) -> None:
    """The estate can be written as JSON whatever the bytes of a file's name are."""
    name = os.fsdecode(b"t/\xff.yaml")
    _template(folder / name)

    for reading in (_read("t"), _read(name)):
        assert {"t/\\xff.yaml"} == {function.subject.stack for function in reading.estate.functions}
        assert snapshot.dump(reading.estate)


def test_a_template_in_utf_16_is_found_in_a_folder(folder: Path) -> None:
    """An encoding that hides the marks of a template does not hide the template."""
    (folder / "t").mkdir()
    (folder / "t" / "a.yaml").write_text(TEMPLATE.replace("NAME", "Wide"), encoding="utf-16")

    assert ["Wide"] == _names(_read("t"))
