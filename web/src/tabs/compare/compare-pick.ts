// Which models to compare when the visitor has not said so.

import type { Subject } from "../../engine/protocol";

export interface Sides {
  a: Subject;
  b: Subject;
}

/** What is worth comparing, best first: B is the newest, A what it is held against. */
export function pickTwo(chosen: Partial<Sides>, available: Subject[], started: boolean): Sides | null {
  if (available.length < 2) return null;
  const has = (subject: Subject | undefined): subject is Subject => subject !== undefined && available.includes(subject);
  const first = (order: Subject[], not?: Subject) => order.find((s) => has(s) && s !== not)!;
  const newest: Subject[] = started ? ["run", "file", "kept", "demo"] : ["file", "run", "kept", "demo"];
  const known: Subject[] = ["kept", "demo", "file", "run"];
  const b = has(chosen.b) ? chosen.b : first(newest, has(chosen.a) ? chosen.a : undefined);
  const a = has(chosen.a) && chosen.a !== b ? chosen.a : first(known, b);
  return { a, b };
}
