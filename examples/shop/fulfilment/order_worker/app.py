"""Takes placed orders from the queue: charge, mark as paid, ask for the confirmation mail."""

import json
import os

import boto3

dynamodb = boto3.client("dynamodb")
functions = boto3.client("lambda")
sqs = boto3.client("sqs")


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            fulfil(json.loads(record["body"]))
        except Exception:
            print(json.dumps({"level": "ERROR", "message": record["messageId"]}))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def fulfil(order):
    charged = functions.invoke(
        FunctionName=os.environ["CHARGE_FUNCTION"],
        Payload=json.dumps({"order": order["order"], "payment": order["payment"]}),
    )
    if "FunctionError" in charged:
        raise RuntimeError(f"payment of order {order['order']} failed")

    dynamodb.update_item(
        TableName=os.environ["ORDERS_TABLE_ARN"],
        Key={"order": {"S": order["order"]}},
        UpdateExpression="SET #status = :paid",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":paid": {"S": "paid"}},
    )
    sqs.send_message(
        QueueUrl=os.environ["MAIL_QUEUE_URL"],
        MessageBody=json.dumps({"to": order["email"], "order": order["order"]}),
    )
