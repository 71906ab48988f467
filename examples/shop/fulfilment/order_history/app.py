"""The orders of one customer, newest first, for the account page."""

import json
import os
import ssl

import boto3
import pg8000.native

secrets = boto3.client("secretsmanager")
connection = None

ORDERS = """
    SELECT id, placed, status, total FROM orders
    WHERE customer = :customer ORDER BY placed DESC LIMIT :most
"""


def handler(event, context):
    rows = database().run(ORDERS, customer=event["customer"], most=min(int(event.get("most", 20)), 100))
    names = ("order", "placed", "status", "total")
    return {"orders": [dict(zip(names, map(str, row), strict=True)) for row in rows]}


def database():
    """One connection, kept while this execution environment lives."""
    global connection
    if connection is None:
        stored = secrets.get_secret_value(SecretId=os.environ["DB_SECRET_ARN"])
        login = json.loads(stored["SecretString"])
        connection = pg8000.native.Connection(
            login["username"],
            password=login["password"],
            host=os.environ["DB_HOST"],
            database="shop",
            ssl_context=ssl.create_default_context(cafile="global-bundle.pem"),  # from truststore.pki.rds.amazonaws.com
        )
    return connection
