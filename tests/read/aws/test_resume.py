"""Claims about reads that are stopped: killed, they go on where they were; interrupted, they say how."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kill_study import Snapshots, killed_often, served
from planted_aws import SECRETS

_DELAY = 0.05


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The planted account in another process, each of whose answers takes a moment."""
    with served(_DELAY) as address:
        yield address


@pytest.fixture(scope="module")
def slow() -> Iterator[str]:
    """The planted account, of which resource policies take a minute each."""
    with served(60, "lambda.GetPolicy") as address:
        yield address


@pytest.fixture
def snapshots(url: str, tmp_path: Path) -> Snapshots:
    return Snapshots(url, tmp_path)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_read_that_is_killed_goes_on_where_it_was(snapshots: Snapshots, seed: int) -> None:
    """Killed at random moments and taken up again, a read ends as an undisturbed one, and keeps no answer twice."""
    undisturbed = snapshots.finish()
    answers = snapshots.keys()
    snapshots.tape.unlink()
    snapshots.output.unlink()

    kept = killed_often(snapshots, times=3, total=len(answers), seed=seed)
    written = snapshots.output.exists()
    resumed = snapshots.finish()

    assert 0 == undisturbed[0]
    assert undisturbed == resumed
    assert sorted(kept) == kept
    assert not written
    assert answers == snapshots.keys()


def test_an_interrupted_read_is_left_at_once_and_can_go_on(snapshots: Snapshots) -> None:
    """Ctrl-C ends a read with exit code 130; what was read is kept, no snapshot is written, the next run goes on."""
    with snapshots.start() as child:
        snapshots.await_answers(child, 5)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)

    assert 130 == child.returncode
    assert snapshots.written() >= 5
    assert not snapshots.output.exists()
    assert 0 == snapshots.finish()[0]


@pytest.mark.parametrize("keep", [True, False])
def test_an_interrupted_read_does_not_wait_for_aws(slow: str, tmp_path: Path, keep: bool) -> None:  # noqa: FBT001
    """Where each answer takes a minute, Ctrl-C still ends a read within two seconds, and says how to go on."""
    snapshots = Snapshots(slow, tmp_path)
    with snapshots.start(keep=keep) as child:
        snapshots.await_answers(child, 20) if keep else time.sleep(4)
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=30)
        took = time.monotonic() - began

    advice = (
        f"what was read is kept in `{snapshots.tape.parent}`: run the same command again to go on"
        if keep
        else "nothing was kept; with `--resume FOLDER` a stopped read of an account can go on later"
    )
    assert (130, f"\n{advice}\ninterrupted\n") == (child.returncode, said)
    assert took < 2


def test_no_secret_is_kept_or_shown(snapshots: Snapshots) -> None:
    """No planted secret is in the tape, in the snapshot, or in what was said."""
    _, said = snapshots.finish()

    texts = [said, snapshots.output.read_text(), snapshots.tape.read_text()]

    assert [] == [secret for secret in SECRETS for text in texts if secret in text]
