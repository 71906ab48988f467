"""A moto server with any number of functions and accounts, put straight into its state; run as a process of its own.

python benchmarks/served.py PORT FUNCTIONS ACCOUNTS
"""

from __future__ import annotations

import base64
import io
import json
import sys
import zipfile

from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

REGION = "us-east-1"
MANAGEMENT = "123456789012"
_LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def main() -> None:
    """Fill the state, then serve."""
    port, functions, accounts = (int(word) for word in sys.argv[1:4])
    names = _organisation(accounts)
    code = _code()
    for number in range(functions):
        _function(names[number % len(names)], number, code)
    server = make_server("127.0.0.1", port, DomainDispatcherApplication(create_backend_app), threaded=True)
    print("ready", flush=True)
    server.serve_forever()


def _organisation(accounts: int) -> list[str]:
    if accounts == 1:
        return [MANAGEMENT]
    backend = get_backend("organizations")[MANAGEMENT]["aws"]
    backend.create_organization(REGION, FeatureSet="ALL")
    made = [
        backend.create_account(Email=f"a{number}@example.com", AccountName=f"account-{number}")
        for number in range(accounts - 1)
    ]
    return [MANAGEMENT, *(one["CreateAccountStatus"]["AccountId"] for one in made)]


def _function(account: str, number: int, code: bytes) -> None:
    name = f"job-{number:05}"
    iam = get_backend("iam")[account]["aws"]
    role = iam.create_role(name, _document([_LAMBDA]), "/", None, "", [], None)
    bucket = "arn:aws:s3:::*" if number % 10 == 0 else f"arn:aws:s3:::uploads-{number % 50}/*"
    log = f"arn:aws:logs:{REGION}:{account}:log-group:/aws/lambda/{name}:*"
    statements = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": bucket},
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": log},
    ]
    iam.put_role_policy(name, "own", _document(statements))
    get_backend("lambda")[account][REGION].create_function(
        {
            "FunctionName": name,
            "Runtime": "python3.13",
            "Role": role.arn,
            "Handler": "app.handler",
            "Code": {"ZipFile": code},
            "Environment": {"Variables": {"BUCKET": f"uploads-{number % 50}", "LOG_LEVEL": "INFO"}},
        }
    )


def _document(statements: list[dict[str, object]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass\n")
    return base64.b64encode(packed.getvalue())  # as the API has it


if __name__ == "__main__":
    main()
