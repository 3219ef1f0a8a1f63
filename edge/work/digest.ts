import { hex } from "../../pkg/stores/sigv4.js";
import { Refusal } from "../http.js";
import type { News } from "../records/job.js";

type Files = News["files"];

/** Files with the MD5 of what is stored, which those that went in parts have not: they are read back. */
export async function withDigests(bucket: R2Bucket, prefix: string, files: Files): Promise<Files> {
  const summed: Files[number][] = [];
  for (const file of files) {
    const md5 = file.checksums.md5 ?? (await md5Of(bucket, prefix + file.name, file.size ?? 0));
    summed.push({ ...file, checksums: { ...file.checksums, md5 } });
  }
  return summed;
}

async function md5Of(bucket: R2Bucket, key: string, size: number): Promise<string> {
  const object = await bucket.get(key);
  if (object?.size !== size) throw new Refusal("store/invalid-answer", "a file is not as it was stored");
  const digest = new crypto.DigestStream("MD5");
  await object.body.pipeTo(digest);
  return hex(new Uint8Array(await digest.digest));
}
