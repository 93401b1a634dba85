/** Addresses of the images bucket, its objects and the table's service. */

import type { Config } from "./config.ts";
import { encodeKey } from "./keys.ts";

/** DNS suffix of the partition that a region belongs to; the first match wins. */
const PARTITIONS: readonly (readonly [prefix: string, suffix: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["us-iso-", "c2s.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
  ["eusc-", "amazonaws.eu"],
  ["", "amazonaws.com"],
];

function dnsSuffix(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))![1];
}

/** Address of an object, for the signed API as well as for everybody's reading. */
export function objectUrl(config: Config, key: string): string {
  return `${bucketUrl(config)}/${encodeKey(key)}`;
}

function bucketUrl({ endpoint, imagesBucket, region }: Config): string {
  if (endpoint !== null) {
    return `${endpoint}/${imagesBucket}`;
  }
  const host = `s3.${region}.${dnsSuffix(region)}`;
  // U10: the certificate of S3 covers one label only, so a bucket with a dot in its name is addressed by path.
  return imagesBucket.includes(".") ? `https://${host}/${imagesBucket}` : `https://${imagesBucket}.${host}`;
}

/** Address that takes every call to DynamoDB. */
export function dynamoDbUrl({ endpoint, region }: Config): string {
  return `${endpoint ?? `https://dynamodb.${region}.${dnsSuffix(region)}`}/`;
}
