"""GET /products?category=…  and  GET /products/{sku}: the catalogue, cached by the CDN."""

import json
import os

import boto3
from boto3.dynamodb.conditions import Key

products = boto3.resource("dynamodb").Table(os.environ["PRODUCTS_TABLE"])


def handler(event, context):
    path = event["rawPath"].rstrip("/")
    if path == "/products":
        category = (event.get("queryStringParameters") or {}).get("category")
        if not category:
            return answer(400, {"error": "say which category"})
        return answer(200, {"products": in_category(category)})

    sku = path.removeprefix("/products/")
    found = products.get_item(Key={"sku": sku}).get("Item")
    return answer(200, found) if found else answer(404, {"error": "no such product"})


def in_category(category):
    page = products.query(IndexName="by-category", KeyConditionExpression=Key("category").eq(category))
    found = page["Items"]
    while "LastEvaluatedKey" in page:
        page = products.query(
            IndexName="by-category",
            KeyConditionExpression=Key("category").eq(category),
            ExclusiveStartKey=page["LastEvaluatedKey"],
        )
        found += page["Items"]
    return found


def answer(status, body):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "public, max-age=60"},
        "body": json.dumps(body, default=str),
    }
