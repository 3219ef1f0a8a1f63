import type { Api } from "../pkg/workerd.js";
import { demo } from "./demo.js";
import type { Env } from "./env.js";
import { Refusal, refuse } from "./http.js";
import { dli } from "./routes/dli.js";
import { earthEngine } from "./routes/earth-engine.js";
import { exportTemp } from "./routes/export-temp.js";
import { RefusedBody } from "./routes/order.js";
import { redivis } from "./routes/redivis.js";

export { Records } from "./records/records.js";
export { Task } from "./work/task.js";

type Handler = (request: Request, env: Env, path: string) => Promise<Response>;

/** Which API a path is of. */
const APIS: readonly (readonly [RegExp, Api, Handler])[] = [
  [/^\/(tables|exports)\//, "redivis", redivis],
  [/^\/(\$discovery\/rest$|v1\/projects\/)/, "earth-engine", earthEngine],
  [/^\/v1(\.0)?\/[^/]+\/jobs\//, "dli", dli],
  [/^\/(v1\/data\/export-temp|v2\/data\/export)$/, "export-temp", exportTemp],
];

export default {
  async fetch(request, env): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, api, handle] = APIS.find(([pattern]) => pattern.test(pathname)) ?? [];
    if (!api || !handle) return demo(request, env);
    try {
      return await handle(request, env, pathname);
    } catch (error) {
      if (error instanceof RefusedBody) return error.answer;
      if (error instanceof Refusal) return refuse(api, error);
      // What a defect says may hold anything: only its name is told.
      console.error(`${api}: ${error instanceof Error ? error.name : "an error"}`);
      return refuse(api, { code: "internal", message: "the request failed by a defect" });
    }
  },
} satisfies ExportedHandler<Env>;
