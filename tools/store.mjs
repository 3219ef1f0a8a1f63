// The embedded store: the Worker of edge/ under `wrangler dev`, whose local R2 speaks S3 with SigV4 checked.
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createSigner } from "../edge/sign.js";
import { startWorkers } from "./workers.mjs";

const CONFIG = fileURLToPath(new URL("../edge/wrangler.jsonc", import.meta.url));
const ASSETS = fileURLToPath(new URL("../www/dist", import.meta.url));

/**
 * Starts the store on 127.0.0.1 and waits until it answers. It ends as `startWorkers` says. The service of the Worker finds
 * its tables' files where `putTable(key, body)` puts them.
 * @param {{port?: number, persistTo?: string, vars?: Record<string, unknown>, hear?: (text: string) => void}} [options]
 */
export async function startStore(options) {
  await mkdir(ASSETS, { recursive: true });
  const { origin, stop } = await startWorkers({ ...options, configs: [CONFIG] });
  const [{ bucket_name: bucket, local_dev }] = (await readConfig()).r2_buckets;
  const { accessKeyId, secretAccessKey } = local_dev.experimental_s3_credentials;
  const store = {
    endpoint: `${origin}/cdn-cgi/local/r2/s3`,
    bucket,
    accessKeyId,
    secretAccessKey,
    region: "auto",
  };
  const signTable = createSigner({ ...store, bucket: "tables" });
  const putTable = async (key, body) => {
    const url = await signTable({ operation: "put", fileName: key });
    const { ok, status } = await fetch(url, { method: "PUT", body });
    if (!ok) throw new Error(`the store answered ${status} to a table's file`);
  };
  return { origin, ...store, sign: createSigner(store), putTable, stop };
}

async function readConfig() {
  return JSON.parse((await readFile(CONFIG, "utf8")).replace(/^\s*\/\/.*$/gm, ""));
}
