"""Claims about waivers: what a waiver must say, what it accepts, and that none is forgotten."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.api.waivers import apply_waivers, read_waivers
from apiece.errors import ConfigError
from apiece.estate.subject import Subject, SubjectKind, finding_id
from apiece.records.finding import Finding
from apiece.records.verdict import Severity
from apiece.records.waiver import Waiver

TODAY = dt.date(2026, 6, 15)
CONTROLS = ("shared-execution-role", "wide-resource")
FIELDS = {
    "control": '"shared-execution-role"',
    "subject": '"Mailer"',
    "reason": '"moves in July"',
    "owner": '"ana"',
    "approver": '"ben"',
    "created": "2026-06-01",
    "expires": "2026-12-01",
}


def _toml(**changes: str | None) -> str:
    fields = {name: value for name, value in (FIELDS | changes).items() if value is not None}
    return "[[waiver]]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items())


def _read(text: str, today: dt.date = TODAY) -> tuple[Waiver, ...]:
    return read_waivers(text, "apiece-waivers.toml", controls=CONTROLS, today=today)


def _refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        _read(text)
    return caught.value


def _finding(control: str = "shared-execution-role", name: str = "Mailer", cause: str = "role/a") -> Finding:
    subject = Subject(kind=SubjectKind.FUNCTION, logical_id=name, stack="template.yaml")
    return Finding(
        id=finding_id(control, subject, cause),
        control=control,
        severity=Severity.ERROR,
        subject=subject,
        message="2 functions share a role",
        root_cause=cause,
    )


def test_a_full_waiver_is_read_with_its_place() -> None:
    """All fields are kept, and the line is the one of the table's head."""
    (waiver,) = _read("# accepted for the summer\n\n" + _toml())

    assert ("ana", "ben", dt.date(2026, 12, 1), "apiece-waivers.toml", 3) == (
        waiver.owner,
        waiver.approver,
        waiver.expires,
        waiver.file,
        waiver.line,
    )


def test_an_empty_file_holds_no_waivers() -> None:
    """Nothing written is nothing waived."""
    assert () == _read("")


@pytest.mark.parametrize("name", ["reason", "owner", "approver", "created", "expires"])
def test_every_required_field_is_asked_for(name: str) -> None:
    """A waiver without one of its fields is refused with the field's name."""
    assert f"a waiver needs `{name}`" == _refused(_toml(**{name: None})).message


@pytest.mark.parametrize("name", ["reason", "owner", "approver"])
@pytest.mark.parametrize("blank", ['""', '"  "'])
def test_a_blank_text_is_no_text(name: str, blank: str) -> None:
    """White space gives no reason and names nobody."""
    assert f"a waiver needs `{name}`" == _refused(_toml(**{name: blank})).message


@pytest.mark.parametrize("approver", ['"ana"', '"Ana"', '" ANA "'])
def test_nobody_approves_their_own_waiver(approver: str) -> None:
    """The owner in other capitals or with spaces is still the owner."""
    assert "the approver of a waiver is not its owner" == _refused(_toml(approver=approver)).message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"control": None}, "a waiver names a finding's `id`, or a `control` and a `subject`"),
        ({"subject": None}, "a waiver names a finding's `id`, or a `control` and a `subject`"),
        ({"expires": "2026-06-01"}, "the waiver expires before it was created"),
        ({"created": "2026-06-16"}, "the waiver was created in the future"),
        ({"created": "2026-01-01", "expires": "2027-01-02"}, "the waiver lasts 366 days; at most 365 are allowed"),
        ({"control": '"wide-resorce"'}, "no control is called `wide-resorce`"),
        ({"expires": '"next summer"'}, "a field of the waiver has the wrong type; dates are written `2026-01-31`"),
        ({"reason": "[1]"}, "a field of the waiver has the wrong type; dates are written `2026-01-31`"),
    ],
    ids=["no-control", "no-subject", "backwards", "future", "too-long", "unknown-control", "no-date", "no-text"],
)
def test_what_cannot_be_honoured_is_refused_where_it_stands(changes: dict[str, str | None], message: str) -> None:
    """The error says what is wrong, and points at the second waiver of the file."""
    error = _refused(_toml() + "\n" + _toml(**changes))

    assert (message, "apiece-waivers.toml:10:1") == (error.message, str(error.span))


def test_a_waiver_may_last_a_year() -> None:
    """365 days are allowed, to the day."""
    (waiver,) = _read(_toml(created="2026-01-01", expires="2027-01-01"))

    assert dt.timedelta(days=365) == waiver.expires - waiver.created


@pytest.mark.parametrize(
    ("name", "near"), [("approved", "approver"), ("expire", "expires"), ("controls", "control"), ("because", None)]
)
def test_an_unknown_field_is_refused_and_the_nearest_named(name: str, near: str | None) -> None:
    """A misspelt field does not silently widen a waiver."""
    error = _refused(_toml(**{name: '"x"'}))

    assert f"`{name}` is not a field of a waiver" == error.message
    assert (f"did you mean `{near}`?" if near else "fields are ") in (error.hint or "")


def test_an_unknown_control_has_its_nearest_name_in_the_hint() -> None:
    """A misspelt control is refused with the one that was meant."""
    assert "did you mean `wide-resource`?" == _refused(_toml(control='"wide-resorce"')).hint


def test_text_that_is_no_toml_is_refused_with_its_line() -> None:
    """The line is that of the mistake."""
    assert "apiece-waivers.toml:3:1" == str(_refused('[[waiver]]\nreason = "x"\nowner = = "y"\n').span)


def test_toml_that_ends_too_early_is_refused() -> None:
    """An open text at the end of the file has no line of its own, and is refused all the same."""
    assert "the waiver file is not valid TOML" == _refused('[[waiver]]\nreason = "x').message


@pytest.mark.parametrize("text", ["[waiver]\nreason = 1\n", "[[waivers]]\n", "waiver = 1\n", "title = 'x'\n"])
def test_a_file_with_anything_else_is_refused(text: str) -> None:
    """A table of another name is no waiver, and is not passed over."""
    assert "a waiver file holds `[[waiver]]` tables and nothing else" == _refused(text).message


def test_a_waiver_that_is_no_table_is_refused() -> None:
    """A list of texts is not a list of waivers."""
    assert "a waiver is a table" == _refused("waiver = ['all']\n").message


def test_a_waiver_by_control_and_subject_accepts_all_such_findings() -> None:
    """Two causes of one control on one subject are both accepted, another subject is not."""
    (waiver,) = _read(_toml())
    findings = (_finding(cause="role/a"), _finding(cause="role/b"), _finding(name="Reader"))

    assert [waiver, waiver, None] == [item.waiver for item in apply_waivers(findings, (waiver,), today=TODAY)]


def test_a_waiver_by_id_accepts_one_finding() -> None:
    """The id of one cause does not accept the other."""
    findings = (_finding(cause="role/a"), _finding(cause="role/b"))
    (waiver,) = _read(_toml(control=None, subject=None, id=f'"{findings[0].id}"'))

    assert [waiver, None] == [item.waiver for item in apply_waivers(findings, (waiver,), today=TODAY)]


def test_a_waiver_for_another_control_accepts_nothing() -> None:
    """The subject alone is not enough."""
    (waiver,) = _read(_toml(control='"wide-resource"'))

    assert apply_waivers((_finding(),), (waiver,), today=TODAY)[0].waiver is None


def test_a_waiver_holds_on_its_last_day() -> None:
    """`expires` is the last day on which a waiver counts."""
    (waiver,) = _read(_toml(expires="2026-06-15"))

    assert [waiver] == [item.waiver for item in apply_waivers((_finding(),), (waiver,), today=TODAY)]


def test_an_expired_waiver_accepts_nothing_and_is_a_finding() -> None:
    """The day after, the finding is open again and the waiver is reported at its line."""
    (waiver,) = _read(_toml(expires="2026-06-14"))
    finding, about = apply_waivers((_finding(),), (waiver,), today=TODAY)

    assert (None, "expired-waiver", Severity.WARNING) == (finding.waiver, about.control, about.severity)
    assert "the waiver for `shared-execution-role` on `Mailer` expired on 2026-06-14" == about.message


def test_an_unused_waiver_is_a_finding() -> None:
    """What was mended needs no waiver any more."""
    (waiver,) = _read(_toml())
    (about,) = apply_waivers((), (waiver,), today=TODAY)

    assert ("unused-waiver", SubjectKind.WAIVER, "remove it") == (about.control, about.subject.kind, about.hint)


def test_a_valid_waiver_wins_over_an_expired_one() -> None:
    """A renewed waiver accepts the finding; the old one is still reported."""
    old, new = _read(_toml(expires="2026-06-10")), _read(_toml())
    found = apply_waivers((_finding(),), (*old, *new), today=TODAY)

    assert (new[0], ["expired-waiver"]) == (found[0].waiver, [item.control for item in found[1:]])


def test_a_finding_about_a_waiver_keeps_its_id_while_lines_move() -> None:
    """The id of an unused waiver is of what it aims at, not of where it stands."""
    first = apply_waivers((), _read(_toml()), today=TODAY)
    second = apply_waivers((), _read("\n\n\n" + _toml()), today=TODAY)

    assert [first[0].id] == [second[0].id]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    owner=st.text(min_size=1, max_size=12).filter(str.strip),
    approver=st.text(min_size=1, max_size=12).filter(str.strip),
    lasts=st.integers(-20, 800),
    age=st.integers(-20, 500),
)
def test_whatever_is_read_obeys_all_rules(owner: str, approver: str, lasts: int, age: int) -> None:
    """No text gives a waiver that its owner approved, that lasts over a year, or that comes from the future."""
    created = TODAY - dt.timedelta(days=age)
    quoted = {name: _quoted(text) for name, text in (("owner", owner), ("approver", approver))}
    text = _toml(**quoted, created=created.isoformat(), expires=(created + dt.timedelta(days=lasts)).isoformat())
    allowed = 0 < lasts <= 365 and age >= 0 and owner.strip().casefold() != approver.strip().casefold()
    try:
        found = _read(text)
    except ConfigError:
        found = ()

    assert allowed == bool(found)


def _quoted(text: str) -> str:
    """A TOML basic string that is ASCII, so that control characters are spelled out."""
    return '"' + "".join(f"\\U{ord(char):08x}" for char in text if not 0xD800 <= ord(char) < 0xE000) + '"'


def test_waivers_are_plain_data() -> None:
    """A waiver survives being written as JSON."""
    (waiver,) = _read(_toml())

    assert waiver == msgspec.json.decode(msgspec.json.encode(waiver), type=Waiver)
