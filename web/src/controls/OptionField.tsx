// The control of one option, made from its row.

import { Select } from "../parts/Choice";
import { choiceName } from "../parts/format";
import { NumberInput } from "../parts/NumberInput";
import { about, outOfRange, type Option, type Value } from "../state/options";
import { valueOf } from "../state/settings";
import { change, notify, settings } from "../state/store";

export function OptionField({ option: o, ...look }: { option: Option; kind?: string; size?: number }) {
  const value = valueOf(settings.value, o);
  const set = (to: Value) => change({ [o.key]: to });
  const shared = { title: about(o), "data-option": o.key };
  switch (o.kind) {
    case "choice":
      return (
        <label class="field" {...shared}>
          <span>{o.label}</span>
          <Select value={value as string} choices={o.choices.map((choice) => [choice, choiceName(o, choice)])} set={set} />
        </label>
      );
    case "flag":
      return (
        <label class="check" {...shared}>
          <input type="checkbox" checked={value as boolean} onChange={() => set(!value)} />
          {o.label}
        </label>
      );
    case "set":
      return (
        <fieldset {...shared}>
          <legend class="soft small">{o.on || o.label}</legend>
          {o.choices.map((choice) => (
            <Box key={choice} option={o} choice={choice} value={value as string[]} set={set} />
          ))}
        </fieldset>
      );
    default:
      return (
        <NumberInput
          name={o.label}
          value={value as number | null}
          title={about(o)}
          empty={o.by_default && "auto"}
          option={o.key}
          {...look}
          check={(number) => outOfRange(o, number)}
          set={set}
        />
      );
  }
}

function Box({ option: o, choice, value, set }: { option: Option; choice: string; value: string[]; set: (value: Value) => void }) {
  const chosen = value.includes(choice);
  return (
    <label class={`check ${choice}`}>
      <input
        type="checkbox"
        checked={chosen === !o.on}
        onChange={() => {
          const next = o.choices.filter((c) => (c === choice ? !chosen : value.includes(c)));
          const all = next.length === o.choices.length;
          if (all) notify(`${o.on || o.label}: one has to stay ${o.on ? "on" : "out"}`);
          // The box shows what is set.
          set(all ? [...value] : next);
        }}
      />
      {choiceName(o, choice)}
    </label>
  );
}
