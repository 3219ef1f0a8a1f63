// LocalStack: S3 by another hand than R2's, which checks signatures too.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startServer } from "./server.mjs";
import { localstack } from "./setup.mjs";

/** Its only credentials: the secret of each access key is `test`. At the token nobody looks but those who look for leaks. */
const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test", sessionToken: "canary-of-localstack" };

/** Starts it on 127.0.0.1: `{endpoint, region, credentials, stop}`. It has no buckets. */
export async function startLocalStack() {
  const command = await localstack();
  const port = await freePort();
  const state = await mkdtemp(join(tmpdir(), "tableport-localstack-"));
  const env = {
    SERVICES: "s3",
    S3_SKIP_SIGNATURE_VALIDATION: "0",
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_VOLUME_DIR: state,
    HOME: state,
    XDG_CACHE_HOME: state,
    // Nothing is looked up or fetched, and nobody is told.
    DNS_ADDRESS: "0",
    SKIP_SSL_CERT_DOWNLOAD: "1",
    DISABLE_EVENTS: "1",
  };
  const args = ["-m", "localstack.runtime.main"];
  // It does not say where it is.
  const { stop } = await startServer({
    name: "LocalStack",
    command,
    args,
    state,
    env,
    ready: /^(Ready\.)$/m,
  });
  return { endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials: CREDENTIALS, stop };
}
