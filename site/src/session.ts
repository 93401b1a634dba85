/** The settings in use, and how they are replaced when the deployer has given the page a new key. */

import type { Config } from "./config.ts";

export class Session {
  #config: Config;
  readonly #read: () => Promise<Config>;
  #renewal: Promise<Config> | null = null;

  constructor(config: Config, read: () => Promise<Config>) {
    this.#config = config;
    this.#read = read;
  }

  get config(): Config {
    return this.#config;
  }

  /**
   * Looks for settings with another key than the one that was just refused.
   *
   * Requests that fail together share one reading of `config.json`.
   *
   * @returns the new settings, or null when `config.json` still names the refused key or cannot be read
   */
  async renew(refused: Config): Promise<Config | null> {
    if (this.#config.accessKeyId === refused.accessKeyId) {
      this.#renewal ??= this.#read().finally(() => (this.#renewal = null));
      try {
        this.#config = await this.#renewal;
      } catch {
        return null;
      }
    }
    return this.#config.accessKeyId === refused.accessKeyId ? null : this.#config;
  }
}
