// The types that callers see are written in TypeScript, and the config is judged in Rust: here they are held
// against each other.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { exportTable } from "../../pkg/node.js";
import { balanced, members, parseTypes, split } from "./types/parse.mjs";
import { RESOURCE_KEYS } from "./types/resource.mjs";

const types = await readFile(new URL("../../src/js/types.ts", import.meta.url), "utf8").then(parseTypes);

const interfaceOf = (name) => {
  const found = types.interfaces.get(name);
  assert.ok(found?.length, `types.ts has an interface ${name}`);
  return found;
};
const keysOf = (name) => interfaceOf(name).map(({ key }) => key);

/** What a config is refused with. */
async function refusal(config) {
  const error = await exportTable(config).finished.then(
    () => undefined,
    (error) => error,
  );
  assert.ok(error, "the config was accepted");
  return error;
}

const base = { source: [], format: "csv", destination: { type: "memory" } };
const parquet = { ...base, format: "parquet" };
const callback = () => {};

/** The objects of a config: the members that TypeScript lists, and a config with the object in its place. */
const objects = {
  config: { members: interfaceOf("ExportConfig"), put: (changes) => withFormatOf({ ...base, ...changes }) },
  rows: { members: interfaceOf("RowRange"), put: (rows) => ({ ...base, rows }) },
  csv: { members: interfaceOf("CsvOptions"), put: (csv) => ({ ...base, csv }) },
  jsonl: { members: interfaceOf("JsonlOptions"), put: (jsonl) => ({ ...base, format: "jsonl", jsonl }) },
  parquet: {
    members: interfaceOf("ParquetOptions"),
    put: (changes) => ({ ...parquet, parquet: { compression: "gzip", ...changes } }),
  },
  "destination.credentials": {
    members: interfaceOf("S3Credentials"),
    put: (changes) => ({
      ...base,
      destination: {
        ...{ type: "s3", endpoint: "https://host", bucket: "b", region: "auto" },
        credentials: { accessKeyId: "id", secretAccessKey: "secret", ...changes },
      },
    }),
  },
  "parquet.columns.x": {
    members: membersOfColumn(),
    put: (changes) => ({ ...parquet, parquet: { columns: { x: { compression: "gzip", ...changes } } } }),
  },
  ...destinations(),
};

/** The format that options of this kind go with. */
function withFormatOf(config) {
  const format = ["jsonl", "parquet"].find((name) => config[name] !== undefined) ?? config.format;
  return { ...config, format };
}

function membersOfColumn() {
  const { type } = interfaceOf("ParquetOptions").find(({ key }) => key === "columns");
  const [, name, own] = /^Readonly<Record<string, (\w+) & \{ (.*) \}>>$/.exec(type);
  return [...interfaceOf(name), ...members(own)];
}

// Downloads are for pages.
globalThis.document = {};

function destinations() {
  const objects = split("|", types.aliases.get("Destination")).filter((member) => member !== "string");
  const given = {
    presigned: { sign: callback },
    s3: { endpoint: "https://host", bucket: "b", region: "auto", credentials: callback },
    companion: { endpoint: "https://host" },
    r2: {
      bucket: {
        head: callback,
        put: callback,
        createMultipartUpload: callback,
        resumeMultipartUpload: callback,
      },
    },
    azure: { url: callback },
    resumable: { start: callback },
    stream: { open: callback },
  };
  return Object.fromEntries(
    objects.map((object) => {
      const listed = object.startsWith("{") ? members(balanced(object)) : interfaceOf(object);
      const name = JSON.parse(listed.find(({ key }) => key === "type").type);
      const put = (changes) => ({ ...base, destination: { type: name, ...given[name], ...changes } });
      return [`destination ${name}`, { members: listed, put }];
    }),
  );
}

const choicesOf = (type) => split("|", type).map((choice) => JSON.parse(choice));
const isChoice = (type) => split("|", type).every((choice) => choice.startsWith('"'));

/** What Rust says a value of this type must be, in the words of its errors. */
function expectation(type) {
  if (type === "boolean") return /^a boolean$/;
  if (type === "number") return /^a whole number from \d+ to \d+$/;
  if (type === "string") return /^a string$/;
  if (type === "AbortSignal") return /^an AbortSignal$/;
  if (type.startsWith("string | (() =>")) return /^a SAS URL or a function that gives one$/;
  if (type.includes("=>")) return /^a function$/;
  if (type.endsWith("[]")) return /^an array of /;
  if (type === "R2Bucket") return /^an R2 bucket$/;
  if (type === "Source") return /^rows, columns, an Arrow table, or a file/;
  if (type === "Destination") return /^a presigned URL or an object with a type$/;
  return /^an object/;
}

/** What `field` must be, as the core says when it is given what nothing takes. */
async function expected(put, key) {
  const { message } = await refusal(put({ [key]: new Date(0) }));
  const [, expected] = / is an instance of Date; it must be (.*)$/s.exec(message) ?? assert.fail(message);
  return expected;
}

for (const [name, { members, put }] of Object.entries(objects)) {
  test(`${name}: the keys are those of Rust`, async () => {
    const { code, message } = await refusal(put({ zzz: 1 }));
    assert.equal(code, "config/unknown-key");
    const known = /; known here are (.*)$/.exec(message)[1].split(", ");
    assert.deepEqual(members.map(({ key }) => key).sort(), known.sort());
  });

  test(`${name}: the types and choices are those of Rust`, async () => {
    for (const { key, type } of members) {
      const field = `${name}: ${key}`;
      // The type of a destination is one of all of them.
      if (key === "type") continue;
      const said = await expected(put, key);
      if (!isChoice(type)) assert.match(said, expectation(type), field);
      else {
        assert.match(said, /^one of /, field);
        assert.deepEqual(
          [...said.matchAll(/"(.*?)"/gs)].map(([, choice]) => choice).sort(),
          choicesOf(type).sort(),
          field,
        );
      }
    }
  });

  test(`${name}: what cannot be left out is so in Rust`, async () => {
    for (const { key, optional } of members) {
      const error = await exportTable(put({ [key]: undefined })).finished.then(
        () => undefined,
        (error) => error,
      );
      assert.equal(error?.code === "config/missing-key", !optional, `${name}: ${key}`);
    }
  });
}

test("the types of destinations are those of Rust", async () => {
  const { message } = await refusal({ ...base, destination: { type: "zzz" } });
  const known = [.../one of (.*)$/.exec(message)[1].matchAll(/"(.*?)"/g)].map(([, type]) => type);
  const listed = Object.keys(objects).filter((name) => name.startsWith("destination "));
  assert.deepEqual(
    listed,
    known.map((type) => `destination ${type}`),
  );
});

/** Whether a value is of a type that types.ts states. */
function isOf(type, value) {
  return split("|", types.aliases.get(type) ?? type).some((one) => {
    if (one === "null") return value === null;
    if (one.startsWith('"')) return value === JSON.parse(one);
    if (["string", "number", "boolean"].includes(one)) return typeof value === one;
    if (one.endsWith("[]")) return Array.isArray(value);
    if (one === "Uint8Array") return value instanceof Uint8Array;
    return typeof value === "object" && value !== null && !Array.isArray(value);
  });
}

/** Checks that `object` has the keys of an interface, in its order if `ordered`, with values of their types. */
function assertIs(name, object) {
  const listed = interfaceOf(name);
  const keys = Object.keys(object);
  const wanted = listed.filter(({ key, optional }) => !optional || keys.includes(key));
  assert.deepEqual(
    keys,
    wanted.map(({ key }) => key),
    name,
  );
  for (const { key, type } of wanted) assert.ok(isOf(type, object[key]), `${name}.${key} is ${type}`);
}

test("the JSON of a job is the export resource, at every moment", async () => {
  assert.deepEqual(keysOf("ExportResource"), RESOURCE_KEYS);
  const rows = [{ a: 1 }, { a: 2 }];
  const sourceThatThrows = (function* () {
    yield rows[0];
    throw new Error("no more");
  })();
  const cancelled = exportTable({ ...base, source: rows });
  cancelled.cancel();
  const jobs = {
    completed: exportTable({ ...parquet, source: rows, table: { name: "t" } }),
    failed: exportTable({ ...base, source: sourceThatThrows }),
    cancelled,
  };
  for (const [end, job] of Object.entries(jobs)) {
    assertIs("ExportResource", JSON.parse(JSON.stringify(job)));
    for await (const { progress, files, resume, ...resource } of job) {
      assert.equal(resume, null);
      assertIs("ExportResource", resource);
      assertIs("ExportProgress", progress);
      for (const file of files) assertIs("ExportFile", file);
    }
    assert.equal(job.status, end);
    assertIs("ExportResource", JSON.parse(JSON.stringify(job)));
  }
  const [file] = jobs.completed.files;
  assert.deepEqual(Object.keys(file), keysOf("ExportFile"));
  assert.deepEqual(
    file.schema.map((column) => Object.keys(column)),
    [["name", "type"]],
  );
});

test("the place of an error has the keys of Place", async () => {
  const { place } = await refusal({ ...base, source: [{ a: 1 }, { a: Symbol("s") }] });
  assert.deepEqual(place, { row: 1, column: "a" });
  const known = keysOf("Place");
  for (const key of Object.keys(place)) assert.ok(known.includes(key), key);
});
