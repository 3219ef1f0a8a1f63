import type { GoogleClient } from "./google.js";
import { pages } from "./list.js";
import { oneByOne } from "./requests.js";
import type { Store } from "./store.js";

interface Listed {
  readonly items?: readonly { readonly name: string }[];
  readonly nextPageToken?: string;
}

/** A bucket of Cloud Storage, through resumable sessions. */
export function cloudStorage(google: GoogleClient, bucket: string, prefix: string): Store {
  const objects = `storage/v1/b/${encodeURIComponent(bucket)}/o`;
  return {
    destination: (folder) => ({
      type: "resumable",
      start({ fileName, ifNoneMatch }) {
        const query = new URLSearchParams({ uploadType: "resumable", name: prefix + folder + fileName });
        if (ifNoneMatch) query.set("ifGenerationMatch", "0");
        return google.session(`/upload/${objects}?${query}`);
      },
    }),
    list: (folder) =>
      pages(prefix, async (pageToken) => {
        const query = new URLSearchParams({ prefix: prefix + folder, ...(pageToken && { pageToken }) });
        const page = await google.read<Listed>(`/${objects}?${query}`);
        return { names: page?.items?.map(({ name }) => name) ?? [], next: page?.nextPageToken };
      }),
    remove: oneByOne(async (name) => {
      await google.ask("DELETE", `/${objects}/${encodeURIComponent(prefix + name)}`);
    }),
  };
}
