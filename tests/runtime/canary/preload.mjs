// Given to Node by --import: after every test, whatever exports told and whatever was printed is searched for secrets.
import { afterEach } from "node:test";
import { isMainThread } from "node:worker_threads";
import { Job } from "../../../pkg/job.js";
import { Job as TextJob } from "../../../pkg/text/job.js";
import { look, lookAtError, lookAtStatus, taken } from "./secrets.mjs";

// Not in threads, nor in the process that only runs those of the files.
if (isMainThread && !process.execArgv.includes("--test")) {
  for (const { prototype } of [Job, TextJob]) watchJobs(prototype);
  for (const stream of [process.stdout, process.stderr]) watchPrinting(stream);
  afterEach(() => {
    const leaks = taken();
    if (leaks.length > 0) throw new Error(leaks.join("\n"));
  });
}

function watchJobs(prototype) {
  const { run, as } = prototype;
  prototype.run = function () {
    watch(this);
    return run.call(this);
  };
  prototype.as = async function (...args) {
    const body = await as.apply(this, args);
    lookAtStatus(body);
    return body;
  };
}

async function watch(job) {
  job.finished.catch(lookAtError);
  for await (const status of job) lookAtStatus(status);
}

function watchPrinting(stream) {
  const { write } = stream;
  stream.write = function (chunk, ...rest) {
    const text = Buffer.from(chunk).toString("latin1");
    // What the runner tells of tests that failed begins as no text does.
    if (!text.startsWith("\xff")) look("what was printed", text);
    return write.call(this, chunk, ...rest);
  };
}
