// Given to Node by --import: every export of what is run then goes through a thread, so that what holds in place is shown
// to hold across threads.
import { setWorkers } from "../../../pkg/runner.js";
import { connect } from "../../../pkg/worker/page.js";
import { createThread } from "../../../pkg/worker/thread.js";

setWorkers(async () => {
  const open = await connect(createThread, 3);
  // Elsewhere the export would then run in place, and nothing of this would be tested.
  if (!open) throw new Error("The thread did not start.");
  return open;
}, true);
