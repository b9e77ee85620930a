// The one worker of the page.

import { Engine } from "../engine/client";

let engine: Engine;
/** Workers that have died: what was asked of one of them says nothing about the next. */
export let deaths = 0;

/** Throws where workers are not allowed. */
export function startWorker(make: () => Worker, onEvent: ConstructorParameters<typeof Engine>[1], onDeath: (why: string) => void) {
  engine = new Engine(make, onEvent, (why) => {
    deaths++;
    onDeath(why);
  });
}
/** Another one, in the place of one that has died. */
export const restartWorker = () => engine.restart();
export const call: Engine["call"] = (name, argument) => engine.call(name, argument);
