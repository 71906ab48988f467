"""Claims about values and names that are secrets, and about those that only look like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., Any]

GENERATED = "kT9x" + "Q2mLw7Zp4RvB8sNc"
HEX = "9f86d081884c7d65" + "9a2feaa0c55ad015"
WORD = "Winter" + "2024!"
USER = "app" + ":"

SECRETS = {
    "an access key id": ("KEY_ID", "AKIA" + "IOSFODNN7EXAMPL3"),
    "a secret access key": ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYzEXAMPL3KE"),
    "a GitHub token, whatever the name": ("X", "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"),
    "a fine-grained GitHub token": ("X", "github_pat_" + "11ABCDEFG0aBcDeFgHiJkL_mNoPqRs"),
    "a Slack token": ("NOTIFY", "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"),
    "a Slack webhook": ("NOTIFY", "https://hooks.slack.com/services/" + "T00000000/B00000000/XyZ12345abcdeFGHIJ678901"),
    "a Stripe key": ("PAY", "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"),
    "a signed token": ("X", "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"),
    "a connection string with a password": ("URL", f"postgres://{USER}" + "s3cr3tpw@db.internal:5432/app"),
    "a JDBC string with a password": ("DSN", "jdbc:mysql://db:3306/app?user=root&" + "password=Hunter22x"),
    "an ADO string with a password": ("DB", "Server=db;Database=app;User Id=sa;" + "Password=Pa55word!;"),
    "a private key": ("CERT", "-----BEGIN RSA " + "PRIVATE KEY-----\\nMIIEow"),
    "a generated API key": ("API_KEY", GENERATED),
    "a hexadecimal key": ("ENCRYPTION_KEY", HEX),
    "a word as password": ("DB_PASSWORD", "hunter" + "2"),
    "a password in camel case": ("dbPassword", WORD),
    "a password that everybody changes": ("ADMIN_PASSWORD", "change" + "me"),
    "a password that everybody knows": ("MYSQL_PWD", "pass" + "word"),
    "a password that is a word of ours": ("BASIC_PASSWORD", "admin"),
    "a phrase that signs sessions": ("SESSION_SECRET", "keyboard cat"),
    "a password in a line of settings": ("SETTINGS", "db_password=" + "Sup3rS3cret;host=db"),
    "a token behind a word": ("SERVICE_AUTH_TOKEN", GENERATED),
    "a client secret": ("OAUTH_CLIENT_SECRET", GENERATED),
    "a JWT secret in words": ("JWT_SECRET", "my-super-" + "secret-jwt-key"),
    "a bearer header": ("HEADER", "Bearer " + GENERATED + HEX),
    "credentials in a document": ("CONFIG", '{\\"user\\": \\"a\\", \\"password\\": \\"' + WORD + '\\"}'),
}

INNOCENT = {
    "a secret's name": ("DB_SECRET_NAME", "prod/db"),
    "a secret's ARN": ("DB_SECRET", "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf"),
    "a secret's id under a secret's name": ("DATABASE_SECRET", "prod-database-credentials"),
    "a parameter's path": ("API_KEY", "/prod/service/api-key"),
    "a parameter's path under a password's name": ("DB_PASSWORD", "/prod/db/password"),
    "a rule for passwords": ("PASSWORD_POLICY_MIN_LENGTH", "14"),
    "a lifetime of tokens": ("TOKEN_TTL", "3600"),
    "a token's issuer": ("TOKEN_ISSUER", "https://login.example.com/"),
    "an address that gives tokens": ("TOKEN_URL", "https://auth.example.com/oauth2/token"),
    "a public key": ("JWT_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"),
    "a certificate": ("TLS_CERT", "-----BEGIN CERTIFICATE-----\\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkq"),
    "a publishable key's name": ("STRIPE_PUBLISHABLE_KEY", "pk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"),
    "a table": ("TABLE_NAME", "access-tokens"),
    "a table of tokens": ("TOKEN_TABLE", "prod-session-tokens"),
    "a partition key": ("PARTITION_KEY", "customerId"),
    "a sort key": ("SORT_KEY", "createdAt"),
    "a switch": ("ENABLE_TOKEN_REFRESH", "true"),
    "a KMS key's id": ("KMS_KEY_ID", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    "a KMS key's alias": ("ENCRYPTION_KEY", "alias/app"),
    "a KMS key's ARN": ("SIGNING_KEY", "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    "a connection string without a password": ("DATABASE_URL", "postgres://db.internal:5432/app"),
    "a connection string to be filled in": ("DATABASE_URL", "postgres://user:${DB_PASSWORD}@db.internal/app"),
    "a placeholder": ("API_KEY", "<your-api-key>"),
    "a user pool client": ("COGNITO_CLIENT_ID", "4q2v8kq3b1a9c7d5e3f1g9h7j5"),
    "a header's name": ("API_KEY_HEADER", "x-api-key"),
    "a name of a header as key": ("AUTH_TOKEN", "x-auth-token"),
    "an empty password": ("DB_PASSWORD", ""),
    "a level": ("LOG_LEVEL", "DEBUG"),
    "a digest of code": ("GIT_COMMIT", "9fceb02d0ae598e95dc970b74767f19372d61af8"),
    "an endpoint": ("PASSWORD_RESET_URL", "https://example.com/reset"),
    "a file": ("PRIVATE_KEY_PATH", "/opt/keys/key.pem"),
    "an image": ("IMAGE", "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1.2.3"),
    "a secret's field": ("SECRET_KEY_FIELD", "password"),
    "a mode": ("AUTH_TYPE", "api_key"),
}


def function(value: str, *, name: str = "VALUE", head: str = "", rest: str = "") -> str:
    return f"""\
{head}
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/worker
      Code: {{ZipFile: "x"}}
      Environment:
        Variables:
          {name}: {value}
{rest}"""


@pytest.mark.parametrize("case", SECRETS)
def test_a_literal_secret_is_an_error(judge: Judge, case: str) -> None:
    """A variable that holds the secret itself is an error, by the value's form or by its name."""
    name, value = SECRETS[case]

    assert "error" == judge("secret-in-environment", function(f'"{value}"', name=name)).gravest


@pytest.mark.parametrize("case", INNOCENT)
def test_what_only_looks_like_a_secret_passes(judge: Judge, case: str) -> None:
    """A name, a place, a number or public material is no secret, whatever the variable is called."""
    name, value = INNOCENT[case]

    assert "pass" == judge("secret-in-environment", function(f'"{value}"', name=name)).gravest


NO_ECHO = "Parameters: {Token: {Type: String, NoEcho: true}, Stage: {Type: String}}"
COMPOSED = {
    "a NoEcho parameter": ("!Ref Token", NO_ECHO),
    "a NoEcho parameter in a text": ('!Sub "Bearer ${Token}"', NO_ECHO),
    "a NoEcho parameter in a list": ('!Join ["", ["https://", !Ref Token, "@host"]]', NO_ECHO),
    "a secret's value": ('"{{resolve:secretsmanager:prod/db:SecretString:password}}"', ""),
    "a secret's value in a text": (
        '!Sub "postgres://app:{{resolve:secretsmanager:${Stage}/db:SecretString:password}}@db/app"',
        NO_ECHO,
    ),
    "a secret of the template": (
        '!Join ["", ["{{resolve:secretsmanager:", !Ref Db, ":SecretString:password}}"]]',
        "",
    ),
    "a secure parameter": ('"{{resolve:ssm-secure:/prod/token:1}}"', ""),
    "a secret in a map": (
        "!FindInMap [M, a, b]",
        'Mappings: {M: {a: {b: "{{resolve:secretsmanager:prod/db}}"}}}',
    ),
    "a key made by the template": ("!GetAtt Keys.SecretAccessKey", ""),
    "a client's secret made by the template": ("!GetAtt Client.ClientSecret", ""),
    "an API's key made by the template": ('!Sub "key=${Graph.ApiKey}"', ""),
    "a key split in two": ('!Join ["", ["AKIA", "IOSFODNN7EXAMPL3"]]', ""),
    "a key in a mapping": (
        "!FindInMap [Keys, prod, key]",
        "Mappings: {Keys: {prod: {key: sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc}}}",
    ),
    "a secret in one form": (
        '!If [Prod, "ghp_' + '16C7e42F292c6912E7710c838347Ae178B4a", ""]',
        "Parameters: {S: {Type: String}}\nConditions: {Prod: !Equals [!Ref S, prod]}",
    ),
    "a default that is a secret": (
        "!Ref P",
        "Parameters: {P: {Type: String, Default: sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc}}",
    ),
}
SECRET = """\
  Db: {Type: AWS::SecretsManager::Secret}
  Keys: {Type: AWS::IAM::AccessKey, Properties: {UserName: someone}}
  Client: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: p, GenerateSecret: true}}
  Graph: {Type: AWS::AppSync::ApiKey, Properties: {ApiId: a}}
"""


@pytest.mark.parametrize("case", COMPOSED)
def test_a_secret_that_is_composed_is_an_error(judge: Judge, case: str) -> None:
    """A secret is found through references, texts with holes, maps, conditions and defaults."""
    value, head = COMPOSED[case]

    assert "error" == judge("secret-in-environment", function(value, head=head, rest=SECRET)).gravest


REFERRED = {
    "the ARN of a secret": ("!Ref Db", ""),
    "an attribute": ("!GetAtt Db.Id", ""),
    "a key's id": ("!Ref Keys", ""),
    "a client's id": ("!Ref Client", ""),
    "an API key's ARN": ("!GetAtt Graph.Arn", ""),
    "an open parameter": ("!Ref Stage", NO_ECHO),
    "a text with an open parameter": ('!Sub "${Stage}/db/credentials"', NO_ECHO),
    "a plain parameter of Systems Manager": ('"{{resolve:ssm:/prod/table:1}}"', ""),
    "an import": ("!ImportValue table", ""),
    "the user's name beside a password": ('"{{resolve:secretsmanager:prod/db:SecretString:username}}"', ""),
    "the host beside a password": (
        '!Join ["", ["{{resolve:secretsmanager:", !Ref Db, ":SecretString:host}}"]]',
        "",
    ),
    "a stack's name": ("!Ref AWS::StackName", ""),
}


@pytest.mark.parametrize("case", REFERRED)
def test_a_reference_is_no_secret(judge: Judge, case: str) -> None:
    """A reference to a thing gives its name or ARN, not what it keeps."""
    value, head = REFERRED[case]

    assert [] == judge("secret-in-environment", function(value, head=head, rest=SECRET)).messages


def test_a_password_that_is_chosen_at_deployment_is_unknown(judge: Judge) -> None:
    """A plain parameter under a secret's name may hold anything: that is not known."""
    head = "Parameters: {DbPassword: {Type: String}}"

    assert (
        "unknown" == judge("secret-in-environment", function("!Ref DbPassword", name="DB_PASSWORD", head=head)).gravest
    )


def test_globals_of_sam_give_every_function_its_secret(judge: Judge) -> None:
    """A variable that `Globals` state is each function's own."""
    text = f"""\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    Handler: app.handler
    CodeUri: src/
    Environment: {{Variables: {{API_KEY: {GENERATED}}}}}
Resources:
  First: {{Type: AWS::Serverless::Function}}
  Second: {{Type: AWS::Serverless::Function}}
"""

    assert {"First", "Second"} == {item.subject.logical_id for item in judge("secret-in-environment", text).findings}


def test_the_value_is_never_shown(judge: Judge) -> None:
    """No message holds the secret."""
    shown = judge("secret-in-environment", function(GENERATED, name="API_KEY")).messages

    assert GENERATED not in " ".join(shown)
