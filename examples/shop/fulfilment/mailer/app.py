"""Sends the order confirmations that wait in the mail queue."""

import json
import os

import boto3

ses = boto3.client("sesv2")

TEXT = "Thank you for your order {order}. We tell you as soon as it is on its way."


def handler(event, context):
    failed = []
    for record in event["Records"]:
        mail = json.loads(record["body"])
        try:
            ses.send_email(
                FromEmailAddress=os.environ["SENDER"],
                ReplyToAddresses=[os.environ["REPLY_TO"]],
                Destination={"ToAddresses": [mail["to"]]},
                Content={
                    "Simple": {
                        "Subject": {"Data": "Your order"},
                        "Body": {"Text": {"Data": TEXT.format(order=mail["order"])}},
                    }
                },
            )
        except (ses.exceptions.TooManyRequestsException, ses.exceptions.SendingPausedException):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
