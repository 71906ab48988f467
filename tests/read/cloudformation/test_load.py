"""Claims about template files, broken ones too: what is read, and else an error with its place or a gap."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apiece.errors import MalformedSource
from apiece.read.cloudformation.estate import read_templates
from apiece.read.cloudformation.load import MAX_DEPTH, is_template, lines_of, load
from apiece.read.reading import Reading
from apiece.span import Span
from apiece.tree import Mapping, Node, Scalar, Sequence, to_plain

NOW = "2026-06-15T08:00:00Z"
GOOD = b"""\
Resources:
  Reader:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Role: arn:aws:iam::111122223333:role/reader, Code: {ZipFile: x}}
"""


def _read(files: dict[str, bytes]) -> Reading:
    return read_templates(files, parameters={}, taken_at=NOW)


def _plain(text: str) -> object:
    return to_plain(load(text.encode(), "t.yaml"))


def _refused(data: bytes) -> MalformedSource:
    with pytest.raises(MalformedSource) as caught:
        load(data, "t.yaml")
    assert caught.value.span is not None
    return caught.value


def _at(node: Node | None) -> tuple[int, int, int, int]:
    assert node is not None
    assert node.span is not None
    return node.span.line, node.span.column, node.span.end_line, node.span.end_column


# ---- what is read ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("No", False),
        ("off", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("012", "012"),
        ("1.5", "1.5"),
        ("1e3", "1e3"),
        ("0x10", "0x10"),
        ("2012-10-17", "2012-10-17"),
        ("12:30:45", "12:30:45"),
        ("123456789012345678901", "123456789012345678901"),
        ("'true'", "true"),
        ('"12"', "12"),
        ("\u0661\u0662", "\u0661\u0662"),
    ],
)
def test_plain_scalars_keep_what_cloudformation_would_see(text: str, value: object) -> None:
    """Truth values, nothing, short whole numbers are values; dates, fractions, account ids with zeros are texts."""
    assert {"A": value} == _plain(f"A: {text}\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!Condition A", {"Condition": "A"}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!Sub 'x${A}'", {"Fn::Sub": "x${A}"}),
        ("!If [C, !Ref A, b]", {"Fn::If": ["C", {"Ref": "A"}, "b"]}),
        ("!Cidr {a: b}", {"Fn::Cidr": {"a": "b"}}),
        ("!Ref 12", {"Ref": "12"}),
        ("!!str 12", "12"),
    ],
)
def test_short_tags_become_their_long_form(text: str, value: object) -> None:
    """A tag is the function of that name."""
    assert {"A": value} == _plain(f"A: {text}\n")


def test_places_are_lines_and_columns_from_one() -> None:
    """Every key and value knows where it begins and ends, in code points."""
    node = load("ключ:\n  - é: [a, 'b c']\n".encode(), "t.yaml")
    assert isinstance(node, Mapping)
    (key, items) = node.entries[0]
    assert isinstance(items, Sequence)
    inner = items.items[0]
    assert isinstance(inner, Mapping)
    (name, values) = inner.entries[0]
    assert isinstance(values, Sequence)

    assert (1, 1, 1, 5) == _at(key)
    assert (2, 5, 2, 6) == _at(name)
    assert (2, 8, 2, 18) == _at(values)
    assert [(2, 9, 2, 10), (2, 12, 2, 17)] == [_at(item) for item in values.items]


def test_json_is_read_with_its_places() -> None:
    """JSON goes through the same door."""
    node = load(b'{\n\t"A": {"B": [1, true, null, "x\\u00e9"]}}', "t.json")

    assert {"A": {"B": [1, True, None, "xé"]}} == to_plain(node)
    assert isinstance(node, Mapping)
    assert (2, 2, 2, 5) == _at(node.entries[0][0])


def test_json_that_yaml_cannot_hold_is_read() -> None:
    """Keys of more than 1,024 characters and escaped surrogate pairs are JSON."""
    key = "k" * 2_000

    assert {key: "😀"} == to_plain(load(json.dumps({key: "😀"}).encode(), "t.json"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    """Windows editors put a mark in front; the template and its lines are the same."""
    mark = "" if encoding in {"utf-8-sig", "utf-16"} else "\ufeff"
    data = (mark + "A: é\n").encode(encoding)

    assert {"A": "é"} == to_plain(load(data, "t.yaml"))
    assert ("A: é",) == lines_of(data)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_of_all_systems_are_counted(end: str) -> None:
    """The place is the line that an editor shows."""
    node = load(end.join(["A: 1", "", "B:", "  C: 2", ""]).encode(), "t.yaml")

    assert isinstance(node, Mapping)
    assert (3, 1, 3, 2) == _at(node.key("B"))


def test_duplicate_keys_are_kept_and_the_last_counts() -> None:
    """As JSON readers and CloudFormation do."""
    node = load(b"A: 1\nA: 2\n", "t.yaml")

    assert isinstance(node, Mapping)
    assert ([1, 2], Scalar(2, Span("t.yaml", 2, 4, 2, 5))) == (
        [value.value for _, value in node.entries if isinstance(value, Scalar)],
        node.get("A"),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{<<: *a, y: 3}", {"x": 1, "y": 3}),
        ("{y: 3, <<: *a}", {"x": 1, "y": 3}),
        ("{<<: [*a, *b], w: 0}", {"x": 1, "y": 2, "z": 9, "w": 0}),
        ("{<<: text, w: 0}", {"w": 0}),
    ],
)
def test_merge_keys_bring_what_the_mapping_has_not(text: str, value: object) -> None:
    """The mapping's own keys win, then those of the first source."""
    plain = _plain(f"a: &a {{x: 1, y: 2}}\nb: &b {{x: 8, z: 9}}\nc: {text}\n")

    assert isinstance(plain, dict)
    assert value == plain["c"]


def test_aliases_stand_for_their_anchor() -> None:
    """Scalars and collections alike, at the place of the anchor."""
    assert {"a": "x", "b": ["x", {"c": 1}], "d": ["x", {"c": 1}], "x": 1} == _plain(
        "a: &s x\nb: &l [*s, {c: 1}]\nd: *l\n*s : 1\n"
    )


@pytest.mark.parametrize("text", ["Resources: {A: {Type: x}}", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}"])
def test_templates_are_told_from_other_documents(text: str) -> None:
    """A template has resources with types, or says that it is one."""
    assert is_template(load(text.encode(), "t"))


@pytest.mark.parametrize(
    "text", ["[]", "x", "Resources: []", "Resources: {}", "Resources: {A: b}", "a: {Resources: {}}"]
)
def test_other_documents_are_no_templates(text: str) -> None:
    """Without typed resources nothing is claimed."""
    assert not is_template(load(text.encode(), "t"))


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        (b"", "the file is empty", (1, 1)),
        (b"# only a comment\n", "the file is empty", (1, 1)),
        (b"A: [1, 2\nB: 3\n", "not valid YAML: expected a comma or a closing bracket", (2, 2)),
        (b"A: {b: 1\nB: 3}}\n", "not valid YAML: expected a comma or a closing brace", (2, 2)),
        (b"A:\n\tB: 1\n", "not valid YAML: found character that cannot start any token", (2, 1)),
        (b"A: b: c\n", "not valid YAML: mapping values are not allowed in this context", (1, 5)),
        (b"A: 1\nB\n", "not valid YAML: expected a colon behind a key", (3, 1)),
        (b"A: *nowhere\n", "an alias names an anchor that is not complete before it", (1, 4)),
        (b"A: &a [*a]\n", "an alias names an anchor that is not complete before it", (1, 8)),
        (b"A: 1\n---\nB: 2\n", "a template is one document, and this file has several", (2, 1)),
        (b"? [a, b]\n: c\n", "a key must be a plain text", (1, 8)),
        (b"!Ref a: b\n", "a key must be a plain text", (1, 1)),
        (b"A: '\xff'\n", "not UTF-8: byte 4 cannot be decoded", (1, 1)),
        (b"A: x\nB: \xc3\n", "not UTF-8: byte 8 cannot be decoded", (2, 1)),
        (b"\xff\xfeA\x00\x00\xd8", "not UTF-16: byte 4 cannot be decoded", (1, 1)),
        (b"A: 1\x00\n", "not valid YAML: it holds a character that YAML does not allow", (1, 1)),
        (b"\x7fELF\x02\x01\x01\x00", "not valid YAML: it holds a character that YAML does not allow", (1, 1)),
        (b"PK\x03\x04\x14\x00\x08", "not valid YAML: it holds a character that YAML does not allow", (1, 1)),
        (b"%YAML 9.9\n---\na: 1\n", "not valid YAML: found incompatible YAML document", (1, 1)),
        (b'{"A": 1,\n "B" 2}', "not valid JSON: expected `:`", (2, 6)),
        (b'{"A": \n', "not valid JSON: expected a value", (2, 1)),
        (b'[{"A": "' + b"x" * 30 + b"]", "not valid JSON: a text is not closed, or holds a control character", (1, 8)),
    ],
)
def test_broken_files_are_refused_at_their_place(data: bytes, message: str, place: tuple[int, int]) -> None:
    """The error says what is wrong and where."""
    error = _refused(data)

    assert error.span is not None
    assert (True, place) == (error.message.startswith(message), (error.span.line, error.span.column)), error


@pytest.mark.parametrize(
    "data",
    [
        b"Password: 'hunter2-hunter2\n",
        b"Password: !<hunter2-hunter2\n",
        b"Password: %hunter2-hunter2\n",
        b"hunter2-hunter2: [\n",
        b'{"Password": "hunter2-hunter2}',
        b"Password: *hunter2-hunter2\n",
        b'Password: "\\xhunter2-hunter2"\n',
        b"%hunter2-hunter2\n--- a\n",
    ],
)
def test_errors_never_quote_the_file(data: bytes) -> None:
    """A secret may stand where the parser stumbled."""
    assert "hunter2" not in f"{_refused(data)} {_refused(data).hint}"


@pytest.mark.parametrize("mark", ["[", "{a: ", "- ", "[{a: ", '{"a":'])
def test_deep_nesting_is_refused(mark: str) -> None:
    """A hundred levels are read, a hundred thousand are an error, and no crash."""
    assert f"values are nested more than {MAX_DEPTH} deep" == _refused(mark.encode() * 100_000).message


def test_nesting_up_to_the_limit_is_read() -> None:
    """The limit itself is allowed."""
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH

    assert isinstance(load(text.encode(), "t.yaml"), Sequence)
    assert f"values are nested more than {MAX_DEPTH} deep" == _refused(f"[{text}]".encode()).message


def test_a_tree_of_aliases_is_refused() -> None:
    """A few lines that would expand to billions of values are an error at the line that goes too far."""
    levels = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    levels += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    error = _refused("\n".join(levels).encode())

    assert ("the file expands to more than 1,000,000 values", 6) == (error.message, error.span.line)  # type: ignore[union-attr]


def test_a_tree_of_merge_keys_is_refused() -> None:
    """Merging doubles as fast as repeating."""
    levels = ["a0: &a0 {x: 1, y: 2}"]
    levels += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]}}" for n in range(1, 30)]

    assert "the file expands to more than 1,000,000 values" == _refused("\n".join(levels).encode()).message


def test_a_flood_of_tag_directives_is_refused() -> None:
    """The parser compares each with every other."""
    flood = "".join(f"%TAG !a{number}! x\n" for number in range(200_000)).encode()

    assert "not valid YAML: it has more than 100 tag directives" == _refused(flood + b"---\na: 1\n").message


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!<tag:x.org,2000:y>"])
def test_tags_of_python_run_nothing(tag: str, tmp_path: Path) -> None:
    """No object is made of them: what they hold is plain data."""
    marker = tmp_path / "made"

    assert {"A": [f"touch {marker}"]} == _plain(f"A: {tag} ['touch {marker}']\n")
    assert not marker.exists()


def test_an_unknown_tag_is_an_open_value_and_a_gap() -> None:
    """What no version of CloudFormation knows is not guessed."""
    reading = _read({"t.yaml": GOOD.replace(b"arn:aws:iam::111122223333:role/reader", b"!Magic x")})

    assert ["`Fn::Magic` is not a function this version evaluates"] == [
        gap.reason for gap in reading.estate.gaps if gap.needs == "value"
    ]


def test_keys_written_twice_are_a_gap_at_the_second() -> None:
    """Nobody can say which one was meant."""
    reading = _read({"t.yaml": GOOD + b"  Reader:\n    Type: AWS::Lambda::Function\n"})

    assert [("key `Reader` is written twice; the last one counts", 5)] == [
        (gap.reason, gap.at.span.line)
        for gap in reading.estate.gaps
        if gap.needs == "template.keys"  # type: ignore[union-attr]
    ]


def test_broken_files_do_not_hide_the_others() -> None:
    """Each file that does not parse is a gap on its own stack; the rest is read."""
    bad = {"a.yaml": b"\xff", "b.yaml": b"[" * 500, "c.yaml": b"", "d.yaml": b"just a text", "e.json": b'{"a"'}
    reading = _read(bad | {"good.yaml": GOOD})

    assert ["Reader"] == [function.subject.logical_id for function in reading.estate.functions]
    assert sorted(bad) == [gap.subject.stack for gap in reading.estate.gaps if gap.needs == "stack"]


@pytest.mark.parametrize(
    "name",
    [
        "\x1b[31mRed",
        "<script>alert(1)</script>",
        "\u202eevil",
        "a\nb",
        "'; DROP TABLE x --",
        "é" * 300,
        "",
        "${X}",
        "#.:",
    ],
)
def test_strange_logical_ids_are_kept_as_they_are(name: str) -> None:
    """The reader neither drops nor alters a name; showing it safely is the output's affair."""
    template = {"Resources": {name: {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Ref": name}}}}}
    reading = _read({"t.json": json.dumps(template, ensure_ascii=False).encode()})

    assert [name] == [function.subject.logical_id for function in reading.estate.functions]


@pytest.mark.parametrize(
    "value", ["null", "1", "text", "[]", "[a]", "{}", "{Type: 1}", "{Type: [a]}", "{Properties: {}}"]
)
def test_a_resource_of_the_wrong_shape_is_a_gap(value: str) -> None:
    """It is named, and the others are read."""
    reading = _read({"t.yaml": GOOD + f"  Odd: {value}\n".encode()})

    assert (["Reader"], [("Resources.Odd", "a resource has no readable `Type`")]) == (
        [function.subject.logical_id for function in reading.estate.functions],
        [(gap.at.path, gap.reason) for gap in reading.estate.gaps if gap.needs == "value"],  # type: ignore[union-attr]
    )


@pytest.mark.parametrize(
    "section", ["Parameters", "Conditions", "Mappings", "Outputs", "Globals", "Metadata", "Transform"]
)
@pytest.mark.parametrize(
    "value", ["null", "1", "text", "[]", "[[a]]", "{}", "{a: null}", "{a: [b]}", "{a: {b: [{c: 1}]}}"]
)
def test_sections_of_the_wrong_shape_do_not_stop_the_reading(section: str, value: str) -> None:
    """Whatever stands there, the functions are found."""
    reading = _read({"t.yaml": f"{section}: {value}\n".encode() + GOOD})

    assert ["Reader"] == [function.subject.logical_id for function in reading.estate.functions]
