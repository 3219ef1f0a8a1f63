import type { GoogleClient } from "./google.js";
import type { Store } from "./store.js";

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
    async list(folder) {
      const query = new URLSearchParams({ prefix: prefix + folder });
      const answer = await google.ask("GET", `/${objects}?${query}`);
      const { items = [] } = await answer.json<{ items?: { name: string }[] }>();
      return items.map(({ name }) => name.slice(prefix.length));
    },
    async remove(name) {
      await google.ask("DELETE", `/${objects}/${encodeURIComponent(prefix + name)}`);
    },
  };
}
