// Ceph's RADOS gateway: S3 by a third hand, which keeps objects as others do in their own data centres.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, startServer } from "./server.mjs";
import { ceph } from "./setup.mjs";

const SCRIPT = fileURLToPath(new URL("ceph.sh", import.meta.url));
const CREDENTIALS = { accessKeyId: "tests", secretAccessKey: "canary-of-the-gateway" };

/** Starts it on 127.0.0.1, in some seconds: `{endpoint, region, credentials, stop}`. It has no buckets. */
export async function startCeph() {
  await ceph();
  const [monitor, gateway] = [await freePort(), await freePort()];
  const state = await mkdtemp(join(tmpdir(), "tableport-ceph-"));
  const { accessKeyId, secretAccessKey } = CREDENTIALS;
  const { stop } = await startServer({
    name: "Ceph",
    command: "bash",
    args: [SCRIPT, state, `${monitor}`, `${gateway}`, accessKeyId, secretAccessKey],
    state,
    ready: /^(The gateway is ready\.)$/m,
  });
  return { endpoint: `http://127.0.0.1:${gateway}`, region: "us-east-1", credentials: CREDENTIALS, stop };
}
