// What survives a reload: the last run, in IndexedDB. Where storage is full or refused the page goes on
// without; each call says so.

import type { Settings } from "./settings";

export interface SavedRun {
  settings: Settings;
  /** the visitor's own text; null where the corpus is a preset */
  text: { name: string; bytes: Uint8Array } | null;
  step: number;
  digest: string;
  checkpoint: Uint8Array;
  loss: { stride: number; steps: number[]; values: number[] };
  valid: { steps: number[]; values: number[] };
  samples: { step: number; text: Uint8Array; given: number }[];
}

const DATABASE = "atome-playground";
const STORE = "runs";
const KEY = "last";

let opened: Promise<IDBDatabase> | null = null;
function database(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
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

export const saveRun = (run: SavedRun) => transact("readwrite", (store) => store.put(run, KEY));
export const loadRun = () => transact<SavedRun | undefined>("readonly", (store) => store.get(KEY));
export const forgetRun = () => transact("readwrite", (store) => store.delete(KEY));
