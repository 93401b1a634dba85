// The article's function: a row for every event that arrives. Its `aws-sdk` calls as they are written with the SDK of today.
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const dynamo = new DynamoDBClient({});

export async function handler(event) {
  for (const record of event.Records) {
    const path = decodeURIComponent(record.s3.object.key.replace(/\+/g, " "));
    const gallery = path.slice(0, path.indexOf("/"));
    await dynamo.send(
      new PutItemCommand({ TableName: process.env.GALLERY_TABLE, Item: { gallery: { S: gallery }, file_path: { S: path } } }),
    );
  }
}
