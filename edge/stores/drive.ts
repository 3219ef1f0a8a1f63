import { Refusal } from "../http.js";
import type { GoogleClient } from "./google.js";
import { oneByOne } from "./requests.js";
import type { Store } from "./store.js";

const FILES = "/drive/v3/files";
const FOLDER = "application/vnd.google-apps.folder";

/**
 * A folder of Drive by its name, which is made where there is none; without one, the root. Names are not unique in Drive:
 * the file of a job is known by a property of it, so that one that is begun again does not leave two.
 */
export function drive(google: GoogleClient, folder: string | undefined, job: string): Store {
  const remove = async () => {
    const ours = `appProperties has { key='tableport' and value='${job}' }`;
    for (const id of await idsOf(google, ours)) await google.ask("DELETE", `${FILES}/${id}`);
  };
  return {
    destination: () => ({
      type: "resumable",
      async start({ fileName, contentType }) {
        await remove();
        const parents = folder === undefined ? {} : { parents: [await folderOf(google, folder)] };
        return google.session(`/upload${FILES}?uploadType=resumable`, {
          name: fileName,
          mimeType: contentType,
          appProperties: { tableport: job },
          ...parents,
        });
      },
    }),
    list: null,
    remove: oneByOne(remove),
  };
}

async function folderOf(google: GoogleClient, name: string): Promise<string> {
  const quoted = name.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  const [found] = await idsOf(google, `mimeType = '${FOLDER}' and name = '${quoted}'`);
  if (found !== undefined) return found;
  const made = await google.ask("POST", `${FILES}?fields=id`, { name, mimeType: FOLDER });
  const { id } = await made.json<{ id?: string }>();
  if (!id) throw new Refusal("store/invalid-answer", "Drive made no folder");
  return id;
}

/** The ids of what a query finds and is not in the bin. */
async function idsOf(google: GoogleClient, query: string): Promise<string[]> {
  const asked = new URLSearchParams({ q: `${query} and trashed = false`, fields: "files(id)" });
  const found = await google.read<{ files?: { id: string }[] }>(`${FILES}?${asked}`);
  return found?.files?.map(({ id }) => id) ?? [];
}
