import type { SignRequest } from "./pkg/browser.js";

/** What has been asked of the signer: one entry a part, in the order asked, with its size in bytes. */
export class Uploads {
  readonly #sizes = new Map<string, number>();

  /** Asks this page's own server for the URL of one request. */
  readonly sign = async (request: SignRequest): Promise<string> => {
    const response = await fetch("/sign", { method: "POST", body: JSON.stringify(request) });
    const answer = (await response.json()) as { url?: string; error?: { message: string } };
    if (!answer.url) throw new Error(answer.error?.message ?? `the signer answered ${response.status}`);
    if (request.operation === "put" || request.operation === "part") {
      this.#sizes.set(`${request.fileIndex} ${request.partNumber ?? 1}`, request.size ?? 0);
    }
    return answer.url;
  };

  get parts(): number {
    return this.#sizes.size;
  }

  /** How many whole parts a number of acknowledged bytes makes. */
  acknowledged(bytes: number): number {
    let left = bytes;
    let parts = 0;
    for (const size of this.#sizes.values()) {
      if (size > left) break;
      left -= size;
      parts += 1;
    }
    return parts;
  }
}
