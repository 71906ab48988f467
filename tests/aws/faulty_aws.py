"""AWS over HTTP in this process (moto), behind a layer that breaks the answers to chosen operations.

The layer knows which of botocore's operations a request is from the request alone: the service by the name it is
signed for, the operation by its target, its action, or the method and path of botocore's own service model.
"""

from __future__ import annotations

import io
import json
import re
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self
from xml.etree import ElementTree as ET

from botocore.model import OperationModel
from botocore.session import Session
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

Environ = dict[str, object]
Start = Callable[..., object]
_SIGNED = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_HOLE = re.compile(r"\{(\w+)(\+?)\}")
_SESSION = Session()


class Broken(ConnectionError):
    """Raised where the connection is to break off."""


@dataclass(frozen=True)
class Answer:
    """What goes back. A `missing` tail of the body is announced and never sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    missing: int = 0


@dataclass(frozen=True)
class Asked:
    """One request, understood. `real` is what the stand-in answers to it."""

    operation: OperationModel
    path: str
    query: dict[str, list[str]]
    body: bytes
    scope: str
    """Whose credentials, and which region: what the request was signed for."""
    real: Callable[[], Answer]

    @property
    def name(self) -> str:
        """`lambda.ListFunctions`."""
        return f"{self.operation.service_model.service_name}.{self.operation.name}"

    @property
    def protocol(self) -> str:
        return str(self.operation.service_model.resolved_protocol)

    @property
    def params(self) -> dict[str, str]:
        """Values of the request by the names that they are sent under, where they are texts."""
        found = {name: values[0] for name, values in self.query.items()}
        if self.protocol in {"query", "ec2"}:
            found |= {name: values[0] for name, values in urllib.parse.parse_qs(self.body.decode()).items()}
        elif "json" in self.protocol and self.body:
            found |= {name: str(value) for name, value in json.loads(self.body).items()}
        return found


Fault = Callable[[Asked], Answer]


# ---------------------------------------------------------------------------------------------------- which operation


@dataclass(frozen=True)
class _Route:
    operation: OperationModel
    method: str
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    rank: tuple[int, int]


class Operations:
    """Botocore's operations of some services, by request."""

    def __init__(self, services: Iterable[str]) -> None:
        self._by_name: dict[tuple[str, str], OperationModel] = {}
        self._routes: dict[str, list[_Route]] = {}
        for service in sorted(set(services)):
            model = _SESSION.get_service_model(service)
            signed = model.signing_name
            for name in model.operation_names:
                operation = model.operation_model(name)
                if model.resolved_protocol.startswith("rest"):
                    self._routes.setdefault(signed, []).append(_route(operation))
                self._by_name[signed, name] = operation
                if target := model.metadata.get("targetPrefix"):
                    self._by_name[signed, f"{target}.{name}"] = operation
        for routes in self._routes.values():
            routes.sort(key=lambda route: route.rank, reverse=True)

    def of(self, environ: Environ, body: bytes) -> OperationModel | None:
        """The operation of a request, None for what none of the services knows."""
        found = _SIGNED.search(str(environ.get("HTTP_AUTHORIZATION", "")))
        if found is None:
            return None
        signed = found[1]
        if target := environ.get("HTTP_X_AMZ_TARGET"):
            return self._by_name.get((signed, str(target)))
        if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
            action = urllib.parse.parse_qs(body.decode()).get("Action", [""])[0]
            return self._by_name.get((signed, action))
        path, query = str(environ["PATH_INFO"]), urllib.parse.parse_qs(str(environ["QUERY_STRING"]), True)  # noqa: FBT003
        for route in self._routes.get(signed, ()):
            asked = all(value in query.get(name, ()) for name, value in route.query)
            if route.method == environ["REQUEST_METHOD"] and asked and route.path.fullmatch(path):
                return route.operation
        return None


def _route(operation: OperationModel) -> _Route:
    template, _, query = str(operation.http["requestUri"]).partition("?")
    literal = len(_HOLE.sub("", template))
    pattern = "".join(
        re.escape(part) if number % 3 == 0 else (".+" if part else "[^/]+") if number % 3 == 2 else ""
        for number, part in enumerate(_HOLE.split(template))
    )
    constants = tuple(urllib.parse.parse_qsl(query, keep_blank_values=True))
    return _Route(
        operation, str(operation.http["method"]), re.compile(pattern + "/?"), constants, (len(constants), literal)
    )


# ------------------------------------------------------------------------------------------------------------ faults

_THROTTLED = {"ec2": ("RequestLimitExceeded", 503), "query": ("Throttling", 400), "s3": ("SlowDown", 503),
              "lambda": ("TooManyRequestsException", 429)}  # fmt: skip


def refused(code: str, status: int, message: str = "refused by a test: hunter2-message") -> Fault:
    """An error in the shape of the service's protocol."""

    def fault(asked: Asked) -> Answer:
        service = asked.operation.service_model.service_name
        error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        match asked.protocol:
            case "ec2":
                text = f"<Response><Errors>{error}</Errors></Response>"
            case "rest-xml" if service == "s3":
                text = error
            case "query" | "rest-xml":
                text = f"<ErrorResponse>{error}</ErrorResponse>"
            case "json" | "rest-json":
                body = json.dumps({"__type": code, "message": message}).encode()
                return Answer(status, (("Content-Type", "application/json"), ("x-amzn-ErrorType", code)), body)
            case other:
                raise NotImplementedError(other)
        return Answer(status, (("Content-Type", "text/xml"),), f"<?xml version='1.0'?>{text}".encode())

    return fault


def denied(asked: Asked) -> Answer:
    """Access denied, as the service says it."""
    code = {"ec2": "UnauthorizedOperation"}.get(asked.protocol, "AccessDenied")
    return refused(code if "json" not in asked.protocol else "AccessDeniedException", 403)(asked)


def throttled(asked: Asked) -> Answer:
    """Too many requests, as the service says it."""
    service = asked.operation.service_model.service_name
    code, status = _THROTTLED.get(service) or _THROTTLED.get(asked.protocol) or ("ThrottlingException", 400)
    return refused(code, status)(asked)


def expired(asked: Asked) -> Answer:
    """The session token has run out."""
    code = {"ec2": "RequestExpired"}.get(asked.protocol, "ExpiredToken")
    return refused(code if "json" not in asked.protocol else "ExpiredTokenException", 400)(asked)


failing = refused("InternalFailure", 500)
stranger = refused("UnrecognizedClientException", 403)
gone = refused("ResourceNotFoundException", 404)


def unavailable(_: Asked) -> Answer:
    """A gateway's page with a 503, in no protocol of AWS's."""
    return Answer(503, (("Content-Type", "text/html"),), b"<html><body>no</body></html>")


def garbled(_: Asked) -> Answer:
    """A good status, and a body that is neither JSON nor XML."""
    return Answer(200, (("Content-Type", "application/octet-stream"),), b"\x00\xff\xfe{<]\x80garbage")


def portal(_: Asked) -> Answer:
    """A proxy's page, with a good status."""
    return Answer(200, (("Content-Type", "text/html"),), b"<html><body><p>please log in</p></body></html>")


def empty(_: Asked) -> Answer:
    """A good status and nothing behind it."""
    return Answer(200, (), b"")


def other_shape(asked: Asked) -> Answer:
    """Well-formed, and not what the operation answers."""
    if "json" in asked.protocol:
        return Answer(200, (("Content-Type", "application/json"),), b'["a", {"list": 1}]')
    return Answer(200, (("Content-Type", "text/xml"),), b"<a><list><member>1</member></list></a>")


def dropped(_: Asked) -> Answer:
    """The connection ends without an answer."""
    raise Broken


def torn(asked: Asked) -> Answer:
    """The connection ends in the middle of the body."""
    real = asked.real()
    half = len(real.body) // 2
    return Answer(real.status, real.headers, real.body[:half], missing=len(real.body) - half)


def shortened(asked: Asked) -> Answer:
    """The body ends in the middle, and its length says so."""
    real = asked.real()
    return Answer(real.status, real.headers, real.body[: len(real.body) // 2])


def delayed(seconds: float) -> Fault:
    """The real answer, later."""

    def fault(asked: Asked) -> Answer:
        time.sleep(seconds)
        return asked.real()

    return fault


# ------------------------------------------------------------------------------------------------------------ pages

_MARK = "second-half"


def pages_of(operation: OperationModel) -> dict[str, object] | None:
    """How botocore pages through an operation, None where it does not."""
    pagers = _SESSION.get_paginator_model(operation.service_model.service_name)
    try:
        return dict(pagers.get_paginator(operation.name))
    except ValueError:
        return None


def halved(rest: Fault | None = None) -> Fault:
    """Half of each list, and a mark for the rest; whoever asks for the rest meets `rest`, or gets the other half."""

    first_answers: dict[object, Answer] = {}

    def fault(asked: Asked) -> Answer:
        pager = pages_of(asked.operation)
        if pager is None:
            return asked.real()
        token = _sent_as(asked.operation, _first(pager["input_token"]))
        second = token in asked.params
        if second and rest is not None:
            return rest(asked)
        # The stand-in does not know our mark: the other half is of what it answered before.
        key = (asked.scope, asked.path, *sorted(pair for pair in asked.params.items() if pair[0] != token))
        real = first_answers[key] if second else first_answers.setdefault(key, asked.real())
        if real.status != 200:
            return real
        halve = _halve_json if "json" in asked.protocol else _halve_xml
        body = halve(asked.operation, pager, real.body, second=second)
        headers = tuple(pair for pair in real.headers if pair[0].lower() != "content-length")
        return Answer(200, headers, body)

    return fault


def _first(value: object) -> str:
    return str(value[0] if isinstance(value, list) else value).split(" ")[0]


def _lists(pager: dict[str, object]) -> list[str]:
    keys = pager["result_key"]
    return [str(key) for key in (keys if isinstance(keys, list) else [keys])]


def _sent_as(operation: OperationModel, member: str) -> str:
    shape = operation.input_shape.members[member]
    return str(shape.serialization.get("name", member))


def _halve_json(operation: OperationModel, pager: dict[str, object], body: bytes, *, second: bool) -> bytes:
    answer = json.loads(body)
    for path in _lists(pager):
        *route, last = path.split(".")
        place = answer
        for key in route:
            place = place[key]
        place[last] = _half(place.get(last) or [], second=second)
    token = _first(pager["output_token"])
    name = str(operation.output_shape.members[token].serialization.get("name", token))
    answer.pop(name, None)
    if not second:
        answer[name] = _MARK
    if "more_results" in pager:
        more = _first(pager["more_results"])
        answer[str(operation.output_shape.members[more].serialization.get("name", more))] = not second
    return json.dumps(answer).encode()


def _halve_xml(operation: OperationModel, pager: dict[str, object], body: bytes, *, second: bool) -> bytes:
    """Lists and marks lie below the element that holds the result; namespaces are dropped, botocore ignores them."""
    root = ET.fromstring(re.sub(rb'\sxmlns="[^"]+"', b"", body, count=1))  # noqa: S314 - moto's own answer
    result = root.find(str(operation.output_shape.serialization.get("resultWrapper", "")) or ".")
    assert result is not None
    members = operation.output_shape.members
    for path in _lists(pager):
        if (found := result.find(str(members[path].serialization.get("name", path)))) is not None:
            found[:] = _half(list(found), second=second)
    for name, text in (("more_results", "true"), ("output_token", _MARK)):
        if name not in pager or "." in str(pager[name]):
            continue
        member = _first(pager[name])
        tag = str(members[member].serialization.get("name", member))
        for old in result.findall(tag):
            result.remove(old)
        if not second:
            ET.SubElement(result, tag).text = text
        elif name == "more_results":
            ET.SubElement(result, tag).text = "false"
    return ET.tostring(root)


def _half(items: list[object], *, second: bool) -> list[object]:
    middle = (len(items) + 1) // 2
    return items[middle:] if second else items[:middle]


# ------------------------------------------------------------------------------------------------------------ the layer


@dataclass
class Rule:
    """A fault for one operation (`lambda.ListFunctions`), or all (None), for the requests that match.

    `skip` lets the first ones through, `times` ends it.
    """

    operation: str | None
    fault: Fault
    skip: int = 0
    times: int | None = None
    where: Callable[[Asked], bool] = lambda _: True
    met: int = 0


@dataclass
class Layer:
    """A WSGI application before the stand-in. `rules` break answers, `answers` are facts that the stand-in lacks.

    Where `remember` is set, the stand-in is asked each thing once: the estate must not change meanwhile.
    """

    operations: Operations
    rules: list[Rule] = field(default_factory=list)
    answers: list[Rule] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    remember: bool = False
    _kept: dict[object, Answer] = field(default_factory=dict)
    _app: DomainDispatcherApplication = field(default_factory=lambda: DomainDispatcherApplication(create_backend_app))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def break_(self, operation: str | None, fault: Fault, **how: object) -> None:
        """Add a fault."""
        self.rules.append(Rule(operation, fault, **how))  # type: ignore[arg-type]

    def mend(self) -> None:
        """Answer as AWS would, and forget who asked."""
        self.rules.clear()
        self.seen.clear()

    def forget(self) -> None:
        """Ask the stand-in again from now on."""
        self._kept.clear()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        length = int(str(environ.get("CONTENT_LENGTH") or 0))
        body = environ["wsgi.input"].read(length) if length else b""  # type: ignore[attr-defined]
        operation = self.operations.of(environ, body)

        def real() -> Answer:
            changes = operation is not None and operation.name.startswith("Generate")
            return self._real(environ, body, remember=self.remember and not changes)

        if operation is None:
            return _sent(real(), start)
        query = urllib.parse.parse_qs(str(environ["QUERY_STRING"]), keep_blank_values=True)
        scope = _scope(environ)
        asked = Asked(operation, str(environ["PATH_INFO"]), query, body, scope, real)
        planted = next(
            (rule.fault for rule in self.answers if rule.operation == asked.name and rule.where(asked)), None
        )
        if planted is not None:
            fact = planted
            asked = Asked(operation, asked.path, query, body, scope, lambda: fact(asked))
        fault = self._fault(asked)
        return _sent(fault(asked) if fault is not None else asked.real(), start)

    def _fault(self, asked: Asked) -> Fault | None:
        with self._lock:
            self.seen[asked.name] += 1
            for rule in self.rules:
                if rule.operation in {None, asked.name} and rule.where(asked):
                    rule.met += 1
                    met = rule.met - rule.skip
                    if met > 0 and (rule.times is None or met <= rule.times):
                        return rule.fault
        return None

    def _real(self, environ: Environ, body: bytes, *, remember: bool) -> Answer:
        who = _scope(environ)
        key = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], body, who,
               environ.get("HTTP_X_AMZ_TARGET"))  # fmt: skip
        if remember and key in self._kept:
            return self._kept[key]
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
            started.append((status, headers))

        parts: Iterator[bytes] = iter(self._app(environ | {"wsgi.input": io.BytesIO(body)}, start))
        whole = b"".join(parts)
        status, headers = started[-1]
        answer = Answer(int(status.split()[0]), tuple(headers), whole)
        if remember:
            self._kept[key] = answer
        return answer


def _scope(environ: Environ) -> str:
    return str(environ.get("HTTP_AUTHORIZATION", "")).partition("/aws4_request")[0]


def _sent(answer: Answer, start: Start) -> Iterator[bytes]:
    headers = [pair for pair in answer.headers if pair[0].lower() != "content-length"]
    start(f"{answer.status} Status", [*headers, ("Content-Length", str(len(answer.body) + answer.missing))])
    yield answer.body
    if answer.missing:
        raise Broken


class _Handler(MotoRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing."""

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:  # noqa: ARG002
        """Werkzeug would wait for the next request on a connection that was to break."""
        self.close_connection = True


class Server:
    """A layer on a port of its own, served by threads of this process."""

    def __init__(self, layer: Layer, port: int = 0) -> None:
        self.layer = layer
        self._server = make_server("127.0.0.1", port, layer, threaded=True, request_handler=_Handler)  # type: ignore[arg-type]
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def environment(url: str) -> dict[str, str]:
    """The variables with which AWS's clients come here and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/nonexistent/config",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
