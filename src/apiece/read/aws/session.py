"""Credentials and clients: one botocore session for all accounts, for one each would cost megabytes a client."""

from __future__ import annotations

import os
import re
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from apiece.errors import ReadError, UsageError
from apiece.read.aws.body import refuse_other_bodies

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from botocore.client import BaseClient
    from botocore.credentials import Credentials
    from botocore.session import Session

_MOST_CLIENTS = 500
THREADS = 32


class Access:
    """Credentials of one account, and its clients, made when they are first asked for and dropped when unused."""

    def __init__(self, clients: Clients, credentials: Credentials, home: str) -> None:
        self._clients = clients
        self._credentials = credentials
        self.home = home
        """The region for services that have none."""
        self.expired = False

    def client(self, service: str, region: str) -> BaseClient:
        """The client of a service in a region."""
        return self._clients.get(service, region, self._credentials)

    def assume(self, arn: str, region: str) -> Access:
        """Take a role's credentials for an hour, renewed as needed. Raises botocore's errors when first used."""
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

        def client_creator(service: str, **_: Any) -> BaseClient:  # noqa: ANN401 (botocore's own signature)
            return self.client(service, region)

        fetcher = AssumeRoleCredentialFetcher(
            client_creator=client_creator,
            source_credentials=self._credentials,
            role_arn=arn,
            extra_args={"RoleSessionName": "apiece"},
        )
        credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
        return Access(self._clients, credentials, self.home)


class Clients:
    """Clients by service, region and credentials; the least recently used are dropped."""

    def __init__(self, session: Session) -> None:
        from botocore.config import Config

        self._session = session
        self._config = Config(
            retries={"total_max_attempts": 1},  # retries are ours: a throttled call must be seen
            max_pool_connections=THREADS,
            connect_timeout=5,
            read_timeout=60,
            parameter_validation=False,
            user_agent_extra="apiece",
        )
        self._made: OrderedDict[tuple[str, str, int], tuple[object, BaseClient]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, service: str, region: str, credentials: Credentials) -> BaseClient:
        """The client, made at first."""
        key = (service, region, id(credentials))
        with self._lock:  # making clients is not thread-safe
            if key not in self._made:
                client = self._session.create_client(service, region_name=region, config=self._config)
                client.meta.events.register("before-parse", refuse_other_bodies)
                if service == "s3control" and "AWS_ENDPOINT_URL" in os.environ:
                    client.meta.events.register("before-sign.s3-control", _without_account)
                client._request_signer._credentials = credentials  # noqa: SLF001
                self._made[key] = (credentials, client)  # the credentials stay alive as long as their id is a key
                if len(self._made) > _MOST_CLIENTS:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return self._made[key][1]


def _without_account(request: AWSRequest, **_: object) -> None:
    """Take the account from the host's name: an address such as `127.0.0.1` has no names below it.

    A header of the request names the account all the same.
    """
    request.url = re.sub(r"://\d{12}\.", "://", request.url, count=1)


def open_access(profile: str | None, region: str | None) -> Access:
    """Find credentials the way the AWS command line does. Raises `UsageError` or `ReadError` with what to do."""
    from botocore import exceptions
    from botocore.session import Session

    session = Session(profile=profile)
    try:
        credentials = session.get_credentials()
        home = region or session.get_config_variable("region") or "us-east-1"
    except exceptions.ProfileNotFound as error:
        known = ", ".join(session.available_profiles[:10])
        message = f"no AWS profile is called `{(profile or os.environ.get('AWS_PROFILE', ''))[:60]}`"
        raise UsageError(message, hint=f"there are {known}" if known else "no profile is configured") from error
    except exceptions.BotoCoreError as error:
        message = f"the AWS configuration cannot be read: {type(error).__name__}"
        raise ReadError(message) from error
    if credentials is None:
        raise ReadError("no AWS credentials were found", hint="log in, or name a profile: `aws:PROFILE`")
    return Access(Clients(session), credentials, home)
