"""Which texts may be kept as they are, and what is kept of every other: its form, never its content.

Readers pass environment values, defaults of parameters, inline code strings and stored API answers through `seal`
before anything is stored. A `Sealed` says what a text looked like and which detectors recognised a credential in it; it
holds no part and no hash of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from apiece.estate import secret_names, secret_shapes
from apiece.estate.secret_shapes import HOLE, INSPECTED, Confidence, is_random
from apiece.text import Hole, HoleKind, Symbolic, Text, show


class Hit(msgspec.Struct, frozen=True, order=True):
    """One reason to take a value for a secret: the form of the value itself, or its name together with the value."""

    detector: str
    confidence: Confidence
    by: Literal["value", "name"]


class Sealed(msgspec.Struct, frozen=True, order=True):
    """What is kept of a text: its form, the class of its length and the names of the detectors that recognised it."""

    shape: str
    length: str
    hits: tuple[str, ...] = ()


def seal(value: str, *, known_names: frozenset[str] = frozenset(), judged: tuple[Hit, ...] = ()) -> str | Sealed:
    """Return the value where it may be kept, else its seal.

    Kept: the empty text, numbers, booleans, ARNs, regions, hosts and addresses that carry no credential, and
    `known_names`. Nothing is kept that a detector recognises or that `judged` (the answer of `judge`) calls a secret.
    """
    hits = _detectors(value, judged)
    if not hits and (value in known_names or _may_stay(value)):
        return value
    return Sealed(_shape(value, hits), _length_class(len(value)), hits)


def seal_text(
    text: Text, *, known_names: frozenset[str] = frozenset(), judged: tuple[Hit, ...] = ()
) -> str | Symbolic | Sealed:
    """Return a text with holes where its known parts may be kept, else the seal of those parts taken together.

    A name with holes is known when `known_names` has it as `show` writes it (`${Stage}-orders`).
    """
    if isinstance(text, str):
        return seal(text, known_names=known_names, judged=judged)
    hits = _detectors(_with_gaps(text), judged)
    if not hits and (show(text) in known_names or _parts_may_stay(text)):
        return text
    length = sum(len(part) for part in text.parts if isinstance(part, str))
    shape = "url-with-user-info" if _USER_INFO.search(_with_gaps(text)) else "template-text"
    return Sealed(shape, _length_class(length), hits)


def judge(name: str, value: Text | None, *, known_names: frozenset[str] = frozenset()) -> tuple[Hit, ...]:
    """Say why a variable's value is a secret in plain text; empty where nothing says so.

    A value that is not known, wholly made of holes or a name of something in the estate is no plain-text secret.
    """
    if value is None or not value:
        return ()
    if isinstance(value, str):
        found = {Hit(detector, sure, "value") for detector, sure in secret_shapes.detect(value).items()}
        if _AWS_SECRET.fullmatch(value) and secret_names.announces_key_material(name) and is_random(value, least=40):
            found.add(Hit("aws-secret-access-key", "high", "value"))
        by_name = _by_name(name, value) if value not in known_names else None
    else:
        found = {Hit(detector, sure, "value") for detector, sure in secret_shapes.detect(_with_gaps(value)).items()}
        by_name = _by_name_with_holes(name, value) if show(value) not in known_names else None
    return (*sorted(found), *((by_name,) if by_name else ()))


def mask(text: str, secrets: Iterable[str]) -> str:
    """Replace every occurrence of the given plain texts by `[sealed]`, overlapping occurrences as one."""
    covered: list[tuple[int, int]] = []
    for secret in sorted(set(secrets) - {""}, key=lambda one: (-len(one), one)):
        # Occurrences of very long texts are not looked for inside one another: that would be quadratic.
        step = 1 if len(secret) <= _OVERLAPPING else len(secret)
        start = text.find(secret)
        while start >= 0:
            covered.append((start, start + len(secret)))
            start = text.find(secret, start + step)
    covered.sort()
    pieces: list[str] = []
    done = 0
    for start, end in covered:
        if start >= done:
            pieces += [text[done:start], _MASK]
        done = max(done, end)
    return "".join((*pieces, text[done:]))


def _detectors(value: str, judged: tuple[Hit, ...]) -> tuple[str, ...]:
    found = set(secret_shapes.detect(value)) | {hit.detector for hit in judged}
    if len(value) > INSPECTED:
        found.add("not-inspected-to-the-end")
    return tuple(sorted(found))


def _by_name(name: str, value: str) -> Hit | None:
    if not (kind := secret_names.announced(name)):
        return None
    sure = secret_names.likely(kind, value[:INSPECTED], name=name)
    return Hit(kind.value, sure, "name") if sure and not _is_address_or_region(value) else None


def _by_name_with_holes(name: str, text: Symbolic) -> Hit | None:
    """Judge the known parts: only what looks generated is called a secret, for most texts with holes are names."""
    if not (kind := secret_names.announced(name)):
        return None
    for part in text.parts:
        if isinstance(part, str) and secret_names.likely(kind, part, name=name) == "high":
            return Hit(kind.value, "medium", "name")
    return None


def _with_gaps(text: Symbolic) -> str:
    return "".join(HOLE if isinstance(part, Hole) else part for part in text.parts)


# ---- what may stay ---------------------------------------------------------------------------------------------------


def _may_stay(value: str) -> bool:
    if len(value) > _LONGEST_KEPT:
        return False
    if not value or _NUMBER.fullmatch(value) or value.lower() in _BOOLEANS or _REGION.fullmatch(value):
        return True
    return _is_arn(value) or _is_host(value) or _is_plain_url(value)


def _is_address_or_region(value: str) -> bool:
    return bool(_REGION.fullmatch(value)) or _is_arn(value) or _is_plain_url(value)


def _parts_may_stay(text: Symbolic) -> bool:
    if all(isinstance(part, Hole) or _SEPARATOR.fullmatch(part) for part in text.parts):
        return True
    rendered = "".join(_STAND_INS.get(part.kind, "hole") if isinstance(part, Hole) else part for part in text.parts)
    if _may_stay(rendered):
        return True
    first = text.parts[0]
    if not isinstance(first, Hole):
        return False
    rest = rendered[len(_STAND_INS.get(first.kind, "hole")) :]
    if first.name.lower().endswith("arn"):
        return _is_arn(f"arn:aws:hole:us-east-1:111122223333:hole{rest}")
    return rest.startswith(("/", ":")) and _is_plain_url(f"https://hole{rest}")


def _is_arn(value: str) -> bool:
    match = _ARN.fullmatch(value)
    return bool(match) and not any(is_random(run, least=32) for run in _LONG_RUN.findall(value))


def _is_host(value: str) -> bool:
    host, _, port = value.partition(":")
    if port and not _PORT.fullmatch(port):
        return False
    if host == "localhost" or _IPV4.fullmatch(host):
        return True
    labels = host.split(".")
    return len(labels) > 1 and labels[-1] in _TOP_LEVEL and _is_public_name(host)


def _is_public_name(host: str) -> bool:
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.rstrip(".").split(".")):  # noqa: PLR2004
        return False
    return host.endswith(_AWS_HOSTS) or not any(is_random(label) for label in host.split("."))


def _is_plain_url(value: str) -> bool:
    match = _URL.fullmatch(value)
    if not match:
        return False
    host, path = match.groups()
    if not (_IPV4.fullmatch(host) or _is_public_name(host.lower())):
        return False
    return not any(map(_may_be_generated, re.split(r"[/._~-]", path)))


def _may_be_generated(chunk: str) -> bool:
    """Tell whether a piece of a path could be a token: when in doubt it could."""
    if is_random(chunk, least=10) or len(chunk) >= 24:  # noqa: PLR2004 - few words are longer
        return True
    return len(chunk) >= 16 and not (chunk.islower() or chunk.isdigit())  # noqa: PLR2004 - nor such names


# ---- what a sealed text looked like ----------------------------------------------------------------------------------


def _shape(value: str, hits: tuple[str, ...]) -> str:
    for detector, shape in _SHAPES_BY_DETECTOR:
        if detector in hits:
            return shape
    head = value[:INSPECTED]
    if _USER_INFO.search(head):
        return "url-with-user-info"
    if head.startswith("-----BEGIN "):
        return "pem"
    if head.lstrip().startswith(("{", "[")) and head.rstrip().endswith(("}", "]")):
        return "json"
    return next((shape for shape, pattern in _FORMS if pattern.fullmatch(head)), "text")


def _length_class(length: int) -> str:
    for least, most in ((1, 8), (9, 16), (17, 32), (33, 64), (65, 128)):
        if length <= most:
            return f"{least}-{most}"
    return "129+"


_MASK = "[sealed]"
_OVERLAPPING = 512
_LONGEST_KEPT = 2048
_AWS_SECRET = re.compile(r"(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/]{40}")
_USER_INFO = re.compile(r"://[^\s/?#@]*@")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,3})?")
_BOOLEANS = frozenset({"true", "false", "yes", "no", "on", "off"})
_REGION = re.compile(
    r"(?:eusc-de|us|eu|ap|sa|ca|me|af|il|mx|cn)(?:-gov|-iso[a-z]?|-isof)?-"
    r"(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[1-9]"
)
_ARN = re.compile(
    r"arn:aws(?:-[a-z]{2,12}){0,3}:[a-z0-9-]{1,40}:(?:[a-z]{2,4}(?:-[a-z]{2,10}){1,3}-[0-9])?:(?:[0-9]{12}|aws|cloudfront)?:"
    r"([A-Za-z0-9$*][A-Za-z0-9+,.@_/:*$~-]{0,1599}|/[A-Za-z0-9+,.@_/:*$~-]{1,1599})"
)
_LONG_RUN = re.compile(r"[A-Za-z0-9+/]{40,}")
_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:/[0-9]{1,2})?")
_PORT = re.compile(r"[0-9]{1,5}")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_URL = re.compile(
    r"(?:(?:jdbc:)?(?:postgres|postgresql|mysql|mariadb|sqlserver|oracle|redshift)|https?|wss?|s3|tcp|udp|grpc|ftps?|"
    r"sftp|mongodb(?:\+srv)?|rediss?|amqps?|mqtts?|nats|kafka|ldaps?|smtps?)://"
    r"([A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?((?:/[A-Za-z0-9._~-]{0,255}){0,64})"
)
_SEPARATOR = re.compile(r"[-_/.:,|@ ]{1,3}")
_STAND_INS = {HoleKind.ACCOUNT: "111122223333", HoleKind.REGION: "us-east-1", HoleKind.PARTITION: "aws"}
_AWS_HOSTS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".on.aws",
    ".aws.dev",
    ".api.aws",
    ".cloudfront.net",
    ".awsapprunner.com",
)
# A word with a dot in it is a host only under a top-level domain that people use: `Sup3r.Secret` is none.
_TOP_LEVEL = frozenset({
    "com", "net", "org", "io", "dev", "app", "cloud", "co", "aws", "edu", "gov", "mil", "int", "info", "biz",
    "internal", "local", "lan", "localdomain", "corp", "svc", "arpa", "tech", "ai", "me", "tv", "us", "eu", "uk", "de",
    "fr", "nl", "be", "ch", "at", "es", "it", "pt", "pl", "cz", "se", "no", "fi", "dk", "ie", "ca", "mx", "br", "ar",
    "cl", "au", "nz", "jp", "kr", "cn", "hk", "tw", "sg", "in", "id", "my", "th", "vn", "ph", "za", "ke", "ng", "il",
    "ae", "sa", "tr", "ru", "ua", "gr", "ro", "hu", "bg",
})  # fmt: skip
_SHAPES_BY_DETECTOR = (
    ("private-key", "pem"),
    ("jwt", "jwt"),
    ("aws-access-key-id", "aws-access-key-id"),
    ("url-user-info", "url-with-user-info"),
)
_FORMS = (
    ("digits", re.compile(r"[0-9]+")),
    ("uuid", re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")),
    ("hex", re.compile(r"(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{16,}")),
    ("word", re.compile(r"[A-Za-z]{1,40}|[A-Za-z][A-Za-z0-9]{0,15}")),
    ("url", re.compile(r"[A-Za-z][A-Za-z0-9+.:-]{0,30}://.*", re.DOTALL)),
    ("path", re.compile(r"/[A-Za-z0-9._/-]+")),
    ("base64", re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")),
)
