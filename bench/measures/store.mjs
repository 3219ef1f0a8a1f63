// The store that a whole export is sent to, in a process of its own. Sends its origin to whoever started it.
import { startSink } from "../../tests/runtime/memory/sink.mjs";

const { origin } = await startSink({ bytesPerSecond: Number(process.argv[2]) });
process.send(origin);
