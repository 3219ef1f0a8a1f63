// Jobs and their tasks by seeded chance: tasks take their time, fail, are lost, answer after another took their place, and
// twice; jobs are cancelled at any moment, and the object that keeps them is begun anew. Prints what came of them; what is
// not as it must be is an error that names the seed.
import assert from "node:assert/strict";
import { importEdge } from "../edge.mjs";
import { sqlStorage } from "./sqlite.mjs";

const [{ Board }, { Dispatcher }] = await importEdge("records/board", "records/dispatcher");

const QUEUES = { default: { jobs: 2 }, slow: { jobs: 1 } };
const LIMITS = { waiting: 8, tasks: 5, silence: 10_000 };
const counts = { schedules: 0, completed: 0, failed: 0, cancelled: 0, lost: 0 };

for (let seed = 1; seed <= Number(process.argv[2]); seed++) {
  try {
    new Schedule(seed).run();
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
  counts.schedules++;
}
console.log(JSON.stringify(counts));

function Schedule(seed) {
  const sql = sqlStorage();
  const events = [];
  const started = new Set();
  const latest = new Map();
  const jobs = new Map();
  let state = seed;
  let now = 1_800_000_000_000;
  let dispatcher = begin();

  /** Mulberry32: neighbouring seeds have nothing in common. */
  function chance(below = 1) {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * below;
  }
  const whole = (below) => Math.floor(chance(below));
  const later = (milliseconds, act) => events.push({ at: now + milliseconds, act });

  function begin() {
    return new Dispatcher(new Board(sql), { queues: QUEUES, limits: LIMITS }, (id) => {
      const job = jobs.get(id);
      assert.equal(job.ends++, 0, "a job ended twice");
    });
  }

  this.run = () => {
    for (let count = 1 + whole(6); count > 0; count--) later(whole(20_000), create);
    while (events.length > 0) {
      events.sort((a, b) => a.at - b.at);
      const { at, act } = events.shift();
      now = at;
      act();
      if (chance() < 0.05) dispatcher = begin();
      check();
    }
    for (const [id, job] of jobs) judge(id, job);
  };

  function create() {
    const id = `job-${jobs.size}`;
    const shards = whole(5);
    const asked = {
      id,
      api: "dli",
      queue: chance() < 0.5 ? "default" : "slow",
      priority: whole(3),
      work: { config: { format: "csv", exportMode: "Overwrite" }, table: "a.b", place: {}, shared: true },
      terms: {},
      described: null,
    };
    asked.work.isFolder = chance() < 0.3;
    jobs.set(id, { shards, asked, ends: 0, percent: 0, failing: chance() < 0.2, cleared: false });
    assert.ok("job" in dispatcher.create(asked, now));
    if (chance() < 0.25) later(whole(60_000), () => go(dispatcher.cancel("dli", id, now)));
    go();
  }

  /** Starts what is due, as the Durable Object does. */
  function go() {
    const waiting = [...jobs.values()]
      .map(({ asked }) => asked)
      .filter(({ id }) => dispatcher.get("dli", id).record.resource.status === "queued");
    const firstOf = (job) => JSON.stringify({ job, task: "plan", attempt: 1 });
    for (const start of dispatcher.due(now)) {
      const key = JSON.stringify(start);
      assert.ok(!started.has(key), `${key} was started twice`);
      started.add(key);
      latest.set(`${start.job} ${start.task}`, start.attempt);
      const { error, cancelling } = dispatcher.get("dli", start.job).record;
      assert.ok(start.task === "clear" || !(error || cancelling), "a job that is to end goes on");
      const { asked } = jobs.get(start.job);
      const urgent = waiting.find((one) => one.queue === asked.queue && one.priority > asked.priority);
      if (start.task === "plan" && start.attempt === 1)
        assert.ok(!urgent || started.has(firstOf(urgent.id)), "a job starts before a more urgent one");
      if (chance() < 0.05) dispatcher.putBack([start]);
      else later(whole(500), () => work(start));
    }
    const look = dispatcher.nextLook(now);
    if (look !== null)
      later(look - now, () => {
        dispatcher.look(now);
        go();
      });
  }

  function work(start) {
    const assignment = dispatcher.begin(start, now);
    if (!assignment || chance() < 0.1) return void counts.lost++;
    const job = jobs.get(start.job);
    const takes = whole(8_000);
    const shares = start.task.startsWith("shard") ? [0.3, 0.6] : [];
    for (const share of shares) later(takes * share, () => tell(start, share * 100));
    const outcome = outcomeOf(job, start, assignment);
    // Late ones may come when another attempt is under way.
    later(takes + (chance() < 0.1 ? 15_000 : 0), () => {
      if (latest.get(`${start.job} ${start.task}`) !== start.attempt) return unheard(start, outcome);
      dispatcher.ended(start, outcome, now);
      if (chance() < 0.1) unheard(start, outcome);
      go();
    });
  }

  /** Another attempt has taken the place of this one, or its end was told before. */
  function unheard(start, outcome) {
    const before = dispatcher.get("dli", start.job);
    dispatcher.ended(start, outcome, now);
    assert.deepEqual(dispatcher.get("dli", start.job), before, "an attempt that is over was heard");
  }

  function tell(start, percent) {
    dispatcher.heard(start, newsOf(percent, []), null, now);
  }

  function outcomeOf(job, { task }, { stored }) {
    if (task === "clear") {
      job.cleared = stored.length;
      return { left: [] };
    }
    if (task === "sweep") {
      assert.equal(stored.length, Math.max(1, job.shards), "not all is there, and the rest is swept away");
      return { left: [] };
    }
    if (job.failing && chance() < 0.3) return { error: { code: "store/refused", message: "it was refused" } };
    if (task === "plan")
      return { shards: Array.from({ length: Math.max(1, job.shards) }, (_, n) => ({ n })) };
    return { news: newsOf(100, [{ name: task, rows: 7, size: 3, stored: true }]) };
  }

  function newsOf(percent, files) {
    const rows = (percent * 7) / 100;
    return { percent, files, progress: { rows, bytesEncoded: 0, bytesAcknowledged: 0, retries: 0 } };
  }

  function check() {
    const counted =
      "SELECT sum(state = 'waiting') AS waiting, sum(state = 'running') AS running FROM tasks WHERE job = ?";
    for (const id of jobs.keys()) {
      const { waiting, running } = sql.exec("SELECT * FROM jobs WHERE id = ?", id).one();
      assert.deepEqual(
        { waiting, running },
        { ...sql.exec(counted, id).one() },
        "the counts of a job's tasks are wrong",
      );
    }
    const views = [...jobs].map(([id, job]) => ({ job, ...dispatcher.get("dli", id).record }));
    for (const { job, resource } of views) {
      assert.ok(resource.percentCompleted >= job.percent, "progress went back");
      job.percent = resource.percentCompleted;
    }
    for (const [queue, { jobs }] of Object.entries(QUEUES)) {
      const inQueue = views.filter(({ job }) => job.asked.queue === queue);
      const running = inQueue.filter(({ resource }) => resource.status === "running");
      assert.ok(running.length <= jobs, "a queue runs too many jobs");
    }
  }

  /** What has become of a job once nothing happens any more. */
  function judge(id, job) {
    const { resource, files, error } = dispatcher.get("dli", id).record;
    assert.equal(job.ends, 1, `${resource.status}, and not ended`);
    counts[resource.status]++;
    if (resource.status !== "completed") {
      assert.ok(error);
      const stored = files.filter((file) => file.stored).length;
      return assert.equal(Number(job.cleared), stored, "what was stored is not cleared away");
    }
    const names = Array.from({ length: Math.max(1, job.shards) }, (_, n) => `shard-${n}`);
    assert.deepEqual(
      files.map(({ name }) => name),
      names,
    );
    assert.deepEqual([resource.fileCount, resource.size], [names.length, names.length * 3]);
  }
}
