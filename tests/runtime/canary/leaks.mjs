// Tests that leak, each in another way, and two that do not.
import { test } from "node:test";
import { exportTable } from "../../../pkg/node.js";

const inMemory = { format: "csv", destination: { type: "memory" } };

test("into an error", async () => {
  const config = { ...inMemory, source: [], canary: 1 };
  await exportTable(config).finished.catch(() => {});
});

test("into a status", async () => {
  await exportTable({ ...inMemory, source: [{ a: 1 }], fileName: "canary" }).finished;
});

test("into a status in an API's words", async () => {
  const table = { name: "canary", url: "https://host/?X-Amz-Signature=1" };
  const job = exportTable({ ...inMemory, source: [{ a: 1 }], table });
  await job.finished;
  await job.as("redivis");
});

test("by printing", () => console.log("GET https://host/?sp=rw&sig=1"));

test("only the file has it", async () => {
  await exportTable({ ...inMemory, source: [{ a: "canary" }] }).finished;
});

test("only the caller's own error has it", async () => {
  const open = () => {
    throw new Error("canary");
  };
  const destination = { type: "stream", open };
  await exportTable({ ...inMemory, source: [{ a: 1 }], destination }).finished.catch(() => {});
});
