// Draws the label for one parcel and keeps it for the packing station. The carrier calls with the parcel's data.

import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const s3 = new S3Client({});

export const handler = async ({ parcel, order, address }) => {
  if (!/^[A-Z0-9-]{8,30}$/.test(parcel ?? "")) {
    throw new Error("a parcel has a number");
  }
  const key = `${order}/${parcel}.svg`;
  await s3.send(
    new PutObjectCommand({
      Bucket: process.env.LABELS_BUCKET,
      Key: key,
      Body: label(parcel, address),
      ContentType: "image/svg+xml",
    }),
  );
  return { key };
};

const escaped = (text) => String(text).replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

const label = (parcel, lines) => {
  const rows = [parcel, ...lines].map((line, row) => `<text x="8" y="${24 + row * 20}">${escaped(line)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="240">${rows.join("")}</svg>`;
};
