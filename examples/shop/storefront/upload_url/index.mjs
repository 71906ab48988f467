// POST /pictures: an address to which the browser may upload one picture.

import { randomUUID } from "node:crypto";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const s3 = new S3Client({});
const kinds = { "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp" };

export const handler = async (event) => {
  const { type } = JSON.parse(event.body ?? "{}");
  const ending = kinds[type];
  if (!ending) {
    return { statusCode: 415, body: JSON.stringify({ error: "jpeg, png or webp" }) };
  }
  const key = `originals/${randomUUID()}.${ending}`;
  const url = await getSignedUrl(
    s3,
    new PutObjectCommand({ Bucket: process.env.PICTURES_BUCKET, Key: key, ContentType: type }),
    { expiresIn: Number(process.env.MAX_UPLOAD_SECONDS) },
  );
  return {
    statusCode: 201,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key, url }),
  };
};
