import type { GoogleClient } from "./google.js";
import { oneByOne, type Store } from "./store.js";

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
    async *list(folder) {
      const query = new URLSearchParams({ prefix: prefix + folder });
      for (let token: string | undefined = ""; token !== undefined; ) {
        if (token) query.set("pageToken", token);
        const answer = await google.ask("GET", `/${objects}?${query}`);
        const page = await answer.json<{ items?: { name: string }[]; nextPageToken?: string }>();
        yield (page.items ?? []).map(({ name }) => name.slice(prefix.length));
        token = page.nextPageToken;
      }
    },
    remove: oneByOne(async (name) => {
      await google.ask("DELETE", `/${objects}/${encodeURIComponent(prefix + name)}`);
    }),
  };
}
