import { tables } from "../tables/index.mjs";
import { measureCores } from "./cores.mjs";
import { measureGrowth } from "./growth.mjs";
import { measureMainThread } from "./main-thread.mjs";
import { measureNative } from "./native.mjs";
import { measureNetwork } from "./network.mjs";
import { measureProfile } from "./profile.mjs";
import { measureModules, pyarrowSize } from "./sizes.mjs";
import { measureWorkerd } from "./workerd.mjs";

/**
 * What is measured without a rival, by its name. `measure({files, rounds, longest, origin})`: `files(table)` makes the
 * files of a table, `origin()` starts the server of pages.
 */
export const measures = {
  modules: { title: "weigh the wasm", measure: measureModules },
  pyarrow: {
    title: "write Parquet with pyarrow",
    async measure({ files }) {
      const sizes = {};
      for (const table of Object.keys(tables))
        sizes[table] = await pyarrowSize({ files: await files(table) });
      return sizes;
    },
  },
  workerd: {
    title: "import and first byte in workerd",
    // Short, and noisy.
    measure: ({ rounds }) => measureWorkerd({ rounds: 3 * rounds }),
  },
  mainThread: {
    title: "watch the page while it exports",
    measure: async ({ files, rounds, origin }) =>
      measureMainThread({ origin: await origin(), files: await files("mixed"), rounds }),
  },
  network: {
    title: "export to a store that takes 50 MB/s",
    measure: async ({ files, rounds }) => measureNetwork({ files: await files("mixed"), rounds }),
  },
  cores: {
    title: "compress on one core and on two",
    measure: async ({ files, rounds }) => measureCores({ files: await files("mixed"), rounds }),
  },
  profile: {
    title: "see where the time goes",
    measure: async ({ files }) => measureProfile({ files: await files("mixed") }),
  },
  growth: { title: "export longer and wider tables", measure: measureGrowth },
  native: {
    title: "the same code native",
    measure: async ({ files, rounds }) => measureNative({ files: await files("mixed"), rounds }),
  },
};
