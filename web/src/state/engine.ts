// The one worker of the page.

import { Engine } from "../engine/client";

let engine: Engine;

/** Throws where workers are not allowed. */
export function startWorker(...given: ConstructorParameters<typeof Engine>) {
  engine = new Engine(...given);
}
/** Another one, in the place of one that has died. */
export const restartWorker = () => engine.restart();
export const call: Engine["call"] = (name, argument) => engine.call(name, argument);
