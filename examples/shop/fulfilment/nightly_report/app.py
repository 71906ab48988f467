"""Every night: yesterday's turnover by category, from the database to a CSV file."""

import csv
import datetime
import io
import json
import os
import ssl

import boto3
import pg8000.native

s3 = boto3.client("s3")
secrets = boto3.client("secretsmanager")

TURNOVER = """
    SELECT category, count(*) AS orders, sum(total) AS turnover
    FROM orders WHERE placed >= :day AND placed < :day + interval '1 day'
    GROUP BY category ORDER BY turnover DESC
"""


def handler(event, context):
    day = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)
    login = json.loads(secrets.get_secret_value(SecretId=os.environ["DB_SECRET"])["SecretString"])
    database = pg8000.native.Connection(
        login["username"],
        password=login["password"],
        host=os.environ["DB_HOST"],
        database="shop",
        ssl_context=ssl.create_default_context(cafile="global-bundle.pem"),  # from truststore.pki.rds.amazonaws.com
    )
    try:
        rows = database.run(TURNOVER, day=day)
    finally:
        database.close()

    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["category", "orders", "turnover"])
    writer.writerows(rows)
    key = f"nightly/{day.isoformat()}.csv"
    s3.put_object(Bucket=os.environ["REPORTS_BUCKET"], Key=key, Body=sheet.getvalue().encode(), ContentType="text/csv")
    return {"key": key, "rows": len(rows)}
