"""Charges a reserved payment and writes down what the provider answered."""

import json
import os
import time
import urllib.request

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    request = urllib.request.Request(
        os.environ["PROVIDER_URL"],
        data=json.dumps({"session": event["payment"], "reference": event["order"]}).encode(),
        headers={
            "authorization": f"Bearer {os.environ['PROVIDER_API_KEY']}",
            "content-type": "application/json",
            "idempotency-key": event["order"],
        },
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        charge = json.load(response)

    dynamodb.put_item(
        TableName=os.environ["PAYMENTS_TABLE_ARN"],
        Item={
            "payment": {"S": event["payment"]},
            "order": {"S": event["order"]},
            "state": {"S": charge["state"]},
            "changed": {"N": str(int(time.time()))},
        },
    )
    return {"state": charge["state"]}
