"""Laws of failing calls: whatever call fails, in whatever way, is told, and nothing passes for want of it."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import faulty_aws as faults
import msgspec
import pytest
from fault_study import CALLS, OWNERS, TODAY, Study, invented, judged, losses, paginated, read, silent, spelled
from planted_aws import SECRETS

from apiece.api.check import FailOn, check, exit_code
from apiece.controls.registry import all_controls
from apiece.estate import snapshot
from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.read.aws.call import Call
from apiece.read.missing import missing_roles

ROOT = Path(__file__).resolve().parents[3]
AnyCall = Call[Any]
_NOT_PLANTED = {
    "api-without-authorizer",
    "boundary-missing",
    "ci-trust-too-wide",
    "code-writable-by-many",
    "deployer-without-mfa",
    "foreign-layer",
    "leftover-access",
    "long-lived-deployer-key",
    "orphan-role",
    "unsigned-code",
}
"""Controls of which the laws say nothing: roles of the stand-in are as young as the test, no function has a layer of
others, no role trusts a provider of tokens or gives permissions away, each route asks who calls, nobody who was named
is gone, no user deploys, and nobody said who does.
"""
each_call = pytest.mark.parametrize("call", CALLS, ids=spelled)
each_paged_call = pytest.mark.parametrize("call", [call for call in CALLS if paginated(call)], ids=spelled)


@pytest.fixture(autouse=True)
def _made(request: pytest.FixtureRequest, study: Study) -> None:
    """Leave out calls that the planted account does not lead to; the page `unreadable.md` lists them."""
    call = request.node.callspec.params.get("call") if hasattr(request.node, "callspec") else None
    if call is not None and spelled(call) not in study.made:
        pytest.skip("the planted account does not lead to this call")


def _new(study: Study, estate: Estate) -> list[Gap]:
    return [gap for gap in estate.gaps if gap not in study.first.reading.estate.gaps]


@each_call
def test_a_denied_call_is_told_with_what_is_lost_and_what_to_grant(study: Study, call: AnyCall) -> None:
    """Denying a call leaves gaps; each that is its own says what could not be read and which action would read it."""
    estate, _ = study.denied(call)
    gaps = _new(study, estate)

    own = [gap for gap in gaps if gap.iam_action == call.action]

    # A report on file is as good as a new one: a denial that loses nothing leaves no gap.
    assert own or estate == study.first.reading.estate
    assert all("could not be read: " in gap.reason and gap.hint and call.action in gap.hint for gap in own)


@each_call
def test_no_pass_depends_on_a_denied_call(study: Study, call: AnyCall) -> None:
    """What denial hides is unknown: of the bad one, and of its twin, of which nothing was seen either."""
    _, after = study.denied(call)

    assert [] == silent(study.before, after)


@each_call
def test_no_finding_rests_on_what_was_not_read(study: Study, call: AnyCall) -> None:
    """Denying a call brings about no finding that was not there before."""
    _, after = study.denied(call)

    assert [] == invented(study.before, after)


@each_call
def test_the_exit_code_is_never_clean_where_findings_are_lost(study: Study, call: AnyCall) -> None:
    """A control alone, with its finding hidden, exits 3 (or 1 for another finding), never 0."""
    estate, after = study.denied(call)
    lost = {loss.control for loss in losses(study.before, after)}
    controls = [control for control in all_controls() if control.id in lost]

    run = check(estate, controls, today=TODAY, owners=OWNERS)

    for control in controls:
        alone = msgspec.structs.replace(
            run,
            gaps=(),
            findings=(),
            undecided=tuple(item for item in run.undecided if item.control == control.id),
        )
        assert 3 == exit_code(alone, fail_on=FailOn(control.severity.value)), control.id


@each_paged_call
def test_a_list_cut_between_pages_hides_nothing(study: Study, call: AnyCall) -> None:
    """Where the second page is denied, the first counts, the rest is a gap, and nothing passes for want of it."""
    estate = study.broken(call, faults.halved(faults.denied)).reading.estate
    after = judged(estate)

    assert call.action in {gap.iam_action for gap in _new(study, estate)}
    assert ([], []) == (silent(study.before, after), invented(study.before, after))


@each_paged_call
def test_pages_make_the_whole(study: Study, call: AnyCall) -> None:
    """An answer in two pages is read as the same answer in one."""
    assert study.first.reading.estate == study.broken(call, faults.halved()).reading.estate


def test_the_tape_of_a_study_changes_nothing(study: Study) -> None:
    """Reading a broken account with all other answers from a tape gives what reading it without a tape gives."""
    call = next(call for call in CALLS if call.method == "list_functions")
    from_tape = study.broken(call, faults.denied).reading.estate
    study.server.layer.break_(spelled(call), faults.denied)

    estate = read().reading.estate
    study.server.layer.mend()

    assert from_tape == estate


def test_the_page_of_unreadable_calls_is_current(study: Study) -> None:
    """`make docs` would not change docs/reference/unreadable.md."""
    written = runpy.run_path(str(ROOT / "tools" / "fault_table.py"))

    assert written["PAGE"].read_text() == written["page"](study)


def test_every_control_is_failed_by_the_planted_account(study: Study) -> None:
    """The laws say something of a control only where something is bad in its eyes, or has no reader yet."""
    failed = {control for (control, _), line in study.before.items() if line.verdict.deviations}
    undecided = {control for (control, _), line in study.before.items() if line.verdict.unknowns}

    assert {control.id for control in all_controls()} - _NOT_PLANTED == (failed | undecided) - _NOT_PLANTED


def test_nothing_is_left_undecided_by_an_undisturbed_reading_but_for_readers_to_come(study: Study) -> None:
    """Undisturbed, the planted account has no gaps."""
    estate = study.first.reading.estate

    assert () == estate.gaps
    assert [] == list(missing_roles(estate))


def test_nothing_secret_is_on_the_tape(study: Study) -> None:
    """Neither the answers that were kept nor the snapshot hold a planted secret or an error's message."""
    written = [path.read_bytes() for path in study.folder.rglob("answers.jsonl")]
    written.append(snapshot.dump(study.first.reading.estate))

    assert [] == [secret for secret in SECRETS for text in written if secret.encode() in text]
