// The models of the page in plain words.

import type { Subject } from "../engine/protocol";
import { models } from "./store";
import { grouped } from "../parts/format";

export function subjectName(subject: Subject): string {
  if (subject === "run") return "this run, as it is now";
  if (subject.startsWith("snapshot:")) return `this run, at step ${grouped(Number(subject.slice(9)))}`;
  return models.value[subject as "demo" | "file" | "kept"]?.name ?? "the pretrained model";
}
