// Choosing the token that the figures are about: the pinned one, which the playground's lens shows too.

import { joined } from "../../engine/bytes";
import type { Lens } from "../../engine/protocol";
import { textOf, tokenName, unitOf } from "../../parts/format";
import { focus, lens, pin, pinned } from "../../state/store";
import { chosenToken } from "./how-data";

const BEFORE = 26,
  AFTER = 14;

/** The lens and the chosen position, or null before there is a text. */
export function useChosen(): { lens: Lens; at: number } | null {
  const l = lens.value;
  return l && l.tokens.length > 0 ? { lens: l, at: chosenToken(l, focus.value) } : null;
}

export function TokenChooser({ lens: l, at }: { lens: Lens; at: number }) {
  const last = l.tokens.length - 1,
    unit = unitOf(l.tokenizer);
  const go = (to: number) => {
    if (to !== pinned.value && to >= 0 && to <= last) pin(to);
  };
  return (
    <div class="how-chooser">
      <Context lens={l} at={at} />
      <div class="row">
        <button onClick={() => go(at - 1)} disabled={at === 0} aria-label={`The ${unit} before`}>
          ◀
        </button>
        <label class="how-slider">
          <span class="visually-hidden">{unit === "byte" ? "Byte" : "Token"} of the text</span>
          <input
            type="range"
            min={0}
            max={last}
            value={at}
            aria-valuetext={`${unit} ${at}: ${tokenName(l.pieces[at]!)}`}
            onInput={(event) => go(Number(event.currentTarget.value))}
          />
        </label>
        <button onClick={() => go(at + 1)} disabled={at === last} aria-label={`The ${unit} after`}>
          ▶
        </button>
        <span class="small soft how-place">
          {unit} {at} of {last}
        </span>
        {pinned.value !== null && (
          <button class="chip" onClick={() => pin(pinned.value)}>
            let go
          </button>
        )}
      </div>
    </div>
  );
}

function Context({ lens: l, at }: { lens: Lens; at: number }) {
  const from = Math.max(0, at - BEFORE);
  const text = (a: number, b: number) => textOf(joined(l.pieces.slice(a, b))).replaceAll("\n", "⏎");
  return (
    <p class="how-context mono">
      <span>
        {from > 0 && "…"}
        {text(from, at)}
      </span>
      <mark>{tokenName(l.pieces[at]!)}</mark>
      <span class="soft">
        {text(at + 1, at + 1 + AFTER)}
        {at + 1 + AFTER < l.tokens.length && "…"}
      </span>
    </p>
  );
}
