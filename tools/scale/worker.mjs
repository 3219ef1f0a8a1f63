// A simulation in a Durable Object of its own, since only there SQLite counts the rows that it reads and writes.
import { DurableObject } from "cloudflare:workers";
import { listOf } from "./list.mjs";
import { Simulation } from "./simulation.mjs";

export class Scale extends DurableObject {
  async fetch(request) {
    const { sql } = this.ctx.storage;
    const isList = new URL(request.url).pathname === "/list";
    return Response.json(isList ? listOf(sql) : new Simulation(sql, await request.json()).run());
  }
}

export default {
  fetch: (request, env) => env.SCALE.get(env.SCALE.newUniqueId()).fetch(request),
};
