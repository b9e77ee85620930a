// Which stored run belongs to this tab. Several tabs may be open, and a link may bring another run: each has a record of
// its own, which its tab holds with a lock (Web Locks) as long as it lives.

import { asRun, forgetRun, loadRuns, runKeys, type SavedRun } from "./storage";

export interface StoredRun {
  key: string;
  /** null: the record is damaged */
  saved: SavedRun | null;
}

/** mine: held until release(); taken: another tab holds it; free: nobody can say, because this browser has no locks here. */
export type Claim = "mine" | "taken" | "free";

const FIRST_KEY = "last";
/** Records that are kept. */
const MAX_RUNS = 6;
/** A reload may come before its own lock is given back. */
const PATIENCE_MS = 500;
/** Survives a reload of this tab, and belongs to no other. */
const SESSION_KEY = "atome-run";

const held = new Map<string, () => void>();

// Both throw where storage is switched off.
export function keyOfTab(): string | null {
  try {
    return sessionStorage.getItem(SESSION_KEY);
  } catch {
    return null;
  }
}
function noteKeyOfTab(key: string) {
  try {
    sessionStorage.setItem(SESSION_KEY, key);
  } catch {
    // A reload then takes the newest run.
  }
}

export async function claim(key: string): Promise<Claim> {
  if (held.has(key)) return "mine";
  // Left out of pages that come without https.
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return "free";
  const impatience = new AbortController();
  const options: LockOptions = key === keyOfTab() ? { signal: impatience.signal } : { ifAvailable: true };
  const timer = setTimeout(() => impatience.abort(), PATIENCE_MS);
  return new Promise<Claim>((resolve) => {
    const hold = (lock: Lock | null) => {
      clearTimeout(timer);
      resolve(lock ? "mine" : "taken");
      return lock ? new Promise<void>((release) => held.set(key, release)) : undefined;
    };
    locks
      .request(`atome-playground ${key}`, options, hold)
      .catch((error) => resolve((error as Error)?.name === "AbortError" ? "taken" : "free"));
  });
}
export function release(key: string) {
  held.get(key)?.();
  held.delete(key);
}

/** All records: the visitor's own before those of links, that of this tab before others, new before old. */
export async function storedRuns(): Promise<StoredRun[]> {
  const runs = (await loadRuns()).map(({ key, record }) => ({ key, saved: asRun(record) }));
  const tab = keyOfTab();
  const rank = ({ key, saved }: StoredRun) => [saved?.from_link ? 1 : 0, key === tab ? 0 : 1, -(saved?.saved_at ?? 0)];
  return runs
    .map((run) => ({ run, rank: rank(run) }))
    .sort((a, b) => a.rank.reduce((order, r, i) => order || r - b.rank[i]!, 0))
    .map(({ run }) => run);
}

/** A key that no record has and no other tab uses. */
export async function freshKey(): Promise<string> {
  const used = await runKeys();
  if (!used.includes(FIRST_KEY) && (await claim(FIRST_KEY)) === "mine") return FIRST_KEY;
  const key = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  await claim(key);
  return key;
}

/** This tab goes on with this record: a reload finds it first. */
export async function settle(key: string) {
  noteKeyOfTab(key);
  if ((await runKeys()).length <= MAX_RUNS) return;
  // The last in the order go, unless a tab has them open.
  for (const { key: old } of (await storedRuns()).slice(MAX_RUNS)) {
    if (held.has(old) || (await claim(old)) === "taken") continue;
    await forgetRun(old);
    release(old);
  }
}
