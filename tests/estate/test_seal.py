"""Claims about sealing: what may be kept, what is called a secret, and that a seal gives nothing away.

No credential is written down here: every one is put together at test time, from generated characters.
"""

from __future__ import annotations

import base64
import random
import string
import time

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apiece.estate.seal import Hit, Sealed, judge, mask, seal, seal_text
from apiece.estate.secret_shapes import INSPECTED, detect
from apiece.text import Hole, HoleKind, Symbolic, join

_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"


def _made(length: int, alphabet: str = _ALNUM, seed: int = 7) -> str:
    """Make generated-looking text with at least one digit and one letter."""
    rng = random.Random(seed * 1000 + length)
    body = "".join(rng.choice(alphabet) for _ in range(length - 2))
    return "a1" + body if "a" in alphabet else "A1" + body


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_KEY_ID = "AK" + "IA" + _made(16, string.ascii_uppercase + "234567")
_DOCUMENTED_KEY_ID = "AK" + "IAIOSFODNN7" + "EXAMPLE"
_PEM_HEAD = "-----BEGIN " + "RSA PRIVATE " + "KEY-----\n"
_JWT = "ey" + "J" + _made(30) + ".ey" + "J" + _made(40) + "." + _made(43)
_PUBLIC_PEM = "-----BEGIN PUBLIC KEY-----\nMIIB" + _made(60) + "\n-----END PUBLIC KEY-----"

CLEAN: tuple[tuple[str, str], ...] = (
    ("DB_SECRET_NAME", "prod/db"),
    ("SECRET_ID", "db/0"),
    ("SECRET", "prod/orders/db"),
    ("DB_SECRET", "prod-db-credentials"),
    ("DB_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf"),
    ("DB_SECRET", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf"),
    ("API_KEY_PARAM", "/prod/api-key"),
    ("API_KEY_PARAMETER", "prod-api-key"),
    ("API_KEY", "/prod/orders/api-key"),
    ("TOKEN_PATH", "/var/run/secrets/token"),
    ("PASSWORD_FILE", "/run/secrets/db_password"),
    ("PRIVATE_KEY_PATH", "keys/private.pem"),
    ("PRIVATE_KEY", "keys/private.pem"),
    ("TOKEN_URL", "https://auth.example.com/oauth2/token"),
    ("TOKEN_TABLE", "tokens-prod"),
    ("TOKEN_TTL", "3600"),
    ("TOKEN_EXPIRY_SECONDS", "86400"),
    ("MAX_TOKENS", "4096"),
    ("PASSWORD_MIN_LENGTH", "12"),
    ("MIN_PASSWORD_LENGTH", "12"),
    ("PASSWORD_ITERATIONS", "4096"),
    ("PASSWORD_DERIVED_KEY_LENGTH", "256"),
    ("PASSWORD_RESET_URL", "https://example.com/reset"),
    ("SECRETS_MANAGER_ENDPOINT", "https://secretsmanager.eu-west-1.amazonaws.com"),
    ("SECRETS_EXTENSION_HTTP_PORT", "2773"),
    ("PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", "1000"),
    ("KMS_KEY_ID", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("KMS_KEY", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("PUBLIC_KEY", _PUBLIC_PEM),
    ("JWT_KEY", _PUBLIC_PEM),
    ("NEXT_PUBLIC_API_KEY", _made(32, _HEX)),
    ("API_KEY_HEADER", "x-api-key"),
    ("API_KEY_ID", "a1b2c3d4e5"),
    ("AUTH_TYPE", "NONE"),
    ("AUTH", "AWS_IAM"),
    ("TOKEN_ISSUER", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI"),
    ("USE_TOKEN", "true"),
    ("REQUIRE_PASSWORD", "yes"),
    ("PARTITION_KEY", "id"),
    ("SORT_KEY", "createdAt"),
    ("PRIMARY_KEY", "orderId"),
    ("KEY", "uploads/a.txt"),
    ("S3_KEY", "uploads/" + _made(32, _HEX) + ".zip"),
    ("S3_OBJECT_KEY", _made(40, _HEX)),
    ("CACHE_KEY", _made(40, _HEX)),
    ("IDEMPOTENCY_KEY", "headers.requestId"),
    ("COGNITO_CLIENT_ID", _made(26, string.ascii_lowercase + string.digits)),
    ("COGNITO_USER_POOL_ID", "eu-west-1_AbCdEfGhI"),
    ("CLIENT_SECRET_NAME", "cognito-client"),
    ("SECRET_ROTATION_ENABLED", "true"),
    ("BUCKET", "my-app-uploads"),
    ("LOG_LEVEL", "DEBUG"),
    ("DB_PASSWORD", ""),
    ("DB_PASSWORD", "REPLACE_ME"),
    ("API_TOKEN", "<your-token>"),
    ("API_TOKEN", "YOUR-TOKEN-HERE"),
    ("API_KEY", "xxxxxxxxxxxxxxxx"),
    ("DB_PASSWORD", "********"),
    ("DB_PASSWORD", "${env:DB_PASSWORD}"),
    ("DB_PASSWORD", "{{resolve:secretsmanager:prod/db:SecretString:password}}"),
    ("DB_PASSWORD", "{{ db_password }}"),
    ("DB_PASSWORD", "TODO"),
    ("DB_PASSWORD", "ssm:/prod/db/password"),
    ("DB_PASSWORD", "AQ" + "ICAH" + _made(120)),
    ("DB_PASSWORD_ENCRYPTED_KEY", "payload"),
    ("API_KEY", "GOOGLE_API_KEY"),
    ("VERSION", _made(40, _HEX)),
    ("COMMIT_SHA", _made(40, _HEX)),
    ("LAYER_VERSION", "17"),
    ("BUILD_ID", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("IMAGE_DIGEST", "sha256:" + _made(64, _HEX)),
    ("CONFIG", _b64('{"level": "debug", "colours": ["red", "green"]}')),
    ("CHECKSUM", _made(40)),
    ("SOME_VALUE", _made(64)),
    ("DATABASE_URL", "postgres://db.internal:5432/orders"),
    ("DATABASE_URL", "postgres://admin:${DB_PASSWORD}@db.internal:5432/orders"),
    ("JDBC_URL", "jdbc:postgresql://db.internal:5432/orders"),
    ("SENTRY_DSN", "https://" + _made(32, _HEX) + "@o1.ingest.sentry.io/2"),
    ("STRIPE_PUBLISHABLE_KEY", "pk_live_" + _made(24)),
    ("WEBHOOK_URL", "https://api.example.com/webhooks/orders"),
    ("STRIPE_WEBHOOK_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:111122223333:secret:stripe"),
    ("AWS_ACCESS_KEY_ID_PARAM", "/ci/key-id"),
    ("QUERY", "SELECT id FROM users WHERE password=?"),
    ("TASK_NAME", "task-processing-and-a-long-name-of-a-queue-in-production"),
    ("SSH_KEY", "my-ec2-key"),
    ("APP_KEY", "orders"),
    ("ENCRYPTION_KEY", "alias/orders"),
    ("ENCRYPTION_KEY", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("TOKEN_TYPE", "Bearer"),
    ("DSN", "postgres://{user}:{password}@{host}/db"),
    ("COMMAND", "mysql --password=$DB_PASSWORD --host=$DB_HOST"),
    ("REPOSITORY", "ssh://git@github.com/a/b"),
    ("PYTHONPATH", "/var/runtime:/var/task/vendored"),
    ("NODE_OPTIONS", "--enable-source-maps --max-old-space-size=1024"),
    ("AUTHOR", "somebody"),
    ("AUTHORIZER_FUNCTION", "token-authorizer"),
    ("TOKENIZER", "wordpiece"),
    ("COMPASS", "north"),
    ("BYPASS_CACHE", "true"),
    ("PASSENGER_TABLE", "passengers"),
    ("MONKEY", _made(32)),
)

HITS: tuple[tuple[str, str, str], ...] = (
    ("DB_PASSWORD", "hunter2-abcdefgh12345678", "password"),
    ("DB_PASSWORD", "change" + "me", "password"),
    ("DB_PASSWORD", "12345678", "password"),
    ("DB_PASS", "orange9", "password"),
    ("dbPassword", "S3cure!" + "enough", "password"),
    ("MYSQL_ROOT_PASSWORD", "root", "password"),
    ("DBPASSWORD", "winter2024", "password"),
    ("PGPASSWORD", "winter2024", "password"),
    ("MYSQL_PWD", "winter2024", "password"),
    ("APPSECRET", "abcdef99", "secret"),
    ("PASSWORD", "p@ss" + "/word", "password"),
    ("PASSWORD_PROD", "winter2024", "password"),
    ("SSH_PASSPHRASE", "correct horse battery staple", "password"),
    ("ADMIN_PWD", "adm1n", "password"),
    ("JWT_SECRET", "supersecret", "secret"),
    ("JWT_SECRET", "my-jwt-secret", "secret"),
    ("CLIENT_SECRET", _made(32), "secret"),
    ("SESSION_SECRET", "keyboard-cat-9", "secret"),
    ("auth.client-secret", _made(40), "secret"),
    ("API_KEY", _made(32, _HEX), "api-key"),
    ("apiKey", _made(32, _HEX), "api-key"),
    ("WEATHER_APIKEY", "abc1234", "api-key"),
    ("API_TOKEN", _made(24), "token"),
    ("GITHUB_PAT", _made(40), "token"),
    ("TWILIO_AUTH_TOKEN", _made(32, _HEX), "token"),
    ("ENCRYPTION_KEY", _made(64, _HEX), "cryptographic-key"),
    ("SIGNING_KEY", _b64(_made(32)), "cryptographic-key"),
    ("SECRET_KEY", "django-insecure-" + _made(40), "cryptographic-key"),
    ("DB_CREDENTIALS", "admin:" + "hunter22", "credentials"),
    ("DATADOG_KEY", _made(32, _HEX), "vendor-key"),
    ("AWS_SECRET_ACCESS_KEY", _made(40), "aws-secret-access-key"),
    ("MY_AWS_KEY", _made(40), "aws-secret-access-key"),
    ("X", _KEY_ID, "aws-access-key-id"),
    ("X", _DOCUMENTED_KEY_ID, "aws-access-key-id"),
    ("X", "AS" + "IA" + _made(16, string.ascii_uppercase), "aws-access-key-id"),
    ("CONFIG", f'{{"id": "{_KEY_ID}"}}', "aws-access-key-id"),
    ("CREDS_FILE", "aws_secret_access" + "_key = " + _made(40), "aws-secret-access-key"),
    ("X", "gh" + "p_" + _made(36), "github-token"),
    ("X", "github" + "_pat_" + _made(60), "github-token"),
    ("X", "glp" + "at-" + _made(20), "gitlab-token"),
    ("X", "xo" + "xb-" + "123456789012-" + _made(24), "slack-token"),
    ("STRIPE_KEY", "sk_" + "live_" + _made(24), "stripe-key"),
    ("X", "rk_" + "test_" + _made(24), "stripe-key"),
    ("X", "wh" + "sec_" + _made(32), "stripe-webhook-secret"),
    ("X", "S" + "K" + _made(32, _HEX), "twilio-key"),
    ("X", "SG" + "." + _made(22) + "." + _made(43), "sendgrid-key"),
    ("X", "np" + "m_" + _made(36), "npm-token"),
    ("X", "pypi-" + "AgE" + _made(60), "pypi-token"),
    ("X", "AI" + "za" + _made(35), "google-api-key"),
    ("X", "AccountName=a;Account" + "Key=" + _made(86) + "==;", "azure-account-key"),
    ("X", "https://a.blob.core.windows.net/c?sv=2022&sig=" + _made(43), "signed-url"),
    ("X", "sk-" + "ant-api03-" + _made(80), "anthropic-key"),
    ("X", "sk-" + "proj-" + _made(60), "openai-key"),
    ("X", "sk-" + _made(48), "openai-key"),
    ("X", "hf" + "_" + _made(34), "huggingface-token"),
    ("X", "hv" + "s." + _made(30), "vault-token"),
    ("X", "12345678:" + "AA" + _made(33), "telegram-token"),
    ("X", _PEM_HEAD + _made(64), "private-key"),
    ("X", (_PEM_HEAD + _made(64)).replace("\n", "\\n"), "private-key"),
    ("X", _b64(_PEM_HEAD + _made(64)), "private-key"),
    ("X", _JWT, "jwt"),
    ("DATABASE_URL", "postgres://u:" + "p@h/db", "url-user-info"),
    ("X", "mysql://root:" + "to/or@db:3306/x".replace("/", "0"), "url-user-info"),
    ("X", "mongodb+srv://app:" + "s3cr3t@c.mongodb.net/x", "url-user-info"),
    ("X", "redis://:" + "s3cr3t@cache:6379/0", "url-user-info"),
    ("X", "amqps://app:" + "s3cr3t@mq:5671", "url-user-info"),
    ("X", "https://me:" + "s3cr3t@example.com/x.git", "url-user-info"),
    ("X", "jdbc:sqlserver://h;user=sa;" + "password=Sup3r;", "connection-string-password"),
    ("X", "Server=h;Database=d;User Id=sa;" + "Password=Sup3r;", "connection-string-password"),
    ("X", "host=h dbname=d user=u " + "password=Sup3r", "connection-string-password"),
    ("X", "Basic " + _b64("me:" + "s3cr3t"), "basic-authorization"),
    ("X", "Bearer " + _made(40), "bearer-authorization"),
    (
        "SLACK_WEBHOOK",
        "https://hooks.slack" + ".com/services/T0" + _made(8) + "/B0" + _made(8) + "/" + _made(24),
        "webhook-url",
    ),
    ("X", "https://discord" + ".com/api/webhooks/123456789/" + _made(60), "webhook-url"),
    ("X", "https://api.example.com/v1?api_" + "key=" + _made(20), "url-query-secret"),
    ("X", '{"user": "app", "' + 'password": "s3cr3t99"}', "secret-in-document"),
)

KEPT: tuple[str, ...] = (
    "",
    "3600",
    "-1.5",
    "true",
    "FALSE",
    "eu-west-1",
    "us-gov-east-1",
    "arn:aws:s3:::uploads",
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws-us-gov:iam::111122223333:role/service-role/Reader-1A2B3C4D5E6F",
    "arn:aws:lambda:us-east-1:111122223333:function:orders:$LATEST",
    "localhost:8080",
    "10.0.0.1",
    "db.internal",
    "mydb.c9akciq32abc.us-east-1.rds.amazonaws.com:5432",
    "https://sqs.us-east-1.amazonaws.com/111122223333/orders",
    "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/Prod",
    "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
    "postgres://db.internal:5432/orders",
    "redis://cache:6379",
    "s3://my-app-uploads/incoming",
)

SEALED: tuple[tuple[str, str], ...] = (
    ("hunter2", "word"),
    ("Sup3r.Secret", "text"),
    ("correct horse", "text"),
    (_made(32, _HEX), "hex"),
    ("1234abcd-12ab-34cd-56ef-1234567890ab", "uuid"),
    (_b64(_made(40)), "base64"),
    ('{"a": 1}', "json"),
    ("1234567890123456", "digits"),
    ("/prod/db/password", "path"),
    (_JWT, "jwt"),
    (_KEY_ID, "aws-access-key-id"),
    (_PEM_HEAD + "x", "pem"),
    ("postgres://u:" + "p@h/db", "url-with-user-info"),
    ("postgres://u@h/db", "url-with-user-info"),
    ("https://example.com/a?b=c", "url"),
    ("https://example.com/a#b", "url"),
    ("https://example.com/" + _made(24), "url"),
    ("https://hooks.slack" + ".com/services/T0/B0/" + _made(24), "url"),
    ("arn:aws:s3:::uploads?x=1", "text"),
    ("arn:aws:iam::111122223333:role/" + _KEY_ID, "aws-access-key-id"),
    ("arn:aws:iam::111122223333:role/" + _made(40), "text"),
    ("arn:aws:s3", "text"),
)


def _named(values: tuple[tuple[str, ...], ...]) -> list[str]:
    return [f"{index}-{value[0]}" for index, value in enumerate(values)]


@pytest.mark.parametrize(("name", "value"), CLEAN, ids=_named(CLEAN))
def test_innocent_variable_is_clean(name: str, value: str) -> None:
    """A variable that only talks about secrets, or holds a name, a digest or a placeholder, is not a secret."""
    hits = judge(name, value)

    assert () == hits


@pytest.mark.parametrize(("name", "value", "detector"), HITS, ids=_named(HITS))
def test_secret_variable_is_hit(name: str, value: str, detector: str) -> None:
    """A variable that holds a credential is recognised, by its value or by its name."""
    found = {hit.detector for hit in judge(name, value)}

    assert detector in found


@pytest.mark.parametrize(("name", "value", "detector"), HITS, ids=_named(HITS))
def test_secret_is_never_kept(name: str, value: str, detector: str) -> None:
    """Whatever was judged a secret is sealed, even where its form alone might stay."""
    sealed = seal(value, judged=judge(name, value))

    assert isinstance(sealed, Sealed)
    assert detector in sealed.hits


@pytest.mark.parametrize("value", KEPT)
def test_plain_fact_is_kept(value: str) -> None:
    """Numbers, booleans, regions, ARNs, hosts and addresses without credentials stay readable."""
    assert value == seal(value)


@pytest.mark.parametrize(("value", "shape"), SEALED, ids=[f"{index}-{row[1]}" for index, row in enumerate(SEALED)])
def test_other_text_is_sealed_with_its_shape(value: str, shape: str) -> None:
    """Every other text leaves only its shape."""
    sealed = seal(value)

    assert isinstance(sealed, Sealed)
    assert shape == sealed.shape


def test_known_name_is_kept() -> None:
    """The name of something in the estate stays readable."""
    assert "orders" == seal("orders", known_names=frozenset({"orders"}))


def test_known_name_is_no_secret() -> None:
    """A value that names something in the estate is not judged a secret by the name of its variable."""
    hits = judge("DB_SECRET", "orders-database", known_names=frozenset({"orders-database"}))

    assert () == hits


def test_known_name_that_is_a_credential_is_sealed() -> None:
    """Being the name of something does not excuse a value that a detector recognises."""
    sealed = seal(_KEY_ID, known_names=frozenset({_KEY_ID}))

    assert isinstance(sealed, Sealed)


def test_strong_value_under_secret_name_is_certain() -> None:
    """A generated value under the name of a secret is a hit with high confidence."""
    assert (Hit("api-key", "high", "name"),) == judge("API_KEY", _made(32, _HEX))


def test_weak_value_under_secret_name_is_less_certain() -> None:
    """A plain word under the name of a secret is a hit with medium confidence."""
    assert (Hit("password", "medium", "name"),) == judge("DB_PASSWORD", "change" + "me")


def test_unknown_value_is_no_hit() -> None:
    """A value that nobody knows gives no hit."""
    assert () == judge("DB_PASSWORD", None)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(alphabet=string.printable, min_size=8, max_size=120))
def test_seal_does_not_hold_the_value(value: str) -> None:
    """The JSON and the printed form of a seal never hold the value that was sealed."""
    sealed = seal(value)
    assume(isinstance(sealed, Sealed))
    # The words of the seal itself are the same for all values and are not learnt from it.
    assume(
        not any(
            value in frame for frame in ('{"shape":"', '","length":"', '","hits":[', "Sealed(shape='", "', length='")
        )
    )

    assert value not in msgspec.json.encode(sealed).decode()
    assert value not in repr(sealed)


@pytest.mark.parametrize("value", [value for _, value, _ in HITS if len(value) >= 8])
def test_seal_of_credential_does_not_hold_the_end_of_it(value: str) -> None:
    """The last eight characters of a credential, which no form prescribes, are nowhere in its seal."""
    written = msgspec.json.encode(seal(value, judged=judge("DB_PASSWORD", value))).decode()

    assert value[-8:] not in written


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(alphabet=_ALNUM, min_size=9, max_size=16), st.text(alphabet=_ALNUM, min_size=9, max_size=16))
def test_values_of_one_form_have_one_seal(first: str, second: str) -> None:
    """Two words of one length class that no detector knows cannot be told apart by their seals."""
    one, other = seal(first), seal(second)
    assume(isinstance(one, Sealed) and isinstance(other, Sealed) and one.shape == other.shape)

    assert one == other


def _hole(name: str, kind: HoleKind = HoleKind.NAME) -> Hole:
    return Hole(name, kind, "template.yaml")


_REGION = Hole("AWS::Region", HoleKind.REGION)
_ACCOUNT = Hole("AWS::AccountId", HoleKind.ACCOUNT)
_PARTITION = Hole("AWS::Partition", HoleKind.PARTITION)


@pytest.mark.parametrize(
    "text",
    [
        join([_hole("Orders")]),
        join([_hole("Stack"), "-", _hole("Stage")]),
        join(["https://", _hole("Api"), ".execute-api.", _REGION, ".amazonaws.com/Prod"]),
        join(["https://", _hole("Site.DomainName", HoleKind.LITERAL), "/index.html"]),
        join(["arn:", _PARTITION, ":s3:::", _hole("Uploads"), "/*"]),
        join(["arn:aws:iam::", _ACCOUNT, ":role/reader-", _hole("Stage")]),
        join([_hole("Orders.Arn", HoleKind.LITERAL), "/index/*"]),
        join([_hole("Db.Endpoint.Address", HoleKind.LITERAL), ":5432"]),
        join([_hole("ApiUrl", HoleKind.ANY), "/orders"]),
        join(["postgres://", _hole("Db.Endpoint.Address", HoleKind.LITERAL), ":5432/orders"]),
    ],
    ids=str,
)
def test_harmless_text_with_holes_is_kept(text: Symbolic) -> None:
    """Addresses and ARNs of a template stay with their holes."""
    assert text == seal_text(text)


def test_password_in_text_with_holes_is_sealed() -> None:
    """A connection string with a written password is sealed though its host is unknown."""
    text = join(["postgres://admin:", "pw" + "99@", _hole("Db.Endpoint.Address", HoleKind.LITERAL), ":5432/x"])

    sealed = seal_text(text)

    assert Sealed("url-with-user-info", "17-32", ("url-user-info",)) == sealed


def test_password_that_is_a_hole_is_no_hit() -> None:
    """A connection string whose password comes from elsewhere holds no plain-text secret."""
    text = join(["postgres://admin:", _hole("Secret", HoleKind.ANY), "@db.internal/x"])

    assert () == judge("DATABASE_URL", text)


def test_user_info_with_holes_is_sealed() -> None:
    """An address with user info is sealed though its password is a hole."""
    text = join(["postgres://admin:", _hole("Secret", HoleKind.ANY), "@db.internal/x"])

    assert Sealed("url-with-user-info", "17-32") == seal_text(text)


def test_words_around_holes_are_sealed() -> None:
    """Words that are no address and no known name are sealed with the holes."""
    assert Sealed("template-text", "9-16") == seal_text(join([_hole("Stage"), "-hunter22xx"]))


def test_known_name_with_holes_is_kept() -> None:
    """A name with holes that the estate knows stays readable."""
    text = join([_hole("Stage"), "-orders"])

    assert text == seal_text(text, known_names=frozenset({"${Stage}-orders"}))


def test_generated_part_beside_a_hole_is_hit() -> None:
    """Generated text under the name of a secret is a hit though a hole stands beside it."""
    assert (Hit("api-key", "medium", "name"),) == judge("API_KEY", join([_hole("Stage"), "." + _made(32)]))


def test_name_of_a_secret_with_holes_is_clean() -> None:
    """The path of a secret with the stage left open is not a secret."""
    assert () == judge("DB_SECRET", join(["/", _hole("Stage"), "/orders/db"]))


def test_plain_text_goes_through_seal_text_like_through_seal() -> None:
    """A text without holes is treated as by `seal`."""
    assert seal("hunter2") == seal_text("hunter2")


@pytest.mark.parametrize(
    "unit",
    ["a", "=", ":", ".", "-", '"', "://", "eyJ", "eyJ.", "://a:", "password=", "?token=", '"token', "A1", "basic "],
)
def test_megabyte_is_sealed_in_linear_time(unit: str) -> None:
    """A megabyte of one repeated unit is sealed and judged in well under the seconds that backtracking would take."""
    value = (unit * 1_000_000)[:1_000_000]
    started = time.process_time()

    seal(value)
    judge("DB_PASSWORD", value)

    assert time.process_time() - started < 2


def test_too_long_text_says_so() -> None:
    """A text that detectors did not read to its end says so in its seal."""
    sealed = seal("a " * INSPECTED)

    assert isinstance(sealed, Sealed)
    assert "not-inspected-to-the-end" in sealed.hits


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=20))
def test_any_text_can_be_judged_and_sealed(value: str, name: str) -> None:
    """No text and no name makes sealing fail."""
    hits = judge(name, value)

    assert isinstance(seal(value, judged=hits), str | Sealed)


def test_detectors_are_ordered() -> None:
    """Detectors are named in alphabetical order, each once."""
    found = list(detect(f"{_JWT} {_KEY_ID} {_KEY_ID}"))

    assert ["aws-access-key-id", "jwt"] == found


def test_mask_prefers_the_longest() -> None:
    """Where one secret holds another, the longer is masked as a whole."""
    assert "a [sealed] b" == mask("a hunter22 b", ["hunter", "hunter22"])


def test_mask_covers_overlapping_secrets() -> None:
    """Where two secrets overlap, nothing of either stays."""
    assert "[sealed]" == mask("abcdefgh", ["abcd", "cdefgh"])


def test_mask_does_not_touch_its_own_words() -> None:
    """A secret that occurs in the mask itself is masked in the text alone."""
    assert "[sealed] [sealed]" == mask("sealed hunter2", ["hunter2", "sealed"])


def test_mask_without_secrets_changes_nothing() -> None:
    """No secrets, or empty ones, leave the text as it is."""
    assert "text" == mask("text", ["", ""])


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(alphabet="abc", max_size=40), st.lists(st.text(alphabet="abc", min_size=1, max_size=4), max_size=4))
def test_masked_text_holds_no_secret(text: str, secrets: list[str]) -> None:
    """After masking, no secret is left between the masks."""
    left = mask(text, secrets).split("[sealed]")

    assert not any(secret in piece for secret in secrets for piece in left)


def test_seal_and_hit_survive_a_snapshot() -> None:
    """A seal and a hit that were written as JSON are read back equal."""
    sealed, hits = seal(_KEY_ID), judge("X", _KEY_ID)

    assert sealed == msgspec.json.decode(msgspec.json.encode(sealed), type=Sealed)
    assert hits == msgspec.json.decode(msgspec.json.encode(hits), type=tuple[Hit, ...])
