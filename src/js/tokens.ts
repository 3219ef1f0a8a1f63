import type { ExportJob, ResumeToken } from "./types.js";

const DATABASE = "tableport";
const STORE = "resume";

/**
 * Keeps the resume token of a job in the page's IndexedDB, under a key of yours, until the job ends; then none is kept. The
 * promise is of that, and rejects where IndexedDB does not work.
 */
export async function keepToken(key: string, job: ExportJob): Promise<void> {
  let kept: ResumeToken | null = null;
  for await (const { resume } of job) {
    if (!resume || resume === kept) continue;
    kept = resume;
    await inStore("readwrite", (store) => store.put(resume, key));
  }
  await inStore("readwrite", (store) => store.delete(key));
}

/** The token that is kept under this key: what an export left that was cut off. */
export async function keptToken(key: string): Promise<ResumeToken | undefined> {
  return inStore("readonly", (store) => store.get(key));
}

async function inStore<T>(
  mode: IDBTransactionMode,
  use: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    return await done(use(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
