"""What the name of a variable says about its value, and whether a value could be the secret that the name announces."""

from __future__ import annotations

import re
from enum import StrEnum

from apiece.estate.secret_shapes import Confidence, is_placeholder, is_random


class Announces(StrEnum):
    """The kind of secret that a name announces."""

    PASSWORD = "password"
    SECRET = "secret"
    TOKEN = "token"
    API_KEY = "api-key"
    KEY = "cryptographic-key"
    CREDENTIALS = "credentials"
    VENDOR_KEY = "vendor-key"
    """`STRIPE_KEY`: a key of something; only a generated value is taken for a secret."""


def announced(name: str) -> Announces | None:
    """Tell which kind of secret a variable's name announces, None for an innocent name.

    A name that goes on after the secret's word (`TOKEN_TTL`, `DB_SECRET_NAME`) names a property of the secret, and a
    word such as `MAX` or `PUBLIC` before it takes the announcement back.
    """
    words = _split(name)
    for end in range(len(words), 0, -1):
        kind, length = _kind_at(words[:end])
        if kind is None:
            continue
        before, after = words[: end - length], words[end:]
        if not _HARMLESS_BEFORE.isdisjoint(before) or not all(_is_ordinal(word) for word in after):
            return None
        return kind
    return None


def announces_key_material(name: str) -> bool:
    """Tell whether a value of the form of an AWS secret key may be called one under this name."""
    own = {"aws", "secret", "access", "credential", "credentials"}
    return bool(announced(name)) or not own.isdisjoint(_split(name))


def likely(kind: Announces, value: str, *, name: str = "") -> Confidence | None:
    """Tell how likely a value is the announced secret itself, None where it is something else.

    Names of secrets, paths, addresses, placeholders, flags and ciphertext are something else.
    """
    text = value.strip()
    if is_placeholder(text) or _is_reference(text) or text.lower() in _FLAGS:
        return None
    match kind:
        case Announces.VENDOR_KEY:
            core = text.removeprefix("base64:").rstrip("=")
            return "medium" if core.isalnum() and is_random(core, least=20) else None
        case Announces.PASSWORD:
            return _graded(text, plain="") if len(text) >= 3 else None  # noqa: PLR2004 - no service takes a shorter password
        case _:
            return (
                None
                if _is_word_or_number(kind, text, name) or _names_a_secret(kind, text, name)
                else _graded(text, plain="-_.")
            )


def _kind_at(words: tuple[str, ...]) -> tuple[Announces | None, int]:
    """Read the kind from the last words, with how many of them it took."""
    last = words[-1]
    if last == "key" and len(words) > 1:
        previous = words[-2]
        if previous in _KEYS:
            return _KEYS[previous], 2
        return (None, 0) if previous in _INNOCENT_KEYS or _is_ordinal(previous) else (Announces.VENDOR_KEY, 2)
    if last in _LAST_ONLY:
        return (_LAST_ONLY[last], 1) if len(words) > 1 else (None, 0)
    if last in _ANYWHERE:
        return _ANYWHERE[last], 1
    return next((kind for ending, kind in _ENDINGS if last.endswith(ending)), None), 1


def _graded(text: str, *, plain: str) -> Confidence:
    """Grade by how generated the text looks; `plain` symbols are those that names of things are built with."""
    classes = (
        any(c.islower() for c in text),
        any(c.isupper() for c in text),
        any(c.isdigit() for c in text),
        any(not c.isalnum() and c not in plain for c in text),
    )
    strong = is_random(text) or (len(text) >= 8 and sum(classes) >= 3)  # noqa: PLR2004 - usual password rules
    return "high" if strong else "medium"


def _is_reference(text: str) -> bool:
    """Tell whether a value says where a secret is, or is public or encrypted material."""
    if _REFERENCE.match(text) or _CIPHERTEXT.match(text) or _is_address(text):
        return True
    if "BEGIN PUBLIC KEY" in text or "BEGIN CERTIFICATE" in text or text.startswith("ssh-"):
        return True
    return bool(_IDENTIFIER.fullmatch(text) and announced(text))


def _is_address(text: str) -> bool:
    if text.startswith(("arn:", "http://", "https://", "s3://", "./", "../", "~/", "file:", "env:")):
        return True
    pieces = text.split("/")
    plain = all(_PLAIN_PIECE.fullmatch(piece) and not is_random(piece, least=12) for piece in pieces if piece)
    return plain and (len(pieces) > 1 or bool(_FILE.search(text)))


def _is_word_or_number(kind: Announces, text: str, name: str) -> bool:
    if len(text) < 6 or (" " in text and _SELF_MADE.isdisjoint(_split(name))) or _NUMBER.fullmatch(text):  # noqa: PLR2004 - shorter values are flags
        return True
    if kind is Announces.KEY and _UUID.fullmatch(text):
        return True  # The id of a KMS key.
    return text.lower() in _ECHOES or text.lower() in _split(name)


def _names_a_secret(kind: Announces, text: str, name: str) -> bool:
    """Tell `prod-db-credentials` (the name under which a secret is kept) from a secret."""
    if kind not in {Announces.SECRET, Announces.CREDENTIALS}:
        return False
    return _SELF_MADE.isdisjoint(_split(name)) and bool(_SECRET_NAME.fullmatch(text))


def _split(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(name[:200]))


def _is_ordinal(word: str) -> bool:
    return word.isdigit() or word in _ORDINALS


_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_ORDINALS = frozenset({
    "old", "new", "current", "previous", "primary", "secondary", "backup", "v", "prod", "production", "dev", "test",
    "staging", "stage", "qa", "uat", "live", "sandbox", "plaintext", "plain", "value", "text", "raw", "string", "b",
    "base", "encoded", "pem",
})  # fmt: skip
_ANYWHERE = {
    "password": Announces.PASSWORD, "passwd": Announces.PASSWORD, "pwd": Announces.PASSWORD,
    "passphrase": Announces.PASSWORD, "passcode": Announces.PASSWORD, "passwort": Announces.PASSWORD,
    "dbpass": Announces.PASSWORD,
    "secret": Announces.SECRET, "secrets": Announces.SECRET, "secretkey": Announces.KEY,
    "token": Announces.TOKEN,
    "apikey": Announces.API_KEY, "apikeys": Announces.API_KEY, "accesskey": Announces.KEY, "privatekey": Announces.KEY,
    "signingkey": Announces.KEY, "encryptionkey": Announces.KEY, "credential": Announces.CREDENTIALS,
    "credentials": Announces.CREDENTIALS, "creds": Announces.CREDENTIALS,
}  # fmt: skip
_ENDINGS = (
    ("password", Announces.PASSWORD),
    ("passwd", Announces.PASSWORD),
    ("pwd", Announces.PASSWORD),
    ("secret", Announces.SECRET),
    ("token", Announces.TOKEN),
    ("apikey", Announces.API_KEY),
)
_LAST_ONLY = {
    "pass": Announces.PASSWORD, "pw": Announces.PASSWORD, "pat": Announces.TOKEN, "pepper": Announces.SECRET,
    "hmac": Announces.SECRET, "auth": Announces.VENDOR_KEY, "dsn": Announces.VENDOR_KEY,
}  # fmt: skip
_KEYS = {
    "api": Announces.API_KEY, "auth": Announces.API_KEY,
    "subscription": Announces.API_KEY, "license": Announces.API_KEY, "access": Announces.KEY, "private": Announces.KEY,
    "secret": Announces.KEY, "signing": Announces.KEY, "encryption": Announces.KEY, "encrypt": Announces.KEY,
    "decryption": Announces.KEY, "master": Announces.KEY, "shared": Announces.KEY,
    "hmac": Announces.KEY, "jwt": Announces.KEY, "cookie": Announces.KEY,
    "aes": Announces.KEY, "rsa": Announces.KEY, "crypto": Announces.KEY, "cipher": Announces.KEY,
}  # fmt: skip
_INNOCENT_KEYS = frozenset({
    "public", "partition", "sort", "primary", "foreign", "hash", "range", "s", "object", "cache", "tag", "index",
    "idempotency", "unique", "lookup", "row", "record", "table", "item", "file", "prefix", "bucket", "code", "layer",
    "kms", "cmk", "data", "routing", "group", "order", "user", "id", "event", "json", "config", "state", "lock",
    "dedup", "deduplication", "shard", "sharding", "metric", "context", "message", "host", "map", "field", "header",
    "redis", "dynamo", "dynamodb", "db", "registry", "input", "output", "source", "target", "artifact", "manifest",
    "zip", "template", "image", "asset", "upload", "path", "log", "parent", "child", "correlation", "translation",
    "feature", "flag", "flags", "version", "param", "parameter", "token", "password", "credentials", "dest",
    "destination", "commit", "build",
})  # fmt: skip
_HARMLESS_BEFORE = frozenset({
    "public", "publishable", "max", "min", "num", "use", "uses", "enable", "enabled", "disable", "is", "has", "require",
    "requires", "allow", "skip", "count", "total", "rotate", "validate", "check", "verify", "need", "needs", "with",
    "no", "pagination", "page", "next", "cancellation", "design", "include", "exclude", "generate", "show", "hide",
    "store", "manager", "ssm", "asm",
})  # fmt: skip
# Secrets that people make up for their own programs, and keep in no vault.
_SELF_MADE = frozenset({"jwt", "session", "cookie", "signing", "hmac", "client", "webhook", "csrf"})
_FLAGS = frozenset({
    "true", "false", "yes", "no", "on", "off", "enabled", "disabled", "none", "null", "default", "auto", "required",
    "optional", "bearer", "basic", "iam", "aws_iam", "jwt", "oauth", "oauth2", "plaintext", "secretsmanager", "ssm",
    "kms", "vault", "env", "string", "noecho", "authorization", "x-api-key",
})  # fmt: skip
_ECHOES = frozenset({"token", "apikey", "api-key", "api_key", "secret", "x-auth-token", "access_token", "id_token"})
_REFERENCE = re.compile(
    r"(?i)(?:\{\{|\$\{|ssm:|ssm-secure:|aws-ssm|awsssm|secretsmanager:|aws-secretsmanager|aws-sm:|resolve:|vault:|"
    r"op://|gcp-sm|azure-kv|parameter:|secret:|ref\+|keyvault|!(?:ref|sub|getatt))"
)
# Encrypted text: KMS (the first bytes of its blobs are fixed), SOPS, Ansible vault, PGP, JWE of a vault.
_CIPHERTEXT = re.compile(r"AQ[EI]CA[A-Za-z0-9+/]{20}|ENC\[|\$ANSIBLE_VAULT|-----BEGIN PGP MESSAGE|vault:v[0-9]+:")
_IDENTIFIER = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_PLAIN_PIECE = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_FILE = re.compile(r"(?i)\.(?:pem|json|txt|key|ya?ml|crt|cer|p12|pfx|jks|ini|toml|conf|env)$")
_SECRET_NAME = re.compile(r"(?:[a-zA-Z0-9]{1,40}[-_.]){1,8}(?:secrets?|credentials?|creds|passwords?|tokens?|keys?)")
