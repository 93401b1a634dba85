/**
 * The settings that the deployer writes beside the page as `config.json`.
 *
 * The page trusts nothing in that file before it is checked: a page that is half set up must say so instead of failing at
 * the first upload.
 */

/** Where the pictures and the index are, and what the page may send there. */
export interface Config {
  readonly region: string;
  /** Origin of a stand-in such as `http://127.0.0.1:4566`, without a slash at its end; null means AWS itself. */
  readonly endpoint: string | null;
  readonly imagesBucket: string;
  readonly table: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Largest file that the page sends, in MiB. */
  readonly maxSizeMib: number;
  /** MIME types that the page sends. */
  readonly acceptedTypes: readonly string[];
  readonly title: string;
}

/** `config.json` is missing or unusable: nobody has run `gallery-deploy up`, or somebody has edited the file. */
export class NotSetUpError extends Error {}

/**
 * Reads `config.json` from beside the page.
 *
 * @throws NotSetUpError when the file is absent or not what the deployer writes
 * @throws Error when the file could not be asked for (offline, the server is failing); trying again may help
 */
export async function readConfig(fetcher: typeof fetch = fetch): Promise<Config> {
  const response = await fetcher("./config.json", { cache: "no-store" });
  // S3 answers 403 for a missing object when the reader may not list the bucket.
  if (response.status === 403 || response.status === 404) {
    throw new NotSetUpError("config.json is missing.");
  }
  if (!response.ok) {
    throw new Error(`config.json: the server answered ${response.status}.`);
  }
  let value: unknown;
  try {
    value = await response.json();
  } catch {
    throw new NotSetUpError("config.json is not JSON.");
  }
  return parseConfig(value);
}

/**
 * Checks the content of `config.json`.
 *
 * @throws NotSetUpError naming the first key that is missing or wrong
 */
export function parseConfig(value: unknown): Config {
  if (typeof value !== "object" || value === null) {
    throw new NotSetUpError("config.json is not an object.");
  }
  const file = value as Record<string, unknown>;
  return {
    region: text(file, "region", /^[a-z0-9-]+$/),
    endpoint: origin(file),
    imagesBucket: text(file, "images_bucket", /^[a-z0-9][a-z0-9.-]+$/),
    table: text(file, "table"),
    accessKeyId: text(file, "access_key_id"),
    secretAccessKey: text(file, "secret_access_key"),
    maxSizeMib: positive(file, "max_size_mib"),
    acceptedTypes: mimeTypes(file, "accepted_types"),
    title: text(file, "title"),
  };
}

function text(file: Record<string, unknown>, key: string, shape = /\S/): string {
  const value = file[key];
  return typeof value === "string" && shape.test(value) ? value : refuse(key);
}

function origin(file: Record<string, unknown>): string | null {
  const value = file["endpoint"];
  if (value === null) {
    return null;
  }
  const address = text(file, "endpoint", /^https?:\/\//);
  return URL.canParse(address) ? new URL(address).origin : refuse("endpoint");
}

function positive(file: Record<string, unknown>, key: string): number {
  const value = file[key];
  return typeof value === "number" && value > 0 ? value : refuse(key);
}

function mimeTypes(file: Record<string, unknown>, key: string): readonly string[] {
  const value = file[key];
  const valid =
    Array.isArray(value) && value.length > 0 && value.every((type) => typeof type === "string" && /^\w+\/\S+$/.test(type));
  return valid ? (value as string[]) : refuse(key);
}

function refuse(key: string): never {
  throw new NotSetUpError(`config.json: "${key}" is missing or not valid.`);
}
