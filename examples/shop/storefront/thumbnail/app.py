"""Makes a small picture of each one that is uploaded."""

import io
import os
from urllib.parse import unquote_plus

import boto3
from PIL import Image, ImageOps

s3 = boto3.client("s3")
WIDTH = int(os.environ["WIDTH"])


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        original = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(
            Bucket=bucket,
            Key="thumbnails/" + key.removeprefix("originals/").rpartition(".")[0] + ".webp",
            Body=shrunk(original),
            ContentType="image/webp",
        )


def shrunk(original):
    with Image.open(io.BytesIO(original)) as picture:
        small = ImageOps.exif_transpose(picture).convert("RGB")
        small.thumbnail((WIDTH, WIDTH * 2))
        out = io.BytesIO()
        small.save(out, "WEBP", quality=80)
        return out.getvalue()
