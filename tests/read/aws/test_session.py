"""Claims about credentials that do not work: what a user is told, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import faulty_aws as faults
import pytest
from faulty_aws import Server, refused

from apiece.cli import main

Told = Callable[..., tuple[object, str]]


@pytest.fixture
def told(endpoint: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """Run `apiece check` on a target; its exit code and what stands on standard error."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.chdir(tmp_path)
    endpoint.layer.mend()

    def run(target: str = "aws:/us-east-1", *more: str) -> tuple[object, str]:
        monkeypatch.setattr("sys.argv", ["apiece", "check", target, *more])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        assert not said.out
        return left.value.code, said.err

    return run


def _error(message: str, hint: str) -> tuple[int, str]:
    return 2, f"error: {message}\n   = help: {hint}\n"


LOG_IN = "log in, name another profile (`aws:PROFILE`), or a region that is enabled"
CLOCK = "compare this machine's clock, and the secret key"
NETWORK = "look at the network, the region and `AWS_ENDPOINT_URL`"
AGAIN = "log in again, and start again; `--resume` keeps what was read"


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        (refused("ExpiredToken", 403), "the AWS credentials have expired", AGAIN),
        (refused("SignatureDoesNotMatch", 403), "AWS does not accept the signature (SignatureDoesNotMatch)", CLOCK),
        (refused("RequestTimeTooSkewed", 403), "AWS does not accept the signature (RequestTimeTooSkewed)", CLOCK),
        (refused("InvalidClientTokenId", 403), "AWS does not accept the credentials (InvalidClientTokenId)", LOG_IN),
        (faults.denied, "AWS does not accept the credentials (AccessDenied)", LOG_IN),
        (faults.throttled, "AWS could not be reached: Throttling", NETWORK),
        (faults.failing, "AWS could not be reached: InternalFailure", NETWORK),
        (faults.unavailable, "AWS could not be reached: 503", NETWORK),
        (faults.dropped, "AWS could not be reached: ConnectionClosedError", NETWORK),
        (faults.torn, "AWS could not be reached: ResponseParserError", NETWORK),
        (faults.garbled, "AWS could not be reached: ResponseParserError", NETWORK),
        (faults.portal, "AWS could not be reached: ResponseParserError", NETWORK),
        (faults.empty, "AWS could not be reached: ResponseParserError", NETWORK),
        (faults.other_shape, "AWS could not be reached: ResponseParserError", NETWORK),
        (faults.shortened, "AWS could not be reached: ResponseParserError", NETWORK),
    ],
)
def test_credentials_that_do_not_work_are_told_with_what_to_do(
    endpoint: Server, told: Told, fault: faults.Fault, message: str, hint: str
) -> None:
    """Where AWS does not say whose the credentials are, nothing is read: exit code 2, one message, one advice."""
    endpoint.layer.break_("sts.GetCallerIdentity", fault)

    assert _error(message, hint) == told()


def test_a_short_disturbance_does_not_end_a_read_before_it_begins(endpoint: Server, told: Told) -> None:
    """The first call of all is tried again like any other."""
    endpoint.layer.break_("sts.GetCallerIdentity", faults.throttled, times=3)
    endpoint.layer.break_(None, faults.denied, where=lambda asked: not asked.name.startswith("sts."))

    code, _ = told("aws:/us-east-1", "-o", "out.txt")

    assert 3 == code


def test_no_credentials(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none are found, the message says so."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    assert _error("no AWS credentials were found", "log in, or name a profile: `aws:PROFILE`") == told()


@pytest.mark.parametrize(
    ("configured", "hint"),
    [("", "no profile is configured"), ("[profile audit]\n[default]\n", "there are audit, default")],
)
def test_an_unknown_profile(
    told: Told, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, configured: str, hint: str
) -> None:
    """The hint names the profiles that there are."""
    (tmp_path / "config").write_text(configured)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    assert _error("no AWS profile is called `autid`", hint) == told("aws:autid")


def test_a_profile_of_the_environment_that_is_unknown_is_named(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """`AWS_PROFILE` counts where the target names no profile."""
    monkeypatch.setenv("AWS_PROFILE", "autid")

    assert _error("no AWS profile is called `autid`", "no profile is configured") == told("aws:")


@pytest.mark.parametrize("target", ["aws:audit", "aws:"])
def test_a_configuration_that_cannot_be_read(
    told: Told, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str
) -> None:
    """A broken configuration file is a message without its content."""
    (tmp_path / "config").write_text("[profile audit\nsecret = hunter2")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    code, said = told(target)

    assert 2 == code
    assert said.startswith("error: the AWS configuration cannot be read: ConfigParseError")
    assert "hunter2" not in said


def test_an_endpoint_that_nobody_serves(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong `AWS_ENDPOINT_URL` is named in the hint."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    assert _error("AWS could not be reached: EndpointConnectionError", NETWORK) == told()


def test_an_endpoint_that_is_no_address(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """A malformed `AWS_ENDPOINT_URL` is a message, not a bug."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "not an address")

    code, said = told()

    assert 2 == code
    assert re.match(r"error: AWS could not be reached: \w+\n   = help: ", said)


def test_a_folder_for_answers_that_cannot_be_written_to(told: Told, tmp_path: Path) -> None:
    """`--resume` is refused before anything is read."""
    (tmp_path / "file").write_text("")

    code, said = told("aws:/us-east-1", "--resume", "file")

    assert 2 == code
    assert said.startswith("error: cannot keep answers in `file`: File exists\n")


def test_a_region_that_cannot_be_one(told: Told) -> None:
    """It is refused before AWS is asked."""
    assert _error("`us-east` is not a region", "write `aws:PROFILE/us-east-1,eu-west-1`") == told("aws:/us-east")
