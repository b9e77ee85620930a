// A number that is typed; what is wrong with it is said, and the last good number stays.

import { useState } from "preact/hooks";
import { notify } from "../state/store";

export function NumberInput({
  name,
  value,
  check,
  set,
  title,
  empty,
  kind = "field",
  size,
  option,
}: {
  name: string;
  value: number | null;
  /** what is wrong with a number, or null */
  check: (value: number) => string | null;
  set: (value: number | null) => void;
  title: string;
  /** nothing may be typed, which is null and stands for this */
  empty?: string;
  kind?: string;
  size?: number;
  option?: string;
}) {
  const [text, setText] = useState<string | null>(null);
  const read = (typed: string) => (typed.trim() === "" ? (empty ? null : NaN) : Number(typed));
  const problem = (number: number | null) => (number === null ? null : check(number));
  const wrong = text === null ? null : problem(read(text));
  return (
    <label class={kind} title={wrong ?? title} data-option={option}>
      <span>{name}</span>
      <input
        inputMode="decimal"
        size={size}
        placeholder={empty}
        value={text ?? String(value ?? "")}
        aria-invalid={wrong ? "true" : undefined}
        onInput={(event) => {
          const typed = event.currentTarget.value;
          setText(typed);
          if (problem(read(typed)) === null) set(read(typed));
        }}
        onBlur={() => {
          if (wrong) notify(`${name}: ${wrong}; ${value ?? empty} stays`, true);
          setText(null);
        }}
      />
      {wrong && <span class="bad">{wrong}</span>}
    </label>
  );
}
