// The state of the page in the part of the address behind the #, which no server ever sees.

import { findOption, OPTIONS, parsed, sameValue, whyNot, written } from "./options";
import { DEFAULTS, usualPrompt, valueOf, type Settings } from "./settings";

export const TABS = {
  play: "Playground",
  weights: "Weights",
  vocabulary: "Vocabulary",
  uncertainty: "Uncertainty",
  compare: "Compare",
  boards: "Boards",
  export: "Export",
  how: "How it works",
};
export type Tab = keyof typeof TABS;
export const LENS_MODES = ["entropy", "mix", "loss"] as const;
export type LensMode = (typeof LENS_MODES)[number];
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface View {
  tab: Tab;
  lens: LensMode;
  theme: Theme;
  embed: boolean;
}
export const VIEW_DEFAULTS: View = { tab: "play", lens: "entropy", theme: "auto", embed: false };

/** A visitor's own text travels in the address up to this length; a longer one stays in the browser. */
export const MAX_INLINE_TEXT = 2000;
const MAX_PROMPT = 200;

const base64url = (bytes: Uint8Array) =>
  btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const fromBase64url = (text: string) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

export interface FromUrl {
  settings: Settings;
  view: View;
  /** the visitor's own text, where the address carries one */
  text: Uint8Array | null;
  /** whether the address says anything about the run */
  explicit: boolean;
  /** what was wrong with the address, in plain words */
  problems: string[];
}

export function readUrl(hash: string, presets: string[]): FromUrl {
  const settings: Settings = { ...DEFAULTS };
  const view: View = { ...VIEW_DEFAULTS };
  const problems: string[] = [];
  let text: Uint8Array | null = null,
    prompt: string | null = null,
    explicit = false;
  const one = <T extends string>(list: readonly T[], value: string, set: (value: T) => void) => {
    if (!(list as readonly string[]).includes(value)) return `use one of ${list.join(", ")}`;
    set(value as T);
    return null;
  };
  /** What to do with a value of each key that is no option; they return what would be right, null where it is. */
  const readers = new Map<string, (value: string) => string | null>([
    ["tab", (value) => one(Object.keys(TABS) as Tab[], value, (tab) => (view.tab = tab))],
    ["lens", (value) => one(LENS_MODES, value, (lens) => (view.lens = lens))],
    ["theme", (value) => one(THEMES, value, (theme) => (view.theme = theme))],
    ["embed", (value) => one(["0", "1"], value, (embed) => (view.embed = embed === "1"))],
    ["corpus", (value) => one([...presets, "text"], value, (corpus) => (settings.corpus = corpus))],
    [
      "prompt",
      (value) => {
        if (value.length > MAX_PROMPT) return `use at most ${MAX_PROMPT} characters`;
        prompt = value;
        return null;
      },
    ],
    [
      "text",
      (value) => {
        try {
          const bytes = fromBase64url(value);
          if (bytes.length >= 2 && bytes.length <= MAX_INLINE_TEXT) {
            text = bytes;
            return null;
          }
        } catch {
          /* said below */
        }
        return `use base64 of 2 to ${MAX_INLINE_TEXT} bytes`;
      },
    ],
  ]);
  const unknown = new Set<string>(),
    seen = new Set<string>();
  for (const [key, value] of new URLSearchParams(hash.replace(/^#/, ""))) {
    // Of a key that comes twice the first counts.
    if (seen.has(key)) continue;
    seen.add(key);
    const option = findOption(key),
      reader = readers.get(key),
      missing = whyNot(key);
    if (!option && !reader && missing === null) {
      unknown.add(key);
      continue;
    }
    explicit ||= !(key in view);
    let wanted = missing;
    if (reader) wanted = reader(value);
    if (option) {
      const read = parsed(option, value);
      if ("value" in read) Object.assign(settings, { [option.key]: read.value });
      else wanted = read.wanted;
    }
    if (wanted !== null) problems.push(`${key}=${short(value)} in the address: ${wanted}; the default was taken`);
  }
  settings.prompt = prompt ?? usualPrompt(settings.corpus);
  if (unknown.size > 0) {
    const named = [...unknown]
      .slice(0, 3)
      .map((key) => `“${short(key)}”`)
      .join(", ");
    const more = unknown.size > 3 ? ` and ${(unknown.size - 3).toLocaleString("en")} more` : "";
    problems.push(`${named}${more} in the address: the page has no such setting`);
  }
  return { settings, view, text, explicit, problems };
}
const short = (text: string) => (text.length > 24 ? `${text.slice(0, 24)}…` : text).replace(/\s/g, " ");

/** Only what differs from the defaults. */
export function writeUrl(settings: Settings, view: View, text: Uint8Array | null): string {
  const p = new URLSearchParams();
  const d = DEFAULTS,
    v = VIEW_DEFAULTS;
  if (view.tab !== v.tab) p.set("tab", view.tab);
  if (settings.corpus !== d.corpus) p.set("corpus", settings.corpus);
  for (const o of OPTIONS) {
    const value = valueOf(settings, o);
    if (!sameValue(value, o.standard)) p.set(o.word, written(value));
  }
  if (settings.prompt !== usualPrompt(settings.corpus)) p.set("prompt", settings.prompt);
  if (settings.corpus === "text" && text && text.length <= MAX_INLINE_TEXT) p.set("text", base64url(text));
  if (view.lens !== v.lens) p.set("lens", view.lens);
  if (view.theme !== v.theme) p.set("theme", view.theme);
  if (view.embed) p.set("embed", "1");
  const result = p.toString();
  return result ? `#${result}` : "";
}
