"""Measures the live check beside a bare client that makes the very same calls, in the same run.

    python benchmarks/live.py [--rounds N] [--large]

The server is moto in a process of its own, so both pay for its slowness alike. The bare client is boto3 with a pool of
threads: it sends what our reader sent, taken from the reader's own tape, and judges nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
REGION = "us-east-1"
ROLE = "OrganizationAccountAccessRole"
APIECE = (sys.executable, "-m", "apiece")
THREADS = 32


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--large", action="store_true", help="also 10,000 functions in 100 accounts, once, without peer"
    )
    options = parser.parse_args()
    print("| functions | accounts | calls | apiece s | bare client s | ratio | peak MiB |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for functions in (200, 1_000):
        with served(functions, 1) as environment, tempfile.TemporaryDirectory() as scratch:
            tape = Path(scratch, "tape")
            run(environment, "--resume", str(tape))
            calls = recorded(tape / "answers.jsonl")
            ours, theirs, peak = [], [], 0.0
            for _ in range(options.rounds):
                seconds, memory = run(environment)
                ours.append(seconds)
                peak = max(peak, memory)
                theirs.append(bare(environment, calls))
            one, other = statistics.median(ours), statistics.median(theirs)
            print(f"| {functions:,} | 1 | {len(calls):,} | {one:.2f} | {other:.2f} | {one / other:.2f} | {peak:.0f} |")
    if options.large:
        with served(10_000, 100) as environment:
            seconds, peak = run(environment, "--assume-role", ROLE)
            print(f"| 10,000 | 100 | | {seconds:.0f} | | | {peak:.0f} |")


@contextmanager
def served(functions: int, accounts: int) -> Iterator[dict[str, str]]:
    """Start the server; yields the environment that leads to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (sys.executable, str(HERE / "served.py"), str(port), str(functions), str(accounts))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:  # noqa: S603 (our own)
        try:
            if server.stdout is not None:
                server.stdout.readline()
            yield {
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "benchmark",
                "AWS_SECRET_ACCESS_KEY": "benchmark",
                "AWS_DEFAULT_REGION": REGION,
            }
        finally:
            server.kill()


def run(environment: dict[str, str], *extra: str) -> tuple[float, float]:
    """Check the account once: wall time in seconds, peak memory in MiB."""
    command = (*APIECE, "check", f"aws:/{REGION}", "--format", "json", "--allow-gaps", *extra)
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603 (our own)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    if code not in {0, 1}:
        sys.exit(f"apiece ended with {code}")
    return seconds, usage.ru_maxrss / 1024


Recorded = tuple[str, str, str, dict[str, object]]


def recorded(tape: Path) -> list[Recorded]:
    """The calls of a tape: service, method, region, parameters."""
    found = []
    for line in tape.read_text().splitlines()[1:-1]:  # between the head and the mark that it is complete
        _, region, name, params = json.loads(line)["key"].split("/", 3)
        service, _, method = name.partition(".")
        found.append((service, method, region, json.loads(params)))
    return found


def bare(environment: dict[str, str], calls: list[Recorded]) -> float:
    """Send the calls from a process of its own, each kind of client made once; the wall time in seconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(calls, file)
        file.flush()
        start = time.perf_counter()
        subprocess.run(  # noqa: S603 (our own)
            (sys.executable, __file__, "--send", file.name), env=environment, check=True, stdout=subprocess.DEVNULL
        )
        return time.perf_counter() - start


def send(file: str) -> None:
    """What the bare client does."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    calls: list[Recorded] = json.loads(Path(file).read_text())
    session = boto3.Session()
    config = Config(max_pool_connections=THREADS, retries={"max_attempts": 2})
    clients = {
        key: session.client(key[0], region_name=key[1], config=config) for key in {(s, r) for s, _, r, _ in calls}
    }

    def one(call: Recorded) -> str:
        service, method, region, params = call
        client = clients[service, region]
        try:
            if client.can_paginate(method):
                for _ in client.get_paginator(method).paginate(**params):
                    pass
            else:
                getattr(client, method)(**params)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    with ThreadPoolExecutor(THREADS) as pool:
        print(Counter(pool.map(one, calls)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--send"]:
        send(sys.argv[2])
    else:
        main()
