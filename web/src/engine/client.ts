// The page's end of the worker: calls with promises, events, and a watch over its life.

import type { Api, Reply, Request, Result, WorkerEvent } from "./protocol";

const PING_MS = 2000;
/** Pings without an answer before a worker counts as dead. The longest single piece of work takes a second or two. */
const MAX_SILENT_PINGS = 4;

const stopped = (why: string) => ({ ok: false as const, error: `the engine has stopped: ${why}` });

export type Answer<K extends keyof Api> = Result<ReturnType<Api[K]>>;

export class Engine {
  #make: () => Worker;
  #worker: Worker;
  #last = 0;
  #waiting = new Map<number, (result: Result<Record<string, unknown>>) => void>();
  #silent = 0;
  /** why there is no living worker, until restart() */
  #dead: string | null = null;
  #watch: ReturnType<typeof setInterval>;
  #onEvent: (event: WorkerEvent) => void;
  #onDeath: (why: string) => void;

  constructor(make: () => Worker, onEvent: (event: WorkerEvent) => void, onDeath: (why: string) => void) {
    this.#make = make;
    this.#onEvent = onEvent;
    this.#onDeath = onDeath;
    this.#worker = this.#begin();
    this.#watch = setInterval(() => this.#ping(), PING_MS);
  }

  call<K extends keyof Api>(name: K, argument: Parameters<Api[K]>[0]): Promise<Answer<K>> {
    if (this.#dead !== null) return Promise.resolve(stopped(this.#dead) as Answer<K>);
    const id = ++this.#last;
    const request: Request = { id, name, argument };
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage(request);
    });
  }
  /** Another worker in place of a dead one. It knows nothing: start() it again. */
  restart() {
    this.#worker.terminate();
    this.#silent = 0;
    this.#dead = null;
    this.#worker = this.#begin();
  }
  end() {
    clearInterval(this.#watch);
    this.#worker.terminate();
  }

  #begin(): Worker {
    const worker = this.#make();
    worker.onmessage = ({ data }: MessageEvent<Reply | WorkerEvent>) => {
      this.#silent = 0;
      if (data.type !== "reply") return this.#onEvent(data);
      this.#waiting.get(data.id)?.(data.result);
      this.#waiting.delete(data.id);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#died(event.message?.replace(/^(Uncaught )?(Error: )?/, "") || "it could not be started");
    };
    return worker;
  }
  #ping() {
    if (this.#dead !== null) return;
    if (++this.#silent > MAX_SILENT_PINGS) return this.#died("it no longer answers");
    void this.call("ping", {});
  }
  #died(why: string) {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#dead = why;
    this.#worker.terminate();
    for (const resolve of waiting) resolve(stopped(why));
    this.#onDeath(why);
  }
}
