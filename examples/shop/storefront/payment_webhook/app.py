"""Called by the payment provider when a payment succeeds, fails or is disputed."""

import base64
import json
import os
import time

import boto3

payments = boto3.resource("dynamodb").Table(os.environ["PAYMENTS_TABLE"])
STATES = {"payment.succeeded": "paid", "payment.failed": "failed", "payment.disputed": "disputed"}


def handler(event, context):
    body = event.get("body") or "{}"
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    notice = json.loads(body)
    state = STATES.get(notice.get("type"))
    if state is None:
        return {"statusCode": 202}

    payments.update_item(
        Key={"payment": notice["payment"]},
        UpdateExpression="SET #state = :state, changed = :now",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": state, ":now": int(time.time())},
    )
    return {"statusCode": 204}
