"""Run by hand after an incident: mark the orders that were lost as `retry`, and empty the queue of failed ones.

Invoke with {"most": 500}.
"""

import json
import os

import boto3

sqs = boto3.client("sqs")
dynamodb = boto3.client("dynamodb")


def handler(event, context):
    queue = os.environ["FAILED_ORDERS_URL"]
    repaired = 0
    while repaired < int(event.get("most", 100)):
        batch = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        if not batch:
            break
        for message in batch:
            mark(json.loads(message["Body"])["order"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            repaired += 1
    return {"repaired": repaired}


def mark(order):
    dynamodb.update_item(
        TableName=os.environ["ORDERS_TABLE_ARN"],
        Key={"order": {"S": order}},
        UpdateExpression="SET #status = :retry",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":retry": {"S": "retry"}},
    )
