import { Refusal } from "../http.js";
import type { GoogleClient } from "./google.js";
import type { Store } from "./store.js";

const FOLDER = "application/vnd.google-apps.folder";

/** A folder of Drive by its name, which is made where there is none; without one, the root. */
export function drive(google: GoogleClient, folder: string | undefined): Store {
  return {
    destination: () => ({
      type: "resumable",
      async start({ fileName, contentType }) {
        const parents = folder === undefined ? {} : { parents: [await idOf(google, folder)] };
        return google.session("/upload/drive/v3/files?uploadType=resumable", {
          name: fileName,
          mimeType: contentType,
          ...parents,
        });
      },
    }),
    list: null,
    // Names are not unique in Drive: what has this one may be another's.
    remove: null,
  };
}

async function idOf(google: GoogleClient, name: string): Promise<string> {
  const quoted = name.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  const q = `mimeType = '${FOLDER}' and name = '${quoted}' and trashed = false`;
  const found = await google.ask("GET", `/drive/v3/files?${new URLSearchParams({ q, fields: "files(id)" })}`);
  const { files = [] } = await found.json<{ files?: { id: string }[] }>();
  if (files[0]) return files[0].id;
  const made = await google.ask("POST", "/drive/v3/files?fields=id", { name, mimeType: FOLDER });
  const { id } = await made.json<{ id?: string }>();
  if (!id) throw new Refusal("store/invalid-answer", "Drive made no folder");
  return id;
}
