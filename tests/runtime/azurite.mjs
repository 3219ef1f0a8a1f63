// Azure's blob storage, as Azurite emulates it, and the signatures that give access to it.
import { createHmac } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../../tools/server.mjs";
import { azurite } from "../../tools/setup.mjs";

/** Azurite's account, which is the same everywhere. */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const VERSION = "2019-12-12";
const HOUR = 3_600_000;

const CORS = `<?xml version="1.0" encoding="utf-8"?><StorageServiceProperties><Cors><CorsRule>
<AllowedOrigins>*</AllowedOrigins><AllowedMethods>PUT,HEAD,GET,DELETE</AllowedMethods>
<AllowedHeaders>content-type,content-md5,if-none-match,x-ms-*</AllowedHeaders>
<ExposedHeaders>ETag,x-ms-meta-tableport</ExposedHeaders><MaxAgeInSeconds>600</MaxAgeInSeconds>
</CorsRule></Cors></StorageServiceProperties>`;

/**
 * Starts Azurite on 127.0.0.1 with a container of the rights that a page needs: `{origin, sas, url, stop}`. `sas` signs
 * a URL of the container, or of a blob in it, with `permissions` until `end`.
 */
export async function startAzurite() {
  const state = await mkdtemp(join(tmpdir(), "tableport-azurite-"));
  const { command, args } = await azurite();
  const options = ["--blobHost=127.0.0.1", "--blobPort=0", "--inMemoryPersistence", "--skipApiVersionCheck"];
  const server = await startServer({
    name: "Azurite",
    command,
    args: [...args, ...options, "--disableTelemetry", "--silent"],
    state,
    ready: /listens on (http:\/\/127\.0\.0\.1:\d+)/,
  });
  const base = `${server.origin}/${ACCOUNT}`;
  await make(`${base}/?restype=service&comp=properties&${ofAccount()}`, CORS);
  await make(`${base}/exports?restype=container&${ofAccount()}`);
  const sas = (blob, options) => `${base}/exports${path(blob)}?${ofService("exports", blob, options)}`;
  return { ...server, sas, ofAccount: () => `${base}/exports?${ofAccount()}` };
}

const path = (blob) => (blob === undefined ? "" : `/${blob.split("/").map(encodeURIComponent).join("/")}`);

async function make(url, body = "") {
  const response = await fetch(url, { method: "PUT", body, headers: { "x-ms-version": VERSION } });
  if (!response.ok) throw new Error(`Azurite answered ${response.status}: ${await response.text()}`);
}

/** A shared access signature of everything in the account. */
function ofAccount() {
  const se = time(Date.now() + HOUR);
  const signed = { sp: "rwdlac", ss: "b", srt: "sco", st: "", se, sip: "", spr: "", sv: VERSION };
  return query(signed, [ACCOUNT, ...Object.values(signed), ""]);
}

/** One of a container, or of one blob in it. */
function ofService(container, blob, { end = Date.now() + HOUR, permissions = "rcw" } = {}) {
  const resource = `/blob/${ACCOUNT}/${container}${blob === undefined ? "" : `/${blob}`}`;
  const signed = { sp: permissions, st: "", se: time(end), sv: VERSION, sr: blob === undefined ? "c" : "b" };
  const { sp, st, se, sv, sr } = signed;
  // Then: the identifier, addresses, protocols; the snapshot; five headers of answers.
  return query(signed, [sp, st, se, resource, "", "", "", sv, sr, "", "", "", "", "", ""]);
}

function query(signed, lines) {
  const sig = createHmac("sha256", Buffer.from(KEY, "base64")).update(lines.join("\n")).digest("base64");
  const entries = Object.entries({ ...signed, sig }).filter(([, value]) => value !== "");
  return new URLSearchParams(entries).toString();
}

const time = (milliseconds) => new Date(milliseconds).toISOString().replace(/\.\d+/, "");
