// A number with its range; what is out of range is said, and the last good number stays.

import type { Signal } from "@preact/signals";
import { useState } from "preact/hooks";

export function NumberInput({ name, value, least, most, whole = false, title }: {
  name: string; value: Signal<number>; least: number; most: number; whole?: boolean; title: string;
}) {
  const [text, setText] = useState<string | null>(null);
  const number = (typed: string) => (typed.trim() === "" ? NaN : Number(typed));
  const good = (x: number) => x >= least && x <= most && (!whole || Number.isInteger(x));
  const wrong = text !== null && !good(number(text));
  return (
    <label class="field" title={title}>
      <span>{name}</span>
      <input inputMode="decimal" value={text ?? String(value.value)} aria-invalid={wrong ? "true" : undefined}
             onInput={(event) => {
               const typed = event.currentTarget.value;
               setText(typed);
               if (good(number(typed))) value.value = number(typed);
             }}
             onBlur={() => setText(null)} />
      {wrong && <span class="bad">use {whole ? "a whole number" : "a number"} from {least} to {most}</span>}
    </label>
  );
}
