"""Proves on a second AWS that the policy of `apiece policy` is enough for reading, and that no action of it is spare.

    pip install ministack==1.5.33
    python benchmarks/least_privilege.py [--keep-log FILE]

MiniStack with `AUTH=true` decides every request by IAM policies. It runs as a child on a free port of 127.0.0.1 and is
not able to listen anywhere else. An administrator plants an estate; a role that has the printed policy and nothing else
reads it, and must see what the administrator sees. Then the policy loses one action at a time: the reading must name
that very action in a gap, and no verdict may hide the loss.

Ends with 1 where an action that MiniStack checks leaves no gap, or where any of that does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import botocore.session
from botocore.exceptions import ClientError

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "tests" / "aws"))

from fault_study import Verdicts, judged, losses, quick_clients, read, silent  # noqa: E402 (found once its folder is on the path)
from least_privilege_estate import ACCOUNT, READER, REGION, plant  # noqa: E402

from apiece.api.policy import calls, reading_policy  # noqa: E402
from apiece.estate.estate import Estate  # noqa: E402
from apiece.estate.gap import Gap  # noqa: E402
from apiece.records.verdict import Outcome  # noqa: E402

TARGET = f"aws:/{REGION}"
EVERY_REGION = "aws:"
REGIONS_ACTION = "ec2:DescribeRegions"
_LOOPBACK = "127.0.0.1"
_NAMED = re.compile(r"perform:? `?([a-z0-9-]+:[A-Za-z]+)")
_SESSION = botocore.session.Session
"""Not the one that the study puts in its place: its clients are shared, whoever's credentials they were made with."""
Credentials = dict[str, str]


def main() -> None:
    """Run the proof and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep-log", type=Path, default=None, help="where MiniStack's own log is kept")
    options = parser.parse_args()
    began = time.perf_counter()
    with served(options.keep_log) as url, quick_clients():
        proof = prove(url)
    print(table(proof))
    print()
    print(summary(proof, time.perf_counter() - began))
    sys.exit(1 if proof.broken else 0)


# ------------------------------------------------------------------------------------------------------ the server


def serve() -> None:
    """Be MiniStack for as long as the parent lives.

    An attempt to listen beyond loopback fails in this process, whatever MiniStack's settings come to mean.
    """

    def guard(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.bind" and isinstance(args[1], tuple) and args[1][0] != _LOOPBACK:
            raise PermissionError(f"this MiniStack listens on {_LOOPBACK} only")

    def until_orphaned() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    sys.addaudithook(guard)
    threading.Thread(target=until_orphaned, daemon=True).start()
    from ministack.app import main as run

    sys.argv = ["ministack"]
    run()


@contextmanager
def served(log: Path | None) -> Iterator[str]:
    """Start MiniStack, yield its address, stop it."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port = probe.getsockname()[1]
    url = f"http://{_LOOPBACK}:{port}"
    with tempfile.TemporaryDirectory() as scratch, (log or Path(scratch, "log")).open("wb") as output:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": scratch,
            "TMPDIR": scratch,
            "STATE_DIR": scratch,
            "AUTH": "true",
            "BIND_HOST": _LOOPBACK,  # where it listens; MINISTACK_HOST is only the name that it answers to
            "MINISTACK_HOST": _LOOPBACK,
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }
        command = (sys.executable, __file__, "--serve")
        pipes = {"stdin": subprocess.PIPE, "stdout": output, "stderr": output}
        with subprocess.Popen(command, env=environment, **pipes) as server:  # noqa: S603 (our own)
            try:
                _await(server, url)
                yield url
            finally:
                server.send_signal(signal.SIGTERM)
                try:
                    server.wait(10)
                except subprocess.TimeoutExpired:
                    server.kill()


def _await(server: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(300):
        if server.poll() is not None:
            sys.exit("MiniStack did not start; is it installed (`pip install ministack==1.5.33`)?")
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1):  # noqa: S310 (our own address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit("MiniStack did not answer within 30 s")


# ------------------------------------------------------------------------------------------------------- the proof


@dataclass(frozen=True)
class Seen:
    """What one reading saw."""

    estate: Estate
    verdicts: Verdicts
    calls: dict[str, int]

    @property
    def denied(self) -> frozenset[str]:
        """Actions that gaps ask for."""
        return frozenset(gap.iam_action for gap in self.estate.gaps if gap.iam_action is not None)

    @property
    def passes(self) -> int:
        return sum(line.verdict.outcome is Outcome.PASS for line in self.verdicts.values())

    def new(self, before: Seen) -> tuple[Gap, ...]:
        """Gaps that another reading had not."""
        return tuple(gap for gap in self.estate.gaps if gap not in before.estate.gaps)


@dataclass(frozen=True)
class Line:
    """One action of the policy, and what its absence did."""

    action: str
    sent: int
    checked_as: tuple[str, ...]
    """The names by which MiniStack refuses the calls of this action to a role without any policy."""
    unchecked: tuple[str, ...]
    """Calls of this action that it answers to a role without any policy."""
    gaps: int
    others: tuple[str, ...]
    """Actions that gaps name although they were granted."""
    lost: int
    silent: tuple[str, ...]

    @property
    def checked(self) -> bool:
        return self.action in self.checked_as

    @property
    def broken(self) -> bool:
        return (self.checked and not self.gaps) or bool(self.silent) or bool(self.others)


@dataclass
class Proof:
    """All that was measured."""

    whole: Seen
    differences: list[str]
    nothing: Seen
    """What the reader sees without any policy."""
    asked: int
    """Calls that were sent one by one without any policy."""
    lines: list[Line] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        return bool(self.differences) or bool(self.nothing.passes) or any(line.broken for line in self.lines)


def prove(url: str) -> Proof:
    """Plant, read as two, then leave out one action at a time."""
    admin = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test"}
    reader = plant(url, admin)
    iam = _client("iam", url, admin)
    policy = json.loads(reading_policy(None))
    _grant(iam, policy)
    with tempfile.TemporaryDirectory() as folder:
        tape = Path(folder, "tape")
        most = _seen(url, admin, TARGET, tape)
        asked = _asked((tape / "answers.jsonl").read_text().splitlines(), most)
    whole = _seen(url, reader, TARGET)
    differences = _differences(most, whole)
    _grant(iam, None)
    names, answered = _powerless(url, reader, asked)
    proof = Proof(whole, differences, _seen(url, reader, TARGET), len(asked))
    for action in policy["Statement"][0]["Action"]:
        _grant(iam, _without(policy, action))
        target = EVERY_REGION if action == REGIONS_ACTION else TARGET
        now = _seen(url, reader, target)
        gaps = now.new(whole)
        proof.lines.append(
            Line(
                action=action,
                sent=whole.calls.get(action, now.calls.get(action, 0)),
                checked_as=tuple(sorted(names.get(action, ()))),
                unchecked=tuple(sorted(answered.get(action, ()))),
                gaps=sum(gap.iam_action == action for gap in gaps),
                others=tuple(sorted({gap.iam_action for gap in gaps if gap.iam_action not in {None, action}})),
                lost=len(losses(whole.verdicts, now.verdicts)),
                silent=tuple(silent(whole.verdicts, now.verdicts)),
            )
        )
    return proof


def _without(policy: dict[str, Any], action: str) -> dict[str, Any]:
    (statement,) = policy["Statement"]
    return {**policy, "Statement": [{**statement, "Action": [one for one in statement["Action"] if one != action]}]}


def _grant(iam: Any, policy: dict[str, Any] | None) -> None:  # noqa: ANN401 (clients have no types)
    """Make it the only policy of the role; None takes every policy away."""
    if policy is None:
        iam.delete_role_policy(RoleName=READER, PolicyName="read")
    else:
        iam.put_role_policy(RoleName=READER, PolicyName="read", PolicyDocument=json.dumps(policy))


def _seen(url: str, credentials: Credentials, target: str, tape: Path | None = None) -> Seen:
    with _environment(url, credentials):
        found = read(tape=tape, target=target)
    return Seen(found.reading.estate, judged(found.reading.estate), found.calls)


@contextmanager
def _environment(url: str, credentials: Credentials) -> Iterator[None]:
    """Lead every session to the server, and keep it from whatever this machine is configured with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ours = {"AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    with patch.dict(os.environ, {**kept, **ours, **nowhere, **credentials}, clear=True):
        yield


def _client(service: str, url: str, credentials: Credentials, region: str = REGION) -> Any:  # noqa: ANN401
    with _environment(url, credentials):
        return _SESSION().create_client(service, region_name=region)


def _differences(admin: Seen, reader: Seen) -> list[str]:
    """What two readings do not have in common, by name of the estate's parts."""
    parts = admin.estate.__struct_fields__
    found = [f"`{part}` differs" for part in parts if getattr(admin.estate, part) != getattr(reader.estate, part)]
    return found + [f"the reader is denied `{action}`" for action in sorted(reader.denied - admin.denied)]


# ------------------------------------------------------------------------------ under which names MiniStack refuses

Recorded = tuple[str, str, str, dict[str, Any]]


def _recorded(lines: list[str]) -> Iterator[Recorded]:
    """Every call of a reading, from its tape: service, method, region, parameters."""
    for line in lines[1:-1]:  # between the head and the mark that it is complete
        _, region, name, params = json.loads(line)["key"].split("/", 3)
        service, _, method = name.partition(".")
        yield service, method, region, json.loads(params)


def _asked(lines: list[str], most: Seen) -> list[Recorded]:
    """Every call of the administrator's reading, with those on no tape: they tell of a moment, or failed even then.

    The list of regions is only asked for where none is named.
    """
    taped = list(_recorded(lines))
    known = {(service, method) for service, method, _, _ in taped}
    return taped + [
        (call.service, call.method, REGION, {"AccountId": ACCOUNT} if call.service == "s3control" else {})
        for call in calls()
        if (call.service, call.method) not in known and (call.action in most.calls or call.action == REGIONS_ACTION)
    ]


def _powerless(url: str, reader: Credentials, asked: list[Recorded]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Send each call without any policy: the names under which it is refused, and the calls that are answered."""
    declared = {(call.service, call.method): call for call in calls()}
    clients: dict[tuple[str, str], Any] = {}
    names: dict[str, set[str]] = {}
    answered: dict[str, set[str]] = {}
    for service, method, region, params in asked:
        call = declared.get((service, method))
        if call is None:
            continue
        key = (service, region)
        if key not in clients:
            clients[key] = _client_of(url, reader, service, region)
        try:
            getattr(clients[key], method)(**params)
        except ClientError as error:
            text = str(error.response.get("Error", {}).get("Message", ""))
            code = str(error.response.get("Error", {}).get("Code", ""))
            named = _NAMED.search(text)
            if named is not None:
                names.setdefault(call.action, set()).add(named[1])
            else:
                answered.setdefault(call.action, set()).add(f"{service}.{method}: {code}")
        else:
            answered.setdefault(call.action, set()).add(f"{service}.{method}: answered")
    return names, answered


def _client_of(url: str, reader: Credentials, service: str, region: str) -> Any:  # noqa: ANN401
    client = _client(service, url, reader, region)
    if service == "s3control":  # an address has no names below it, as in `apiece.read.aws.session`
        client.meta.events.register("before-sign.s3-control", _without_account)
    return client


def _without_account(request: Any, **_: object) -> None:  # noqa: ANN401
    request.url = request.url.replace(f"://{ACCOUNT}.", "://", 1)


# -------------------------------------------------------------------------------------------------------- in words


def table(proof: Proof) -> str:
    """One line for each action."""
    rows = ["| action | calls | gaps that name it | findings lost with it | why no gap |", "|---|---:|---:|---:|---|"]
    rows += [
        f"| `{line.action}` | {line.sent} | {line.gaps or 'none'} | {line.lost} | {_why(line)} |"
        for line in proof.lines
    ]
    return "\n".join(rows)


def _why(line: Line) -> str:
    if line.gaps:
        return ""
    if not line.sent:
        return "not reached: no answer of MiniStack leads to it"
    if line.checked_as:
        names = ", ".join(f"`{name}`" for name in line.checked_as)
        return f"MiniStack checks it as {names}"
    return f"MiniStack does not check it: without any policy, {', '.join(line.unchecked)}"


def summary(proof: Proof, seconds: float) -> str:
    """The counts, and everything that does not hold."""
    proved = sum(bool(line.gaps) for line in proof.lines)
    reached = sum(bool(line.sent) for line in proof.lines)
    checked = sum(line.checked for line in proof.lines)
    whole = proof.whole
    text = [
        f"{proved} of {len(proof.lines)} actions are each needed: {reached} were used, {checked} are checked by name.",
        f"With all of them, the reader made {sum(whole.calls.values())} calls and gave {len(whole.verdicts)} verdicts.",
        "It saw what the administrator sees."
        if not proof.differences
        else "It did NOT see what the administrator sees.",
        f"Without any policy, {proof.nothing.passes} of {len(proof.nothing.verdicts)} verdicts pass.",
        f"Sent one by one without any policy, these calls of {proof.asked} are not refused by name:",
        *(f"- {one}" for line in proof.lines for one in line.unchecked),
        f"Gaps of the reader with all of them ({len(whole.estate.gaps)}):",
        *(f"- {gap.reason}" for gap in whole.estate.gaps),
        *(f"NOT EQUAL: {one}" for one in proof.differences),
        *(f"NO GAP: `{line.action}`" for line in proof.lines if line.checked and not line.gaps),
        *(f"SILENT without `{line.action}`: {one}" for line in proof.lines for one in line.silent),
        *(f"ALSO LOST without `{line.action}`: `{one}`" for line in proof.lines for one in line.others),
        f"{seconds:.0f} s",
    ]
    return "\n".join(text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        main()
