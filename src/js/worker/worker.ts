// What runs in a worker: jobs, as they run in a page, with the table and the destination's callbacks left there.
import { locks } from "../realm.js";
import { here, type Open, type Runner } from "../runner.js";
import { classify } from "../sources/classify.js";
import { loadWasm, setDefaultWasm } from "../wasm.js";
import { Channel, type Handlers } from "./channel.js";
import { PortHelpers, serveBlocks } from "./helpers.js";
import type { Greeting, PageSide, Purpose, Said, Start, WorkerSide } from "./protocol.js";
import { RemoteSource, remoteOutlet, Turn } from "./remote.js";
import { visiting } from "./thrown.js";

const say = (said: Said) => (postMessage as (message: unknown) => void)(said);

addEventListener(
  "message",
  async ({ data }: MessageEvent<Greeting>) => {
    setDefaultWasm(() => data.wasm);
    try {
      const glue = await loadWasm();
      await hold(data.lock);
      const helpers =
        data.helpers > 0 ? new PortHelpers(data.helpers, glue, () => say("wants helpers")) : undefined;
      const open = here(glue, helpers);
      addEventListener("message", ({ data: purpose, ports: [port] }: MessageEvent<Purpose>) => {
        if (purpose === "helper") helpers?.add(port);
        else if (purpose === "blocks") serveBlocks(port as MessagePort, glue);
        else serve(port as MessagePort, open);
      });
      say("ready");
    } catch {
      say("failed");
    }
  },
  { once: true },
);

/** Takes a lock for good, by which the page sees that this worker is gone. */
async function hold(lock: string): Promise<void> {
  if (!locks) return;
  await new Promise<void>((resolve) => {
    const held = locks?.request(lock, () => {
      resolve();
      return new Promise(() => {});
    });
    held?.catch(() => resolve());
  });
}

/** Runs one job for the page at the other end of a port. */
function serve(port: MessagePort, open: Open): void {
  const turn = new Turn();
  let runner: Runner | undefined;
  const handlers: Handlers<WorkerSide> = {
    async start(start) {
      runner = open({
        id: start.id,
        createdAt: start.createdAt,
        config: start.config,
        source: sourceOf(start),
        outlet: remoteOutlet(start.outlet, page),
        publish: (status) => page.tell("publish", [status]),
      });
      const { status, cause } = await runner.run();
      return { status, cause: cause && visiting.encode(cause.error) };
    },
    cancel: (reason) => runner?.cancel(visiting.decode(reason)),
    infer: async (pull, columns) => (await turn.portOf(pull)).infer(columns),
    declare: async (pull, fields) => (await turn.portOf(pull)).declare(fields),
    readsWhole: async (pull, head, atEnd) => (await turn.portOf(pull)).readsWhole(head, atEnd),
    widen: async (pull, column, row, seen) => (await turn.portOf(pull)).widen(column, row, seen),
  };
  const page = new Channel<PageSide>(port, handlers, visiting);

  function sourceOf({ source }: Start) {
    if ("plain" in source) return new RemoteSource(source.plain, page, turn);
    return classify(typeof source.read === "string" ? new URL(source.read) : source.read);
  }
}
