// The loss curves of the models.

import type { Subject } from "../../engine/protocol";
import type { Curves } from "../../state/curve";
import { DEMO } from "../../state/demo-curves";
import { curves } from "../../state/store";
import { kept } from "./kept";

/** null: none is known. Does not follow the run: see useFollow(). */
export function curvesOf(subject: Subject): Curves | null {
  if (subject === "demo") return DEMO;
  if (subject === "kept") return kept.value?.curves ?? null;
  if (subject !== "run") return null;
  const { loss, valid } = curves.peek();
  return { train: loss, valid };
}
