// Uppy's Companion, in front of a store.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "./server.mjs";
import { companion } from "./setup.mjs";

const SERVER = fileURLToPath(new URL("companion-server.mjs", import.meta.url));

/** Starts it on 127.0.0.1, signing for a bucket: `{origin, stop}`. */
export async function startCompanion({ endpoint, bucket, region, credentials }) {
  const directory = await companion();
  const state = await mkdtemp(join(tmpdir(), "tableport-companion-"));
  const env = {
    COMPANION_AWS_KEY: credentials.accessKeyId,
    COMPANION_AWS_SECRET: credentials.secretAccessKey,
    COMPANION_AWS_BUCKET: bucket,
    COMPANION_AWS_ENDPOINT: endpoint,
    COMPANION_AWS_REGION: region,
    COMPANION_AWS_FORCE_PATH_STYLE: "true",
    COMPANION_CLIENT_ORIGINS: "true",
    COMPANION_DATADIR: state,
    COMPANION_DOMAIN: "127.0.0.1",
    COMPANION_SECRET: "of nothing",
    COMPANION_PREAUTH_SECRET: "of nothing",
  };
  const args = [SERVER, directory];
  const ready = /Ready on (http:\/\/127\.0\.0\.1:\d+)/;
  return startServer({ name: "Companion", command: process.execPath, args, state, env, ready });
}
