/** The index: which pictures a gallery holds. Only `Query` is used, the one call that the page's key allows. */

import type { Aws } from "./aws.ts";
import { dynamoDbUrl } from "./endpoints.ts";
import type { SendOptions } from "./http.ts";
import { objectKey } from "./keys.ts";
import type { Picture } from "./pictures.ts";

interface QueryPage {
  readonly Items?: readonly Record<string, { readonly S?: string; readonly N?: string } | undefined>[];
  readonly LastEvaluatedKey?: unknown;
}

export interface ListOptions extends SendOptions {
  /** Told the number of pictures read so far, after every page but the last. */
  readonly onPage?: (count: number) => void;
}

export class IndexTable {
  readonly #aws: Aws;

  constructor(aws: Aws) {
    this.#aws = aws;
  }

  /** All pictures of a gallery, in the order of their keys. */
  async list(gallery: string, options: ListOptions = {}): Promise<Picture[]> {
    return this.#query({ condition: "gallery = :g", values: { ":g": gallery } }, options);
  }

  /** One picture; null when the index does not hold it (yet). */
  async find(gallery: string, fileName: string, options: ListOptions = {}): Promise<Picture | null> {
    const values = { ":g": gallery, ":p": objectKey(gallery, fileName) };
    const found = await this.#query({ condition: "gallery = :g AND file_path = :p", values }, options);
    return found[0] ?? null;
  }

  /** The pictures of a gallery whose file names begin so. */
  async listByPrefix(gallery: string, prefix: string, options: ListOptions = {}): Promise<Picture[]> {
    const values = { ":g": gallery, ":p": objectKey(gallery, prefix) };
    return this.#query({ condition: "gallery = :g AND begins_with(file_path, :p)", values }, options);
  }

  /** Follows LastEvaluatedKey to the end: a page holds at most 1 MB. */
  async #query(
    { condition, values }: { condition: string; values: Readonly<Record<string, string>> },
    options: ListOptions,
  ): Promise<Picture[]> {
    const pictures: Picture[] = [];
    let startKey: unknown;
    do {
      const page = await this.#page(
        {
          KeyConditionExpression: condition,
          ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, S]) => [name, { S }])),
          // Rows of deleted pictures and of files that are none. `hidden` is a reserved word.
          FilterExpression: "attribute_not_exists(#hidden)",
          ExpressionAttributeNames: { "#hidden": "hidden" },
          ProjectionExpression: "file_path, uploaded_at",
          // The newest state on demand: otherwise a picture that was indexed a moment ago may be missing.
          ConsistentRead: true,
          // Left out by JSON.stringify on the first page.
          ExclusiveStartKey: startKey,
        },
        options,
      );
      for (const item of page.Items ?? []) {
        pictures.push({ key: item["file_path"]?.S ?? "", uploadedAt: item["uploaded_at"]?.S ?? "" });
      }
      startKey = page.LastEvaluatedKey;
      if (startKey) {
        options.onPage?.(pictures.length);
      }
    } while (startKey);
    return pictures;
  }

  async #page(query: object, options: ListOptions): Promise<QueryPage> {
    const response = await this.#aws.call(
      (config) => ({
        service: "dynamodb",
        method: "POST",
        url: dynamoDbUrl(config),
        headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.Query" },
        body: JSON.stringify({ TableName: config.table, ...query }),
      }),
      options,
    );
    return (await response.json()) as QueryPage;
  }
}
