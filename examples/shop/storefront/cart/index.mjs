// GET, PUT and DELETE of the signed-in customer's cart.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";

const carts = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TableName = process.env.CARTS_TABLE;
const lifetime = Number(process.env.CART_LIFETIME);

export const handler = async (event) => {
  const customer = event.requestContext.authorizer.jwt.claims.sub;
  switch (event.requestContext.http.method) {
    case "GET":
      return answer(200, await read(customer));
    case "PUT":
      return answer(200, await put(customer, event.pathParameters.sku, JSON.parse(event.body)));
    case "DELETE":
      await carts.send(new DeleteCommand({ TableName, Key: { customer } }));
      return answer(204);
    default:
      return answer(405, { error: "GET, PUT or DELETE" });
  }
};

const read = async (customer) => {
  const { Item } = await carts.send(new GetCommand({ TableName, Key: { customer } }));
  return Item ?? { customer, lines: {} };
};

const put = async (customer, sku, { quantity }) => {
  const cart = await read(customer);
  const lines = { ...cart.lines, [sku]: quantity };
  if (!quantity) delete lines[sku];
  const { Attributes } = await carts.send(
    new UpdateCommand({
      TableName,
      Key: { customer },
      UpdateExpression: "SET #lines = :lines, expires = :expires",
      ExpressionAttributeNames: { "#lines": "lines" },
      ExpressionAttributeValues: { ":lines": lines, ":expires": Math.floor(Date.now() / 1000) + lifetime },
      ReturnValues: "ALL_NEW",
    }),
  );
  return Attributes;
};

const answer = (statusCode, body) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: body === undefined ? "" : JSON.stringify(body),
});
