"""POST /checkout: turn the cart into an order, reserve the payment, and tell the rest of the shop."""

import json
import os
import time
import urllib.request
import uuid

import boto3

dynamodb = boto3.resource("dynamodb")
carts = dynamodb.Table(os.environ["CARTS_TABLE"])
orders = dynamodb.Table(os.environ["ORDERS_TABLE"])
sns = boto3.client("sns")
secrets = boto3.client("secretsmanager")


def handler(event, context):
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    customer = claims["sub"]
    cart = carts.get_item(Key={"customer": customer}).get("Item")
    if not cart or not cart["lines"]:
        return answer(409, {"error": "the cart is empty"})

    order = {
        "order": str(uuid.uuid4()),
        "customer": customer,
        "email": claims["email"],
        "lines": cart["lines"],
        "placed": int(time.time()),
        "status": "placed",
    }
    order["payment"] = reserve(order)
    orders.put_item(
        Item=order, ConditionExpression="attribute_not_exists(#o)", ExpressionAttributeNames={"#o": "order"}
    )
    sns.publish(TopicArn=os.environ["ORDERS_TOPIC"], Message=json.dumps(order, default=int))
    carts.delete_item(Key={"customer": customer})
    return answer(201, {"order": order["order"]})


def reserve(order):
    """Ask the payment provider for a payment session and return its id."""
    key = secrets.get_secret_value(SecretId=os.environ["PAYMENT_API_SECRET"])["SecretString"]
    request = urllib.request.Request(
        "https://api.payments.example/v2/sessions",
        data=json.dumps({"reference": order["order"]}).encode(),
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)["id"]


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
