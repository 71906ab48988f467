"""What stands in front of functions, one module for each service.

Routes are read as they are configured, which is what the next deployment of an API's stage will serve.
"""

from __future__ import annotations

from apiece.read.aws.areas.doors.graphql import graphql_apis
from apiece.read.aws.areas.doors.http import http_apis
from apiece.read.aws.areas.doors.load_balancers import load_balancers
from apiece.read.aws.areas.doors.rest import rest_apis

DOORS = (rest_apis, http_apis, load_balancers, graphql_apis)
"""Areas of one region."""
