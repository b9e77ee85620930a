// The states of the page's one run, which of them may follow which, and the queue of what is done to it: whatever makes,
// trains, keeps or ends a run does so after what was asked for before, and never beside it.

import { computed, signal } from "@preact/signals";

export type Status = "loading" | "ready" | "training" | "paused" | "done" | "broken";

/** loading: there is no engine yet, or another run takes the place of this one. ready: at step 0. broken: for good. */
const MAY_FOLLOW: Record<Status, Status[]> = {
  loading: ["ready", "paused", "done", "broken"],
  ready: ["loading", "training", "paused", "done", "broken"],
  training: ["loading", "paused", "done", "broken"],
  paused: ["loading", "ready", "training", "done", "broken"],
  done: ["loading", "ready", "training", "paused", "broken"],
  broken: [],
};

const current = signal<Status>("loading");
export const status = computed(() => current.value);
/** There is no engine: it is being loaded, or it has failed. */
export const idle = computed(() => status.value === "loading" || status.value === "broken");

export function go(to: Status) {
  const from = current.peek();
  if (from === to) return;
  if (!MAY_FOLLOW[from].includes(to)) throw new Error(`a run that is ${from} cannot become ${to}`);
  current.value = to;
}

let last: Promise<unknown> = Promise.resolve();
/** A task of the queue must not wait for another one: it calls what that one would do. */
export function enqueue<T>(task: () => Promise<T>): Promise<T> {
  const done = last.then(task);
  last = done.catch(() => {});
  return done;
}
/** What a visitor asks of the run; nothing while there is no engine. */
export const act = (task: () => Promise<unknown>) =>
  enqueue(async () => {
    if (!idle.value) await task();
  });
