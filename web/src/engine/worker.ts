// The worker: the engine, and a message loop that trains in between.

import { AtomeError, load } from "atome-lm";
import type { Reply, Request, WorkerEvent } from "./protocol";
import { Session } from "./session";

const post = (message: Reply | WorkerEvent, transfer: Transferable[] = []) => (self as unknown as Worker).postMessage(message, transfer);

/** Or why there is none. */
const session = load().then(
  ({ atome }) => new Session(atome, emit, () => performance.now()),
  (error: Error) => error.message,
);

function emit(event: WorkerEvent) {
  post(event, event.type === "saved" ? [event.checkpoint.buffer as ArrayBuffer] : []);
}

/** Ends this worker with a word to the page, which starts another one. */
function fail(why: string) {
  setTimeout(() => {
    throw new Error(why);
  });
}
/** What f returns, or why it refuses; when it fails otherwise, or leaves the engine broken, this worker is of no more use. */
function guarded<T>(s: Session, f: () => T): { value: T } | { error: string } {
  try {
    return { value: f() };
  } catch (error) {
    const why = String((error as Error)?.message ?? error);
    if (!(error instanceof AtomeError)) fail(why);
    return { error: why };
  } finally {
    if (s.broken) fail("most likely for want of memory");
  }
}

// Messages of a channel come between those of the page, and unlike timers without a pause of 4 ms.
const channel = new MessageChannel();
let looping = false;
function loop() {
  if (looping) return;
  looping = true;
  channel.port2.postMessage(0);
}
channel.port1.onmessage = async () => {
  looping = false;
  const s = await session;
  if (typeof s === "string") return;
  const done = guarded(s, () => s.slice());
  const wait = "value" in done ? done.value : null;
  if (wait === null) return;
  if (wait > 1) setTimeout(loop, wait);
  else loop();
};

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  const s = await session;
  const done = typeof s === "string" ? { error: s } : guarded(s, () => s[data.name](data.argument as never));
  const result = "value" in done ? { ok: true as const, ...done.value } : { ok: false as const, ...done };
  post({ type: "reply", id: data.id, result });
  loop();
};
