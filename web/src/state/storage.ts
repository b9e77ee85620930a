// What survives a reload: the last run, in IndexedDB. Where storage is full or refused the page goes on
// without; each call says so.

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
}

const DATABASE = "atome-playground";
const STORE = "runs";
const KEY = "last";

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

async function transact<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await database();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(STORE, mode);
    const request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

/** A stored record, as far as its shape tells; null: another version of the page or a fault left something else. */
export function asRun(record: unknown): SavedRun | null {
  const r = record as SavedRun;
  const numbers = (list: unknown) => Array.isArray(list) && list.every((x) => typeof x === "number");
  const curve = (c: SavedRun["valid"]) => numbers(c.steps) && numbers(c.values) && c.steps.length === c.values.length;
  try {
    const good = typeof r.settings === "object" && r.checkpoint instanceof Uint8Array &&
      Number.isInteger(r.step) && typeof r.digest === "string" &&
      (r.text === null || (typeof r.text.name === "string" && r.text.bytes instanceof Uint8Array)) &&
      (r.text !== null || r.settings.corpus !== "text") &&
      curve(r.loss) && Number.isInteger(r.loss.stride) && r.loss.stride > 0 &&
      numbers([r.loss.sum, r.loss.count]) && curve(r.valid) &&
      r.samples.every((s) => Number.isInteger(s.step) && s.text instanceof Uint8Array && Number.isInteger(s.given));
    return good ? { ...r, settings: { ...DEFAULTS, ...r.settings } } : null;
  } catch {
    return null;
  }
}

export const saveRun = (run: SavedRun) => transact("readwrite", (store) => store.put(run, KEY));
export const loadRun = () => transact<unknown>("readonly", (store) => store.get(KEY));
export const forgetRun = () => transact("readwrite", (store) => store.delete(KEY));
