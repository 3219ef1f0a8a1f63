import type { CoreSignRequest } from "../boundary.js";
import { Failure } from "../errors.js";
import type { AzureDestination } from "../types.js";
import { calling, httpUrl } from "./callback.js";
import type { Store } from "./store.js";

/** Azure's block blobs, by a SAS: the URL of a container or of a blob. */
export function azure({ url }: AzureDestination): Store {
  const ask = async () => (typeof url === "string" ? url : await url());
  return {
    async sign(request) {
      const sas = await calling("url", async () =>
        httpUrl(await ask(), "url() must return an https:// or http:// URL"),
      );
      return { url: urlOf(new URL(sas), request), headers: {} };
    },
  };
}

/** What a SAS URL gives access to: the blob that it names, or what is in its container. */
export function kindOfSas(url: URL): "container" | "blob" {
  // A SAS of a blob, of one version or of a snapshot; others say so, too, but for those of a whole account.
  const resource = url.searchParams.get("sr");
  if (resource !== null) return resource.startsWith("b") ? "blob" : "container";
  // Of a host that is an address or of this machine, such as Azurite's, the account is not in the name but in the path.
  const hasAccount = /[a-z]/.test(url.hostname) && url.hostname.includes(".");
  const segments = url.pathname.split("/").filter(Boolean).length;
  return segments > (hasAccount ? 1 : 2) ? "blob" : "container";
}

function urlOf(sas: URL, { fileName, fileIndex, query }: CoreSignRequest): string {
  if (kindOfSas(sas) === "container") {
    const name = fileName.split("/").map(encodeURIComponent).join("/");
    sas.pathname = `${sas.pathname.replace(/\/$/, "")}/${name}`;
  } else if (fileIndex > 0) {
    const message = "url() gave the URL of one blob, which takes one file; several need that of a container";
    throw new Failure("config/conflict", message);
  }
  // The SAS stays as it was written.
  const added = new URLSearchParams(query).toString();
  if (added !== "") sas.search += `${sas.search === "" ? "?" : "&"}${added}`;
  return sas.href;
}
