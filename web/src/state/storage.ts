// What survives a reload: runs, in IndexedDB, each under a key of its own; slots.ts says which is whose. Where storage is
// full or refused the page goes on without; each call says so.

import type { SavedCurve } from "./curve";
import { DEFAULTS, type Settings } from "./settings";

export interface SavedRun {
  settings: Settings;
  /** the visitor's own text; null where the corpus is a preset */
  text: { name: string; bytes: Uint8Array } | null;
  step: number;
  digest: string;
  checkpoint: Uint8Array;
  loss: SavedCurve;
  valid: { steps: number[]; values: number[] };
  samples: { step: number; text: Uint8Array; given: number }[];
  /** milliseconds since 1970 */
  saved_at: number;
  /** begun with the settings of an address, perhaps somebody else's: the visitor's own runs come first */
  from_link: boolean;
}

const DATABASE = "atome-playground";
const STORE = "runs";

/** Some browsers never answer when storage is switched off. */
const MAX_WAIT_MS = 3000;

let opened: Promise<IDBDatabase> | null = null;
function database(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    if (typeof indexedDB === "undefined") throw new Error("it has no IndexedDB");
    setTimeout(() => reject(new Error("no answer")), MAX_WAIT_MS);
    // Typed as always there, but some browsers leave it out.
    if (!(globalThis.indexedDB as IDBFactory | undefined)) throw new Error("it has no storage for pages");
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => {
      const db = request.result;
      // Deleted in another tab or by the browser: the next call makes it anew.
      db.onversionchange = db.onclose = () => {
        db.close();
        opened = null;
      };
      resolve(db);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab holds the storage"));
  }).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

/** The results of the requests that `work` makes. */
async function transact(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest[]): Promise<unknown[]> {
  const db = await database();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(STORE, mode);
    const requests = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(requests.map((request) => request.result));
    transaction.onerror = transaction.onabort = () =>
      reject(transaction.error ?? requests.find((request) => request.readyState === "done" && request.error)?.error);
  });
}

/** A stored record, as far as its shape tells; null: another version of the page or a fault left something else. */
export function asRun(record: unknown): SavedRun | null {
  const r = record as SavedRun;
  const numbers = (list: unknown) => Array.isArray(list) && list.every((x) => typeof x === "number");
  const curve = (c: SavedRun["valid"]) => numbers(c.steps) && numbers(c.values) && c.steps.length === c.values.length;
  try {
    const good =
      typeof r.settings === "object" &&
      r.checkpoint instanceof Uint8Array &&
      Number.isInteger(r.step) &&
      typeof r.digest === "string" &&
      (r.text === null || (typeof r.text.name === "string" && r.text.bytes instanceof Uint8Array)) &&
      (r.text !== null || r.settings.corpus !== "text") &&
      curve(r.loss) &&
      Number.isInteger(r.loss.stride) &&
      r.loss.stride > 0 &&
      numbers([r.loss.sum, r.loss.count]) &&
      curve(r.valid) &&
      r.samples.every((s) => Number.isInteger(s.step) && s.text instanceof Uint8Array && Number.isInteger(s.given));
    // Older versions of the page wrote neither a time nor an origin.
    return good ? { ...r, saved_at: r.saved_at ?? 0, from_link: r.from_link ?? false, settings: { ...DEFAULTS, ...r.settings } } : null;
  } catch {
    return null;
  }
}

export const saveRun = (key: string, run: SavedRun) => transact("readwrite", (store) => [store.put(run, key)]);
export const forgetRun = (key: string) => transact("readwrite", (store) => [store.delete(key)]);
export async function runKeys(): Promise<string[]> {
  const [keys] = await transact("readonly", (store) => [store.getAllKeys()]);
  return (keys as IDBValidKey[]).map(String);
}
export async function loadRuns(): Promise<{ key: string; record: unknown }[]> {
  const [keys, records] = await transact("readonly", (store) => [store.getAllKeys(), store.getAll()]);
  return (keys as IDBValidKey[]).map((key, i) => ({ key: String(key), record: (records as unknown[])[i] }));
}
