import type { Env } from "../env.js";
import { setting } from "../env.js";
import { Refusal, refusedBy } from "../http.js";

/** The service's own account with Google, as it is configured. */
export interface Google {
  /** Of the key file: `client_email` and `private_key`. */
  readonly serviceAccount: { readonly client_email: string; readonly private_key: string };
  /** In the place of Google's own; of tests. */
  readonly endpoints?: Partial<typeof ENDPOINTS>;
}

const ENDPOINTS = {
  token: "https://oauth2.googleapis.com/token",
  storage: "https://storage.googleapis.com",
  drive: "https://www.googleapis.com",
  bigquery: "https://bigquery.googleapis.com",
};

const SCOPES = {
  storage: "https://www.googleapis.com/auth/devstorage.read_write",
  drive: "https://www.googleapis.com/auth/drive",
  bigquery: "https://www.googleapis.com/auth/bigquery",
};

/** Seconds for which a token is asked, the most there is; and before its end, when another is. */
const LIFETIME = 3_600;
const MARGIN = 300;

export type Service = keyof typeof SCOPES;

/** Makes requests of one of Google's services, with a token that is asked for once in an hour. */
export class GoogleClient {
  readonly #google: Google;
  readonly #service: Service;
  #token: { text: string; until: number } | undefined;

  constructor(env: Env, service: Service) {
    this.#google = setting(env.GOOGLE);
    this.#service = service;
  }

  /** What the service answers to a request below its endpoint; other answers than 2xx and 404 are errors. */
  async ask(method: string, path: string, body?: object): Promise<Response> {
    const headers = new Headers({ authorization: `Bearer ${await this.#bearer()}` });
    if (body) headers.set("content-type", "application/json; charset=UTF-8");
    const answer = await fetch(this.#endpoint(this.#service) + path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      redirect: "manual",
    });
    if (answer.ok || answer.status === 404) return answer;
    throw refusedBy("Google", answer.status, "a request");
  }

  /** The JSON that the service answers; null where there is nothing. */
  async read<T>(path: string): Promise<T | null> {
    const answer = await this.ask("GET", path);
    return answer.ok ? answer.json<T>() : null;
  }

  /** The URI of an upload session that a request begins. */
  async session(path: string, body?: object): Promise<string> {
    const { status, headers } = await this.ask("POST", path, body);
    if (status === 404) throw refusedBy("Google", status, "an upload");
    const location = headers.get("location");
    if (!location) throw new Refusal("store/invalid-answer", "Google began no upload session");
    return location;
  }

  #endpoint(name: keyof typeof ENDPOINTS): string {
    return this.#google.endpoints?.[name] ?? ENDPOINTS[name];
  }

  async #bearer(): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    if (this.#token && this.#token.until > now) return this.#token.text;
    const assertion = await this.#assertion(now);
    const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    const answer = await fetch(this.#endpoint("token"), {
      method: "POST",
      body: new URLSearchParams({ grant_type: grant, assertion }),
      redirect: "manual",
    });
    if (!answer.ok) throw refusedBy("Google", answer.status, "the service account");
    const { access_token, expires_in } = await answer.json<{ access_token: string; expires_in: number }>();
    this.#token = { text: access_token, until: now + expires_in - MARGIN };
    return access_token;
  }

  /** As RFC 7523 has it: that the service account asks, signed with its key. */
  async #assertion(now: number): Promise<string> {
    const { client_email, private_key } = this.#google.serviceAccount;
    const claims = {
      iss: client_email,
      scope: SCOPES[this.#service],
      aud: ENDPOINTS.token,
      iat: now,
      exp: now + LIFETIME,
    };
    const text = [{ alg: "RS256", typ: "JWT" }, claims]
      .map((part) => base64url(JSON.stringify(part)))
      .join(".");
    const der = atob(private_key.replace(/-----[^-]+-----|\s/g, ""));
    const bytes = Uint8Array.from(der, (character) => character.charCodeAt(0));
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("pkcs8", bytes, algorithm, false, ["sign"]);
    const signature = new Uint8Array(
      await crypto.subtle.sign(algorithm.name, key, new TextEncoder().encode(text)),
    );
    return `${text}.${base64url(String.fromCharCode(...signature))}`;
  }
}

function base64url(binary: string): string {
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
