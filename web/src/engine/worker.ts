// The worker: the engine, and a message loop that trains in between.

import { load } from "atome-lm";
import type { Reply, Request, WorkerEvent } from "./protocol";
import { Session } from "./session";

const post = (message: Reply | WorkerEvent, transfer: Transferable[] = []) =>
  (self as unknown as Worker).postMessage(message, transfer);

const session = load().then((loaded) =>
  loaded.ok ? new Session(loaded.atome, emit, () => performance.now()) : plain(loaded.error));

/** Without Emscripten's words for developers. */
function plain(error: string) {
  return error.replace(/Aborted\((?:\w+Error: )?(.*)\)\. Build with .*$/, "$1");
}

function emit(event: WorkerEvent) {
  post(event, event.type === "saved" ? [event.checkpoint.buffer as ArrayBuffer] : []);
}

/** Ends this worker with a word to the page, which starts another one. */
function fail(why: string) {
  setTimeout(() => {
    throw new Error(why);
  });
}
/** What f returns; when it throws, or leaves the engine broken, this worker is of no more use. */
function guarded<T>(s: Session, f: () => T): T | { ok: false; error: string } {
  try {
    return f();
  } catch (error) {
    const why = String((error as Error)?.message ?? error);
    fail(why);
    return { ok: false, error: why };
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
  const wait = guarded(s, () => s.slice());
  if (typeof wait !== "number") return;
  if (wait > 1) setTimeout(loop, wait);
  else loop();
};

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  const s = await session;
  const result = typeof s === "string"
    ? { ok: false as const, error: s }
    : guarded(s, () => s[data.name](data.argument as never));
  post({ type: "reply", id: data.id, result });
  loop();
};
