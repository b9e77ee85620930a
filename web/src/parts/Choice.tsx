// One of several: as a menu, or as buttons side by side.

import type { JSX } from "preact";

/** title: of the tooltip */
type Choice<T> = readonly [value: T, name: string, title?: string];

interface SelectProps<T extends string> extends Omit<JSX.HTMLAttributes<HTMLSelectElement>, "onChange" | "value"> {
  value: T | undefined;
  choices: Choice<T>[];
  set: (value: T) => void;
  disabled?: boolean;
}
export function Select<T extends string>({ choices, set, children, ...rest }: SelectProps<T>) {
  return (
    <select {...rest} onChange={(event) => set(event.currentTarget.value as T)}>
      {children}
      {choices.map(([value, name, title]) => (
        <option key={value} value={value} title={title}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function Segmented<T extends string>({
  label,
  value,
  choices,
  set,
}: {
  label: string;
  value: T;
  choices: Choice<T>[];
  set: (value: T) => void;
}) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {choices.map(([choice, name]) => (
        <button key={choice} aria-pressed={value === choice} onClick={() => set(choice)}>
          {name}
        </button>
      ))}
    </div>
  );
}
