"""The written forms of credentials: what a value alone, whatever its name, shows to be a secret.

INVARIANT: every expression runs in linear time. An open repetition is either the end of its expression or starts only
where a run of its own characters starts (a look-behind over the same class), so no stretch is scanned twice.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal

Confidence = Literal["high", "medium"]

INSPECTED = 262_144
"""Characters of one value that detectors look at: far above what Lambda accepts as environment (4 KB in all)."""

_REMEMBERED = 200
HOLE = "\ufffc"
"""Stands for an unknown part of a text while detectors look at the known parts."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One form. `marks` are lower-case literals, one of which must occur before `pattern` is tried.

    Expressions are compiled when their mark is first met: compiling all takes longer than the rest of the import.
    `accept` looks at what the first group (or the whole match) caught and may refuse it.
    """

    detector: str
    marks: tuple[str, ...]
    pattern: str
    accept: Callable[[str], bool]
    confidence: Confidence = "high"


def detect(value: str) -> dict[str, Confidence]:
    """Return the detectors that recognise a credential anywhere in the value, in order of their names."""
    return dict(_remembered(value) if len(value) <= _REMEMBERED else _detect(value))


@lru_cache(maxsize=4096)
def _remembered(value: str) -> dict[str, Confidence]:
    # Most scalars of a template occur many times in it.
    return _detect(value)


def _detect(value: str) -> dict[str, Confidence]:
    inspected = value[:INSPECTED]
    lowered = inspected.lower()
    found: dict[str, Confidence] = {}
    for shape in SHAPES:
        if not any(mark in lowered for mark in shape.marks):
            continue
        if found.get(shape.detector) != "high" and any(map(shape.accept, _caught(_compiled(shape.pattern), inspected))):
            found[shape.detector] = shape.confidence
    for detector in _documents(inspected, lowered):
        found[detector] = "high"
    return dict(sorted(found.items()))


def is_random(text: str, *, least: int = 16) -> bool:
    """Tell whether a run of characters looks generated: hexadecimal, or letters and digits that alternate often.

    Words and CamelCase change their class of character about once in four; generated text twice in three.
    """
    if len(text) < least:
        return False
    letters = any(c.isalpha() for c in text)
    digits = any(c.isdigit() for c in text)
    if not (letters and digits):
        return False
    if _HEX.fullmatch(text):
        return True
    kinds = [_kind(c) for c in text]
    changes = sum(first != second for first, second in pairwise(kinds))
    return changes >= 0.4 * (len(text) - 1)


def is_placeholder(text: str) -> bool:
    """Tell whether a value visibly stands for one that is still to be filled in or is looked up elsewhere."""
    core = text.strip().strip(HOLE).strip("'\"")
    if not core or set(core.lower()) == {"x"} or (len(set(core)) == 1 and not core.isalnum()):
        return True
    if any(core.startswith(opening) and core.endswith(closing) for opening, closing in _BRACKETS):
        return True
    if _VARIABLE.fullmatch(core):
        return True
    if len(core) <= 64:  # noqa: PLR2004 - no placeholder is longer
        bare = re.sub(r"[\s_./-]", "", core.lower())
        if bare in _UNFILLED or (bare.startswith(("your", "insert", "replace", "enter")) and not is_random(core)):
            return True
    return bool(_STARRED.search(core))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _kind(character: str) -> int:
    if character.isdigit():
        return 0
    if character.isupper():
        return 1
    return 2 if character.isalpha() else 3


def _caught(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        yield match.group(match.lastindex or 0)


def _any(_caught: str) -> bool:
    return True


def _filled(caught: str) -> bool:
    return not is_placeholder(caught)


def _mixed(caught: str) -> bool:
    return any(c.isdigit() for c in caught) and any(c.isalpha() for c in caught) and not _STARRED.search(caught)


def _long_and_mixed(caught: str) -> bool:
    return len(caught) >= 20 and is_random(caught, least=20)  # noqa: PLR2004 - shorter codes are counters and names


def _spelled_out(caught: str) -> bool:
    return _filled(caught) and caught.lower() not in _TYPE_WORDS and not caught.startswith(("arn:", "/", "http"))


def _is_basic_credentials(caught: str) -> bool:
    text = _decoded(caught)
    user, colon, password = text.partition(":")
    return bool(colon) and text.isprintable() and bool(user or password) and not is_placeholder(password)


def _is_private_key(caught: str) -> bool:
    return "PRIVATE KEY" in _decoded(caught[:64])


def _decoded(text: str) -> str:
    whole = text[: len(text) - len(text) % 4] if len(text) % 4 == 1 else text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(whole).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _documents(text: str, lowered: str) -> Iterator[str]:
    """Recognise a password that only its surroundings mark as one: a connection string of `key=value` parts."""
    if "password" not in lowered and "pwd" not in lowered:
        return
    if any(mark in lowered for mark in _CONNECTION) and any(_filled(pw) for pw in _caught(_ASSIGNED_PASSWORD, text)):
        yield "connection-string-password"


def _shape(
    detector: str,
    marks: str,
    pattern: str,
    accept: Callable[[str], bool] = _any,
    confidence: Confidence = "high",
) -> Shape:
    return Shape(detector, tuple(marks.split(" ")), pattern, accept, confidence)


_TYPE_WORDS = frozenset({"string", "required", "optional", "boolean", "number", "integer", "object", "securestring"})
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_STARRED = re.compile(r"\*{4}|[xX]{6}|\.{4}|#{4}|_{4}")
_BRACKETS = (("<", ">"), ("[", "]"), ("%", "%"), ("${", "}"), ("{{", "}}"), ("$(", ")"), ("{%", "%}"), ("__", "__"))
# What programs fill in: `$DB_PASSWORD`, `{password}`, `%s`, `%(password)s`.
_VARIABLE = re.compile(r"\$[A-Z_][A-Z0-9_]{3,}|\{[^\"{}]*\}|%(?:\([A-Za-z_]+\))?s|:[a-z_]*password")
_UNFILLED = frozenset({
    "na", "n/a", "nil", "none", "null", "undefined", "unset", "tbd", "tba", "todo", "fixme", "placeholder", "replaceme",
    "redacted", "masked", "dummy", "notset", "notused", "unused",
})  # fmt: skip
_CONNECTION = (
    "jdbc:", "server=", "data source=", "datasource=", "host=", "hostaddr=", "user id=", "uid=", "user=", "username=",
    "initial catalog=", "database=", "dbname=", "driver=",
)  # fmt: skip
_ASSIGNED_PASSWORD = re.compile(
    r"(?i)(?<![a-z0-9_])(?:[a-z]{1,12}_)?(?:password|pwd)[ ]{0,3}=[ ]{0,3}([^;&\s\"']{1,256})"
)

# An expression's left edge: the token must not go on to the left.
_EDGE = r"(?<![A-Za-z0-9_-])"
_USER_AND_WORD = r"://[^\s/?#@:'\"<>]*:([^\s/'\"]+)@"
_WEBHOOKS = (
    r"(?i)hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9]",
    r"(?i)discord(?:app)?\.com/api/webhooks/[0-9]",
    r"(?i)hooks\.zapier\.com/hooks/[a-z]",
    r"(?i)(?:webhook\.office\.com|outlook\.office(?:365)?\.com)/webhook",
    r"(?i)maker\.ifttt\.com/[^\s]{0,200}/key/[A-Za-z0-9]",
    r"(?i)events\.pagerduty\.com/integration/[0-9a-f]",
    r"(?i)hooks\.chime\.aws/incomingwebhooks/",
)
_QUERY_KEYS = (
    "access_token|accesstoken|auth_token|authtoken|token|api_key|apikey|api-key|password|passwd|pwd|secret|"
    "client_secret|x-amz-security-token"
)

SHAPES: tuple[Shape, ...] = (
    _shape(
        "aws-access-key-id",
        "akia asia abia acca",
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)([A-Z0-9]{16})(?![A-Za-z0-9])",
        _filled,
    ),
    _shape("aws-session-token", "fwogzxivyxdz iqojb3jpz2lu", r"(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=]{60}"),
    _shape(
        "aws-secret-access-key",
        "aws_secret secret_access_key secretaccesskey",
        r"(?i)secret_?(?:access_?)?key[\"']?[ ]{0,3}[=:][ ]{0,3}[\"']?([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])",
        _filled,
    ),
    _shape("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", _EDGE + r"gh[pousr]_([A-Za-z0-9]{36})", _mixed),
    _shape("github-token", "github_pat_", _EDGE + r"github_pat_([A-Za-z0-9_]{22})", _mixed),
    _shape("gitlab-token", "gl", _EDGE + r"gl(?:pat|dt|rt|ptt|ft|soat|agent|cbt|imt|oas)-([A-Za-z0-9_-]{20})", _mixed),
    _shape("slack-token", "xox xapp-", _EDGE + r"(?:xox[abeoprs]|xapp)-([A-Za-z0-9-]{10,})", _mixed),
    _shape(
        "stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_", _EDGE + r"[sr]k_(?:live|test)_([A-Za-z0-9]{16,})", _mixed
    ),
    _shape("stripe-webhook-secret", "whsec_", _EDGE + r"whsec_([A-Za-z0-9+/]{24,})", _mixed),
    _shape("twilio-key", "sk", r"(?<![A-Za-z0-9])SK([0-9a-f]{32})(?![A-Za-z0-9])", _mixed),
    _shape("sendgrid-key", "sg.", _EDGE + r"SG\.([A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64})", _mixed),
    _shape("npm-token", "npm_", _EDGE + r"npm_([A-Za-z0-9]{36})", _mixed),
    _shape("pypi-token", "pypi-age", _EDGE + r"pypi-AgE([A-Za-z0-9_-]{40,})", _mixed),
    _shape("google-api-key", "aiza", _EDGE + r"AIza([A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])", _mixed),
    _shape("google-oauth", "ya29. gocspx-", _EDGE + r"(?:ya29\.|GOCSPX-)([A-Za-z0-9_-]{20,})", _mixed),
    _shape(
        "azure-account-key",
        "accountkey= sharedaccesskey=",
        r"(?i)(?:Account|SharedAccess)Key=([A-Za-z0-9+/]{40,})",
        _filled,
    ),
    _shape(
        "azure-client-secret", "q~", r"(?<![\w~.-])[A-Za-z0-9_~.-]{3}[0-9]Q~([A-Za-z0-9_~.-]{31,34})(?![\w~.-])", _mixed
    ),
    _shape(
        "signed-url", "sig= signature=", r"(?i)[?&](?:sig|signature|x-amz-signature)=([A-Za-z0-9%+/=_-]{20,})", _mixed
    ),
    _shape("anthropic-key", "sk-ant-", _EDGE + r"sk-ant-([A-Za-z0-9_-]{20,})", _mixed),
    _shape("openai-key", "sk-", _EDGE + r"sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}|([A-Za-z0-9]{32,}))", _mixed),
    _shape("huggingface-token", "hf_", _EDGE + r"hf_([A-Za-z0-9]{30,})", _mixed),
    _shape("digitalocean-token", "do", _EDGE + r"do[opr]_v1_([0-9a-f]{64})", _mixed),
    _shape("shopify-token", "shp", _EDGE + r"shp(?:at|ca|pa|ss)_([0-9a-fA-F]{32})", _mixed),
    _shape("grafana-token", "glsa_ glc_", _EDGE + r"gl(?:sa|c)_([A-Za-z0-9_+/=]{32,})", _mixed),
    _shape("databricks-token", "dapi", _EDGE + r"dapi([0-9a-f]{32})(?![A-Za-z0-9])", _mixed),
    _shape("vault-token", "hvs. hvb.", _EDGE + r"hv[sb]\.([A-Za-z0-9_-]{24,})", _mixed),
    _shape("square-token", "sq0", _EDGE + r"sq0(?:atp|csp)-([A-Za-z0-9_-]{22})", _mixed),
    _shape("mailgun-key", "key-", _EDGE + r"key-([0-9a-f]{32})(?![A-Za-z0-9])", _mixed),
    _shape("mailchimp-key", "-us", r"(?<![A-Za-z0-9])([0-9a-f]{32})-us[0-9]{1,2}(?![A-Za-z0-9])", _mixed),
    _shape("telegram-token", ":", r"(?<![A-Za-z0-9])[0-9]{8,10}:(AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])", _mixed),
    _shape("new-relic-key", "nrak-", _EDGE + r"NRAK-([A-Z0-9]{27})", _mixed),
    _shape("docker-token", "dckr_pat_", _EDGE + r"dckr_pat_([A-Za-z0-9_-]{20,})", _mixed),
    _shape("atlassian-token", "atatt3", _EDGE + r"ATATT3([A-Za-z0-9_=-]{40,})", _mixed),
    _shape("age-key", "age-secret-key-1", r"AGE-SECRET-KEY-1([0-9A-Z]{58})", _mixed),
    _shape("private-key", "private key", r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY"),
    _shape("private-key", "putty-user-key-file", r"PuTTY-User-Key-File-[0-9]"),
    _shape("private-key", "ls0tls1crudjti", r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{50}", _is_private_key),
    _shape("jwt", "eyj", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"),
    _shape("jwt", "eyj", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){3}\.[A-Za-z0-9_-]{10,}"),
    _shape("url-user-info", "://", _USER_AND_WORD, _filled),
    _shape("url-user-info", "://", r"://([A-Za-z0-9_-]+)@(?![^\s/]*sentry)", _long_and_mixed, "medium"),
    _shape(
        "basic-authorization", "basic", r"(?i)(?<![a-z])basic[ ]{1,3}([A-Za-z0-9+/]{8,}={0,2})", _is_basic_credentials
    ),
    _shape("bearer-authorization", "bearer", r"(?i)(?<![a-z])bearer[ ]{1,3}([A-Za-z0-9_.~+/-]{20,})", _mixed),
    _shape(
        "webhook-url",
        "hooks. webhook maker.ifttt.com/ pagerduty.com/",
        "|".join(f"(?:{part.replace('(?i)', '(?i:', 1)}))" for part in _WEBHOOKS),
    ),
    _shape("webhook-url", "telegram.org/bot", r"(?i)api\.telegram\.org/bot[0-9]{6,12}:"),
    _shape("url-query-secret", "=", rf"(?i)[?&](?:{_QUERY_KEYS})=([^&\s#'\"]{{6,}})", _filled, "medium"),
    _shape("url-query-secret", "key= code=", r"(?i)[?&](?:key|code)=([^&\s#'\"]{20,})", _long_and_mixed, "medium"),
    _shape(
        "secret-in-document",
        "password passwd secret token api_key apikey",
        r"(?i)\"[a-z0-9_-]{0,40}(?:password|passwd|secret|token|api_?key|private_?key)\"[ ]{0,3}:[ ]{0,3}"
        r"\"([^\"\s{}]{6,})\"",
        _spelled_out,
        "medium",
    ),
)
