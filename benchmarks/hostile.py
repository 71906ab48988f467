"""Measures every face of the policy engine on documents that nobody should send: huge, deep, entangled, malformed.

    python benchmarks/hostile.py [--case NAME] [--face NAME] [--seconds N] [--json FILE]

Each case is put to each face in a process of its own, which is stopped after N seconds of CPU (60) and at 2 GiB of
memory. The table says what came out: an answer, an error with a place, or what should never come out (a crash,
`stopped`). Ends with 1 if anything of that kind came out.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1_000_000
MEMORY = 2 << 30
SEED = 20261125
Statement = dict[str, object]
_ACCOUNT = "111122223333"
_BUCKET = "arn:aws:s3:::bucket"
_SERVICES = (
    *("s3", "sqs", "sns", "ec2", "iam", "sts", "kms", "ssm", "rds", "ecs", "ecr", "eks", "logs", "events", "lambda"),
    *("dynamodb", "athena", "glue", "batch", "backup", "codebuild"),
)


@dataclass(frozen=True)
class Case:
    """Two documents as text; `principals` says that both name their callers."""

    old: str
    new: str
    principals: bool = False


# ------------------------------------------------------------------------------------------------------------ cases


def one(effect: str = "Allow", action: object = "s3:GetObject", resource: object = "*", **more: object) -> Statement:
    """One statement."""
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def when(operator: str, values: object, key: str = "aws:PrincipalTag/a") -> Statement:
    """A condition, as an element of a statement."""
    return {"Condition": {operator: {key: values}}}


def text(*statements: Statement, version: str | None = "2012-10-17") -> str:
    """A document."""
    return json.dumps({**({"Version": version} if version else {}), "Statement": list(statements)})


def pair(old: list[Statement], new: list[Statement]) -> Case:
    """A case of two lists of statements."""
    return Case(text(*old), text(*new))


def short_statements() -> Case:
    """Many short statements, a megabyte of them."""
    return pair(
        [one(resource=f"{_BUCKET}{number}/*") for number in range(14_000)],
        [one(resource=f"{_BUCKET}{number}/a*") for number in range(14_000)],
    )


def denials() -> Case:
    """Two thousand Deny statements on either side."""
    made = [one("Deny", "s3:*", f"{_BUCKET}{number}*x*") for number in range(2_000)]
    return pair([one(action="*"), *made], [one(action="s3:*"), *made[1:]])


def many_actions() -> Case:
    """Fifty thousand actions that nobody knows in one statement."""
    names = [f"s3:Unknown{number}" for number in range(50_000)]
    return pair([one(action=names[1:])], [one(action=names)])


def many_known_actions() -> Case:
    """Fifty thousand spellings of actions with wildcards."""
    names = [f"s3:Get{'*' * (number % 9 + 1)}{'abcdefghij'[number % 10]}{number}*" for number in range(50_000)]
    return pair([one(action=names[1:])], [one(action=names)])


def many_resources() -> Case:
    """Fifty thousand resources in one statement."""
    names = [f"{_BUCKET}{number}" for number in range(50_000)]
    return pair([one(resource=names[1:])], [one(resource=names)])


def resources_both() -> Case:
    """Ten thousand resources with wildcards on each side, each covered by one of the other."""
    return pair(
        [one(resource=[f"{_BUCKET}/{number}*" for number in range(10_000)])],
        [one(resource=[f"{_BUCKET}/{number}*x*" for number in range(10_000)])],
    )


def not_resources() -> Case:
    """Ten thousand resources on one side, ten thousand exceptions on the other."""
    names = [f"{_BUCKET}/*{number}*" for number in range(10_000)]
    other = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": names}
    return pair([other], [one(resource=[f"{name}x" for name in names])])


def long_text() -> Case:
    """One text of a megabyte as a resource."""
    return pair([one(resource=f"{_BUCKET}/{'a' * MEGABYTE}*")], [one(resource=f"{_BUCKET}/{'a' * MEGABYTE}b*")])


def long_glob() -> Case:
    """One resource of half a million stars between letters."""
    return pair([one(resource=f"{_BUCKET}/{'*a' * 500_000}*b")], [one(resource=f"{_BUCKET}/{'*a' * 500_000}*c*")])


def long_action() -> Case:
    """An action of a megabyte."""
    return pair([one(action="s3:" + "Ab*" * 300_000)], [one(action="s3:" + "Ab?" * 300_000)])


def long_value() -> Case:
    """A value of a condition of a megabyte."""
    return pair([one(**when("StringLike", "*ab" * 300_000 + "*"))], [one(**when("StringEquals", "ab" * 500_000))])


def long_ignoring_case() -> Case:
    """A value compared without case, of a megabyte of many letters."""
    value = "".join(chr(0x100 + number % 5_000) for number in range(300_000))
    return pair([one(**when("StringEqualsIgnoreCase", value))], [one(**when("StringEqualsIgnoreCase", [value + "x"]))])


def long_key() -> Case:
    """A condition key of a megabyte."""
    key = "aws:PrincipalTag/" + "k" * MEGABYTE
    return pair([one(**when("StringEquals", "x", key))], [one(**when("StringLike", "x*", key))])


def stars() -> Case:
    """Two thousand stars on both sides."""
    return pair([one(resource=f"{_BUCKET}/{'*a' * 2_000}*b")], [one(resource=f"{_BUCKET}/{'*a' * 2_001}*b")])


def stars_apart() -> Case:
    """Two thousand stars on both sides, in a condition, the wider new."""
    return pair(
        [one(**when("StringLike", "*a" * 2_001 + "*b"))],
        [one(**when("StringLike", "*a" * 2_000 + "*b"))],
    )


def question_marks() -> Case:
    """Ten thousand question marks."""
    return pair([one(resource=f"{_BUCKET}/{'?' * 10_000}")], [one(resource=f"{_BUCKET}/{'?' * 9_999}*")])


def overlapping() -> Case:
    """A hundred patterns that overlap each other, all subtracted from one that takes in all."""
    return pair(
        [one(resource=f"{_BUCKET}/*{a}*{b}*") for a in "abcdefghij" for b in "klmnopqrst"],
        [one(resource=f"{_BUCKET}/*")],
    )


def marks_subtracted() -> Case:
    """Patterns of which each forgets one place: together nearly everything, and no text is short."""
    old = [one(resource=f"{_BUCKET}/{'?' * place}a{'?' * (40 - place)}") for place in range(41)]
    return pair(old, [one(resource=f"{_BUCKET}/{'?' * 41}")])


def counting() -> Case:
    """Unequal last letters but one: an automaton of two to the power of thirty states."""
    old = [one(**when("StringLike", f"*a{'?' * place}")) for place in range(0, 60, 2)]
    return pair(old, [one(**when("StringLike", "*"))])


def products() -> Case:
    """Thirty conditions on one key that must all hold, each with ten patterns."""
    conditions = {
        f"{prefix}StringLike{suffix}": {"aws:PrincipalTag/a": [f"*{chr(97 + place)}*{number}*" for number in range(10)]}
        for place, (prefix, suffix) in enumerate(
            (p, s) for p in ("", "ForAllValues:", "ForAnyValue:") for s in ("", "IfExists")
        )
    }
    new = [one(Condition=conditions)]
    old = [one(**when("StringLike", [f"*{number}*" for number in range(10)]))]
    return pair(old, new)


def both_bounds() -> Case:
    """A hundred resources in the policy and a hundred in each of ten that bound it."""
    made = [one(resource=[f"{_BUCKET}/*{chr(97 + place)}{number}*" for number in range(100)]) for place in range(10)]
    denied = [{"Effect": "Deny", "Action": "*", "NotResource": statement["Resource"]} for statement in made]
    return pair([one(resource=f"{_BUCKET}/none")], [one(), *denied])


def conditions() -> Case:
    """Five hundred statements, each with conditions."""
    made = [
        one(
            resource=f"{_BUCKET}{number}/*",
            Condition={
                "StringEquals": {"aws:PrincipalTag/team": f"t{number}"},
                "IpAddress": {"aws:SourceIp": f"10.{number % 256}.0.0/16"},
                "NumericLessThan": {"s3:max-keys": str(number)},
            },
        )
        for number in range(500)
    ]
    return pair(made[1:], made)


def denied_conditions() -> Case:
    """Five hundred Deny statements about one resource, each with two conditions."""
    made = [
        one(
            "Deny",
            Condition={
                "StringNotEquals": {f"aws:PrincipalTag/k{number}": f"t{number}"},
                "StringLike": {f"aws:RequestTag/k{number}": f"*{number}*"},
            },
        )
        for number in range(500)
    ]
    return pair([one(), *made], [one(), *made[1:]])


def entangled() -> Case:
    """Clauses over common keys: a puzzle of forty variables in three-literal clauses."""
    turn = random.Random(SEED)  # noqa: S311 (a puzzle)
    made = []
    for _ in range(170):
        chosen = turn.sample(range(40), 3)
        condition: dict[str, dict[str, str]] = {}
        for key in chosen:
            condition.setdefault(turn.choice(("StringEquals", "StringNotEquals")), {})[f"aws:PrincipalTag/k{key}"] = "a"
        made.append(one("Deny", Condition=condition))
    return pair([one(action="sqs:*")], [one(), *made])


def forced() -> Case:
    """Two thousand Deny statements of which each forces one thing, and together too much."""
    names = [f"t{number}" for number in range(2_000)]
    made = [one("Deny", **when("StringEquals", name)) for name in names]
    return pair([one(action="sqs:*")], [one(**when("StringEquals", names)), *made])


def forced_apart() -> Case:
    """A thousand Deny statements about a key each, and one that contradicts the last."""
    made = [one("Deny", **when("StringNotEquals", "x", f"aws:PrincipalTag/k{number}")) for number in range(1_000)]
    last = one("Deny", **when("StringEquals", "x", "aws:PrincipalTag/k999"))
    return pair([one(action="sqs:*")], [one(), *made, last])


def each_its_own() -> Case:
    """A statement for each letter that actions of twenty services begin with, in another order."""
    starts = [(service, letter) for service in _SERVICES for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    made = [one(action=f"{service}:{letter}*", resource=f"{_BUCKET}{service}{letter}") for service, letter in starts]
    return pair(made, list(reversed(made)))


def keys() -> Case:
    """Six hundred condition keys in one statement."""
    return pair(
        [one(Condition={"StringEquals": {f"aws:PrincipalTag/k{number}": "a" for number in range(600)}})],
        [one(Condition={"StringLike": {f"aws:PrincipalTag/k{number}": "a*" for number in range(600)}})],
    )


def values(operator: str, made: Callable[[int], str], count: int = 600, key: str = "aws:PrincipalTag/a") -> Case:
    """Hundreds of values under one operator and its like."""
    return pair(
        [one(**when(operator, [made(number) for number in range(1, count)], key))],
        [one(**when(operator, [made(number) for number in range(count)], key))],
    )


def addresses() -> Case:
    """Six hundred blocks."""
    return values("IpAddress", lambda number: f"10.{number % 256}.{number // 256 * 64}.0/18", key="aws:SourceIp")


def no_addresses() -> Case:
    """Six hundred blocks, and an operator that excludes them."""
    return values("NotIpAddress", lambda number: f"10.{number % 256}.{number // 256 * 64}.0/18", key="aws:SourceIp")


def addresses_300() -> Case:
    """Three hundred blocks on one side and as many excluded on the other."""
    blocks = [f"10.{number % 256}.{number // 256 * 64}.0/18" for number in range(199)]
    return pair(
        [one(**when("NotIpAddress", blocks, "aws:SourceIp"))], [one(**when("IpAddress", blocks, "aws:SourceIp"))]
    )


def numbers() -> Case:
    """Six hundred numbers."""
    return values("NumericEquals", lambda number: f"{number}.5e{number % 300}")


def numbers_300() -> Case:
    """A hundred and ninety numbers on each side, as long as numbers may be."""
    long = [f"{number}{'1' * 290}.{'3' * 290}e{number}" for number in range(190)]
    return pair([one(**when("NumericNotEquals", long))], [one(**when("NumericEquals", long))])


def dates() -> Case:
    """Six hundred dates."""
    return values("DateNotEquals", lambda number: f"20{number % 100:02}-0{number % 9 + 1}-01T00:00:00Z")


def variables() -> Case:
    """Three thousand policy variables in one resource and in conditions."""
    many = "".join(f"${{aws:PrincipalTag/k{number}}}/" for number in range(3_000))
    return pair([one(resource=f"{_BUCKET}/{many}x")], [one(resource=f"{_BUCKET}/{many}")])


def variables_each() -> Case:
    """A thousand resources with a policy variable each."""
    return pair(
        [one(resource=[f"{_BUCKET}/${{aws:PrincipalTag/k{number}}}/{number}" for number in range(1_000)])],
        [one(resource=[f"{_BUCKET}/${{aws:PrincipalTag/k{number}}}/*" for number in range(1_000)])],
    )


def open_braces() -> Case:
    """Variables that never end."""
    return pair([one(resource=f"{_BUCKET}/" + "${" * 200_000)], [one(resource=f"{_BUCKET}/" + "${" * 200_000 + "}")])


def odd_numbers() -> Case:
    """Numbers that no machine holds, dates that no calendar has, blocks that no network has, names of no alphabet."""
    latest = "9999-12-31T23:59:59-23:59"
    blocks = ["10.0.0.0/33", "::/129", "1.2.3", "::ffff:1.2.3.4/120", "fe80::1%eth0", "10.0.0.1/0.0.0.0"]
    strange = ["1e999999", "1" * 10_000, "-0", "1e-999", "١٢", "NaN", "inf", "1_000", "0x10", ""]
    return pair(
        [one(**when("NumericEquals", strange)), one(**when("DateEquals", ["9999-99-99", latest, "1" * 30]))],
        [
            one(**when("NumericLessThan", strange)),
            one(**when("DateLessThan", ["9999-99-99", "0000-00-00", latest, "24:00", "-999999999999"])),
            one(**when("IpAddress", blocks)),
            one(**when("BinaryEquals", ["====", "QQ==", "QQ", "\u00e9", "Q Q = ="])),
            one(**when("Bool", ["", "TRUE", "maybe"])),
            one(**when("Null", ["", "TRUE", "maybe"])),
        ],
    )  # fmt: skip


def odd_names() -> Case:
    """NUL, line ends, private characters, and letters whose case changes their number, everywhere."""
    strange = "\0\n\u2028\ufdd0\U0010ffff\u0130\u1e9e\u212a"
    return pair(
        [one(action="s3:Get\u0130*", resource=f"arn:aws:s3:::{strange}*"), one(**when("StringLike", strange, strange))],
        [
            one(action=["s3:Get\u0130", "\u017f3:GetObject"], resource=f"arn:aws:s3:::{strange}"),
            one(**when("StringEqualsIgnoreCase", [strange, strange.lower(), strange.upper()], strange)),
        ],
    )  # fmt: skip


def version_missing() -> Case:
    """No version, and a variable."""
    made = one(resource=f"{_BUCKET}/${{aws:username}}/*")
    return Case(text(made, version=None), text(made, version=None))


def deep() -> Case:
    """Lists in lists, a hundred thousand deep."""
    body = '{"Version":"2012-10-17","Statement":' + "[" * 100_000 + "]" * 100_000 + "}"
    return Case(body, body)


def deep_objects() -> Case:
    """Objects in objects that never end."""
    return Case('{"a":' * 100_000, '{"a":' * 100_000)


def repeated_keys() -> Case:
    """A megabyte of one key."""
    body = '{"Version":"2012-10-17",' + ",".join(['"Statement":[]'] * 70_000) + "}"
    return Case(body, body)


def many_keys() -> Case:
    """A megabyte of keys that do not exist."""
    body = "{" + ",".join(f'"k{number}":1' for number in range(80_000)) + "}"
    return Case(body, body)


def long_number() -> Case:
    """A number of a hundred thousand digits, and exponents beyond measure."""
    body = text(one(**when("NumericEquals", 0)))
    return Case(*(body.replace("0}", f"{number}}}") for number in ("9" * 100_000, "1e999999")))


def surrogates() -> Case:
    """Half a character."""
    return Case(text(one(resource=f"{_BUCKET}/\ud800")), text(one(resource=f"{_BUCKET}/\udfff")))


def callers() -> Case:
    """A thousand callers of a thousand accounts, named."""
    made = [
        one(Principal={"AWS": f"arn:aws:iam::{number:012}:role/r{number}"}, resource=f"{_BUCKET}/{number}*")
        for number in range(300)
    ]
    return Case(text(*made[1:]), text(*made), principals=True)


def callers_together() -> Case:
    """Ten thousand callers in one statement."""
    names = [f"arn:aws:iam::{number:012}:role/r{number}" for number in range(10_000)]
    return Case(
        text(one(Principal={"AWS": names[1:]}, resource=f"{_BUCKET}/*")),
        text(one(Principal={"AWS": names}, resource=f"{_BUCKET}/*")),
        principals=True,
    )


def caller_values() -> Case:
    """Everybody, if of one of two thousand accounts."""
    names = [f"{number:012}" for number in range(2_000)]
    made = one(Principal="*", resource=f"{_BUCKET}/*", **when("StringEquals", names, "aws:PrincipalAccount"))
    return Case(text(made), text(made), principals=True)


CASES: tuple[Callable[[], Case], ...] = (
    short_statements, denials, many_actions, many_known_actions, many_resources, resources_both, not_resources,
    long_text, long_glob, long_action, long_value, long_ignoring_case, long_key, stars, stars_apart, question_marks,
    overlapping, marks_subtracted, counting, products, both_bounds, conditions, denied_conditions, entangled, forced,
    forced_apart, each_its_own, keys,
    addresses, no_addresses, addresses_300, numbers, numbers_300, dates, variables, variables_each, open_braces,
    odd_numbers, odd_names, version_missing, deep, deep_objects, repeated_keys, many_keys, long_number, surrogates,
    callers, callers_together, caller_values,
)  # fmt: skip


def signed_by_all(body: str) -> str:
    """The same document as a resource's policy that is about everybody."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        return body
    made = whole.get("Statement")
    for statement in made if isinstance(made, list) else [made]:
        if isinstance(statement, dict):
            statement.setdefault("Principal", "*")
    return json.dumps(whole)


# ------------------------------------------------------------------------------------------------------------ faces


def parsed(case: Case) -> str:
    """Read both documents."""
    return f"{len(_policy(case.old, case).statements)}+{len(_policy(case.new, case).statements)} statements"


def compared(case: Case) -> str:
    """Compare, write the certificate, and have it checked, in both directions."""
    from apiece.iam.checker.verify import verify_all
    from apiece.iam.claims import claims_of
    from apiece.iam.compare import compare

    said = []
    old, new = _policy(case.old, case), _policy(case.new, case)
    for before, after in ((old, new), (new, old)):
        began = time.process_time()
        found = compare([before], [after])
        told = f"{found.verdict.value} {time.process_time() - began:.1f}"
        if found.proved is not None:
            certificate = json.loads(json.dumps(found.certificate()))
            began = time.process_time()
            checked = verify_all(certificate, claims_of(found.proved))
            told += (
                f" {'checked' if checked.valid else f'REFUSED ({checked.reason})'} {time.process_time() - began:.1f}"
            )
        said.append(told + (f" ({found.reason[:70]})" if found.reason else ""))
    return "; ".join(said)


def may(case: Case) -> str:
    """Ask what a role may do under one document, bounded by the other."""
    from apiece.iam.evaluate import Layers
    from apiece.iam.granted import granted
    from apiece.iam.request import Caller, CallerType

    caller = Caller(CallerType.ROLE, f"arn:aws:iam::{_ACCOUNT}:role/app", _ACCOUNT)
    old, new = _policy(case.old, case), _policy(case.new, case)
    layers = (
        Layers(identity=None, resource_policy=new)
        if case.principals
        else Layers(identity=(new,), boundary=(old,), session=(new,))
    )
    found = granted(caller, layers)
    return f"{found.result.value} {found.reason[:70]}"


def exposed(case: Case) -> str:
    """Ask whom the new document lets in."""
    from apiece.iam.exposure import Exposure, Ground, public

    return _ways(public(_everybodys(case), Ground(owner=_ACCOUNT)), Exposure)


def across(case: Case) -> str:
    """Ask whom of other accounts the new document names and lets in."""
    from apiece.iam.exposure import Exposure, Ground, cross_account

    return _ways(cross_account(_everybodys(case), Ground(owner=_ACCOUNT)), Exposure)


def minimised(case: Case) -> str:
    """Make the new document smaller."""
    from apiece.iam.minimise import minimise

    found = minimise([_policy(case.new, case)])
    return f"{len(found.steps)} steps, proved: {found.proof.holds}"


def superfluous(case: Case) -> str:
    """Look for statements that change nothing."""
    from apiece.iam.minimise import redundant

    return f"{len(redundant([_policy(case.new, case)]))} redundant"


def _policy(body: str, case: Case):  # noqa: ANN202 (the engine is loaded in the process that is measured)
    from apiece.iam.document import PolicyKind, parse_json

    return parse_json(body, PolicyKind.RESOURCE if case.principals else PolicyKind.IDENTITY)


def _everybodys(case: Case):  # noqa: ANN202
    from apiece.iam.document import PolicyKind, parse_json

    return parse_json(signed_by_all(case.new), PolicyKind.RESOURCE)


def _ways(found: tuple[object, ...], exposure: type) -> str:
    ways = sum(isinstance(one, exposure) for one in found)
    reasons = {one.reason for one in found if not isinstance(one, exposure)}  # type: ignore[attr-defined]
    return f"{ways} ways in" + (f", unknown: {min(reasons)[:70]}" if reasons else "")


def by_command(*arguments: str) -> Callable[[Case], str]:
    """Run the command line on the documents; `OLD` and `NEW` stand for their files."""

    def run(case: Case) -> str:
        from apiece.cli import main

        with tempfile.TemporaryDirectory() as folder:
            old, new, proof = (Path(folder) / name for name in ("old.json", "new.json", "proof.json"))
            new_body = signed_by_all(case.new) if "public" in arguments else case.new
            old.write_text(case.old, encoding="utf-8", errors="surrogatepass")
            new.write_text(new_body, encoding="utf-8", errors="surrogatepass")
            proof.write_text(case.new, encoding="utf-8", errors="surrogatepass")
            places = {"OLD": str(old), "NEW": str(new), "PROOF": str(proof)}
            out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
            sys.argv = ["apiece", "iam", *(places.get(one, one) for one in arguments)]
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    code = main()
                except SystemExit as left:
                    code = left.code
            told = _written(err if code in {2, 70} else out).replace(folder, "").strip().splitlines()
            if code == 70:  # noqa: PLR2004 - a bug
                raise AssertionError(" ".join(told))
            return f"exit {code}: {' '.join(told)[:100]}"

    return run


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


FACES: dict[str, Callable[[Case], str]] = {
    "parse": parsed,
    "compare": compared,
    "granted": may,
    "public": exposed,
    "cross": across,
    "minimise": minimised,
    "redundant": superfluous,
    "cli compare": by_command("compare", "OLD", "NEW"),
    "cli check": by_command("check", "PROOF", "OLD", "NEW"),
    "cli public": by_command("public", "NEW"),
    "cli minimise": by_command("minimise", "NEW"),
}


# --------------------------------------------------------------------------------------------------------- measuring


@dataclass(frozen=True)
class Row:
    """What one face made of one case."""

    case: str
    face: str
    kind: str
    """`answer`, `error`, `crash` or `stopped`."""
    told: str
    seconds: float
    mebibytes: float


def measure(case: Callable[[], Case], face: str) -> dict[str, object]:
    """Put a case to a face, in this process."""
    from apiece.errors import ApieceError
    from apiece.iam.compare import compare
    from apiece.iam.document import PolicyKind, parse_json

    made = case()
    small = parse_json(text(one()), PolicyKind.IDENTITY)
    compare([small], [small])  # the catalogue is loaded once by any program
    began = time.process_time()
    try:
        kind, told = "answer", FACES[face](made)
    except ApieceError as error:
        kind, told = "error" if error.span is not None else "crash", f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - what should never come out is what is looked for
        kind, told = "crash", f"{type(error).__name__}: {error}"
    return {
        "kind": kind,
        "told": told,
        "seconds": time.process_time() - began,
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def apart(case: str, face: str, seconds: int) -> Row:
    """Measure in a process of its own."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    command = [sys.executable, __file__, "--case", case, "--face", face, "--here"]
    done = subprocess.run(command, preexec_fn=limited, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode or not done.stdout:
        told = (done.stderr.strip().splitlines() or [""])[-1][:200]
        return Row(case, face, "stopped", f"exit {done.returncode} {told}", seconds, 0)
    return Row(case, face, **json.loads(done.stdout.splitlines()[-1]))


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """All cases before all faces."""
    for case in CASES:
        for face in FACES:
            if options.case in {None, case.__name__} and options.face in {None, face}:
                yield apart(case.__name__, face, options.seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case")
    parser.add_argument("--face", choices=FACES)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        case = next(case for case in CASES if case.__name__ == options.case)
        print(json.dumps(measure(case, options.face)))
        return
    found = []
    print(f"{'case':<20}{'face':<13}{'CPU s':>7}{'MiB':>6}  what came out")
    for row in rows(options):
        found.append(row)
        print(
            f"{row.case:<20}{row.face:<13}{row.seconds:>7.2f}{row.mebibytes:>6.0f}  {row.kind}: {row.told[:150]}",
            flush=True,
        )
    if options.json is not None:
        options.json.write_text(json.dumps([vars(row) for row in found], indent=1) + "\n", encoding="utf-8")
    sys.exit(any(row.kind in {"crash", "stopped"} for row in found))


if __name__ == "__main__":
    main()
