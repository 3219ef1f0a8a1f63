import { pages } from "./list.js";
import { dropped, listed, oneByOne } from "./requests.js";
import type { Store } from "./store.js";

/** A container of Azure, by its SAS URL. */
export function azure(container: string, prefix: string): Store {
  const urlOf = (name: string) => {
    const url = new URL(container);
    // What is encoded already, as it stands, would be resolved or decoded: "%2e%2e" is a name here.
    const segments = `${prefix}${name}`.replace(/\/$/, "").split("/");
    url.pathname = [url.pathname.replace(/\/$/, ""), ...segments.map(encodeURIComponent)].join("/");
    return url;
  };
  return {
    destination: (folder) => ({ type: "azure", url: urlOf(folder).href }),
    list: (folder) =>
      pages(prefix, async (marker) => {
        const url = new URL(container);
        const asked = {
          restype: "container",
          comp: "list",
          prefix: prefix + folder,
          ...(marker && { marker }),
        };
        // The SAS stays as it was written.
        url.search += `&${new URLSearchParams(asked)}`;
        return listed(url, "Name", "NextMarker");
      }),
    remove: oneByOne((name) => dropped("DELETE", urlOf(name))),
  };
}
