// What differs between two models, in the words of the controls.

import type { Config } from "atome-lm";
import { choiceName, grouped } from "../../parts/format";
import { OPTIONS, sameValue, type Option, type Value } from "../../state/options";
import { valueOf, type Settings } from "../../state/settings";

export interface Recipe {
  config: Config;
  /** null: no file says how it was trained */
  trained: { settings: Settings; textName: string } | null;
}
export interface Row {
  name: string;
  a: string;
  b: string;
}

/** A value in words. */
function shown(o: Option, value: Value): string {
  if (Array.isArray(value)) return value.map((choice) => choiceName(o, choice)).join(", ") || "none";
  if (value === null) return "auto";
  const named = choiceName(o, String(value));
  return typeof value === "number" && named === String(value) && o.kind === "whole" ? grouped(value) : named;
}
const rows = (parts: Option["part"][], a: object, b: object): Row[] =>
  OPTIONS.filter((o) => parts.includes(o.part) && !sameValue(valueOf(a, o), valueOf(b, o))).map((o) => ({
    name: o.label,
    a: shown(o, valueOf(a, o)),
    b: shown(o, valueOf(b, o)),
  }));

export function settingsThatDiffer(a: Recipe, b: Recipe): Row[] {
  const model = rows(["model"], a.config, b.config);
  if (!a.trained || !b.trained) return model;
  const text = a.trained.textName === b.trained.textName ? [] : [{ name: "Text", a: a.trained.textName, b: b.trained.textName }];
  // Texts that are not generated have neither size nor seed.
  const generated = a.trained.settings.corpus !== "text" && b.trained.settings.corpus !== "text";
  return [...model, ...text, ...rows(generated ? ["text", "training"] : ["training"], a.trained.settings, b.trained.settings)];
}

/** Such as "B: 1.6 × as many", "A: 4.0 % larger", "the same". */
export function ratioLine(a: number, b: number, of: "count" | "size"): string {
  if (a === b) return "the same";
  // Nothing is a share of zero.
  if (a === 0 || b === 0) return "";
  const [larger, ratio] = b > a ? ["B", b / a] : ["A", a / b];
  if (ratio < 1.1) return `${larger}: ${(100 * (ratio - 1)).toFixed(1)} % ${of === "count" ? "more" : "larger"}`;
  return `${larger}: ${ratio.toFixed(ratio < 10 ? 1 : 0)} × as ${of === "count" ? "many" : "large"}`;
}
