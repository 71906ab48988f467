"""AWS stand-ins for live readers: an account over HTTP in this process, and a layer that breaks its answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fault_study import Study, begin, new_layer, quick_clients
from faulty_aws import Layer, Server, environment
from moto.core.base_backend import BackendDict
from planted_aws import plant


@pytest.fixture(scope="module", autouse=True)
def _nothing_left_over() -> None:
    """What other files have planted in this process is gone."""
    BackendDict.reset()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Server]:
    """An empty AWS, and an environment that leads there and nowhere else."""
    BackendDict.reset()
    with Server(new_layer()) as server, pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
            patch.delenv(name, raising=False)
        for name, value in environment(server.url).items():
            patch.setenv(name, value)
        yield server


@pytest.fixture(scope="module")
def aws(endpoint: Server) -> Server:
    """The planted account. Nothing in it changes, so that the stand-in is asked each thing once."""
    plant(endpoint.url, endpoint.layer)
    endpoint.layer.mend()
    endpoint.layer.remember = True
    return endpoint


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """Clients that are made once for all tests of a file; not for tests that take a role."""
    with quick_clients():
        yield


@pytest.fixture
def faulty(aws: Server, quick: None) -> Iterator[Layer]:  # noqa: ARG001 - wanted for what it does
    """The layer before the planted account, mended after the test."""
    yield aws.layer
    aws.layer.mend()


@pytest.fixture(scope="module")
def study(aws: Server, quick: None, tmp_path_factory: pytest.TempPathFactory) -> Study:  # noqa: ARG001 - wanted for what it does
    """The planted account, read once undisturbed."""
    return begin(aws, tmp_path_factory.mktemp("study"))
