"""AWS in this process: moto behind HTTP on the loopback interface, and an environment that reaches nothing else."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from apiece.errors import UsageError

REGIONS = ("eu-west-1", "us-east-1")
_SEED = 7
_HIDDEN = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "HTTP_PROXY",
    "http_proxy",
)


@contextmanager
def embedded_aws() -> Iterator[str]:
    """Start it, point this process at it, and stop it at the end. Yields its address.

    Raises `UsageError` where moto is not installed.
    """
    try:
        from moto.core.base_backend import BackendDict
        from moto.moto_api._internal import mock_random
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        raise UsageError("the demo needs moto", hint="`pip install 'apiece[demo]'`") from error
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    BackendDict.reset()  # whatever else used it in this process
    mock_random.seed(_SEED)  # the same ids in every run
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    kept = {name: value for name, value in os.environ.items() if not _leads_elsewhere(name)}
    own = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_DEFAULT_REGION": REGIONS[0],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": host,
        "no_proxy": host,
    }
    try:
        with patch.dict(os.environ, kept | own, clear=True):
            yield address
    finally:
        server.stop()


def _leads_elsewhere(name: str) -> bool:
    return name.startswith("AWS_ENDPOINT_URL") or name in _HIDDEN or name == "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
