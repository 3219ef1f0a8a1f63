// AWS Signature Version 4 in a URL's query. Everything is an argument, the time too.

/** What a request is signed with. */
export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
  readonly service: string;
}

export interface ToSign {
  readonly method: string;
  readonly url: URL;
  /** Headers that the signature is to cover, besides the host. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What stands for the body: its SHA-256 in hex, or `UNSIGNED-PAYLOAD`. */
  readonly payload: string;
  /** Seconds for which the URL is good. */
  readonly expires: number;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The URL with its signature, made at `now`, in milliseconds since 1970-01-01. */
export async function presign(request: ToSign, key: SigningKey, now: number): Promise<URL> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [time.slice(0, 8), key.region, key.service, "aws4_request"];
  const headers = canonicalHeaders(request);
  const names = headers.map(([name]) => name).join(";");
  const query = [
    ...request.url.searchParams,
    ["X-Amz-Algorithm", ALGORITHM],
    ["X-Amz-Credential", [key.accessKeyId, ...scope].join("/")],
    ["X-Amz-Date", time],
    ["X-Amz-Expires", String(request.expires)],
    ["X-Amz-SignedHeaders", names],
    ...(key.sessionToken ? [["X-Amz-Security-Token", key.sessionToken]] : []),
  ];
  const search = canonicalQuery(query as [string, string][]);
  const canonical = [
    request.method,
    canonicalPath(request.url),
    search,
    ...headers.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    request.payload,
  ].join("\n");
  const toSign = [ALGORITHM, time, scope.join("/"), await sha256(canonical)].join("\n");
  let signing = bytesOf(`AWS4${key.secretAccessKey}`);
  for (const part of [...scope, toSign]) signing = await hmac(signing, part);
  const signed = new URL(request.url);
  signed.search = `${search}&X-Amz-Signature=${hex(signing)}`;
  return signed;
}

/** As RFC 3986 has it: `encodeURIComponent` leaves some more characters alone. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalPath(url: URL): string {
  return url.pathname
    .split("/")
    .map((segment) => encode(decodeURIComponent(segment)))
    .join("/");
}

/** Sorted by the bytes of names, then of values. */
function canonicalQuery(query: [string, string][]): string {
  const pairs = query.map(([name, value]) => [encode(name), encode(value)] as const);
  return pairs
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map((pair) => pair.join("="))
    .join("&");
}

function canonicalHeaders({ url, headers }: ToSign): [name: string, value: string][] {
  const all = Object.entries({ ...headers, host: url.host });
  return all
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim().replace(/\s+/g, " ")])
    .sort(([a], [b]) => order(a, b));
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytesOf(text)));
}

async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(text))));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
