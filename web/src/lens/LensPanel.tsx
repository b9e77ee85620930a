// The token lens: a text tinted by what the router did at each token, the same as a map of tokens by layers, and
// the token in focus in detail. Hovering links text, map and detail; a click or Enter pins the token.

import { useMemo, useRef, useState } from "preact/hooks";
import { Segmented, Select } from "../parts/Choice";
import { tokenPieces, unitOf } from "../parts/format";
import { offered, subjectName } from "../state/models";
import { focus, hovered, lens, pin, pinned, samples, setView, show, showText, status, step, subject, view } from "../state/store";
import { LENS_MODES } from "../state/url";
import { TokenDetail } from "./TokenDetail";
import { describe, givenTokens, MOST_TINT, tint, tintsOf } from "./lens-data";
import { LensMap } from "./LensMap";

export function LensPanel() {
  const l = lens.value;
  return (
    <section class="panel lens" aria-label="Token lens">
      <div class="spread">
        <h2>Token lens</h2>
        <SubjectChoice />
      </div>
      <div class="spread">
        <Segmented
          label="Tint the text by"
          value={view.value.lens}
          choices={LENS_MODES.map((m) => [m, m])}
          set={(mode) => setView({ lens: mode })}
        />
        <Legend />
      </div>
      {l ? (
        <>
          <TintedText />
          <LensMap />
          <TokenDetail />
          <OwnText />
        </>
      ) : (
        <p class="soft">
          {status.value === "loading"
            ? "The pretrained model is being loaded; in a moment it writes here."
            : "There is nothing to show yet: train a model or open a file."}
        </p>
      )}
    </section>
  );
}

function SubjectChoice() {
  const chosen = subject.value;
  // A run that has not begun has nothing to show.
  const begun = step.value > 0 || samples.value.length > 0;
  const choices = offered(chosen).filter((s) => s !== "run" || begun);
  return (
    <Select
      aria-label="Model in the lens"
      value={chosen}
      choices={(choices.includes(chosen) ? choices : [chosen, ...choices]).map((s) => [s, subjectName(s)])}
      set={(s) => void show(s)}
    />
  );
}

function Legend() {
  const mode = view.value.lens;
  if (mode === "mix")
    return (
      <span class="small">
        <span class="local">■ local</span> <span class="state">● state</span> <span class="sparse">▲ sparse</span>
      </span>
    );
  const [from, to] = mode === "entropy" ? ["last router decided", "undecided"] : ["expected", "surprising"];
  return (
    <span class="small soft row legend">
      {from} <span class="ramp" style={{ background: `linear-gradient(90deg, transparent, rgb(var(--${mode}) / ${MOST_TINT}))` }} /> {to}
    </span>
  );
}

function TintedText() {
  const l = lens.value!;
  const box = useRef<HTMLDivElement>(null);
  const mode = view.value.lens;
  const pieces = useMemo(() => tokenPieces(l.pieces), [l.pieces]);
  const given = useMemo(() => givenTokens(l), [l]);
  const tints = useMemo(() => tintsOf(l, mode), [l, mode]);
  const at = focus.value;
  const position = (event: Event) => {
    const index = (event.target as HTMLElement).dataset?.i;
    return index === undefined ? null : Number(index);
  };
  const move = (to: number) => {
    const i = Math.max(0, Math.min(l.tokens.length - 1, to));
    if (pinned.value !== null) pinned.value = i;
    else hovered.value = i;
  };
  const onKey = (event: KeyboardEvent) => {
    const from = focus.value ?? given;
    if (event.key === "ArrowRight") move(from + 1);
    else if (event.key === "ArrowLeft") move(from - 1);
    else if (event.key === "ArrowDown") move(from + 30);
    else if (event.key === "ArrowUp") move(from - 30);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(l.tokens.length - 1);
    else if (event.key === "Enter" || event.key === " ") pin(from);
    else if (event.key === "Escape") {
      pinned.value = null;
      hovered.value = null;
    } else return;
    event.preventDefault();
  };
  return (
    <div
      class={`tinted of-${l.tokenizer}`}
      ref={box}
      tabIndex={0}
      role="slider"
      aria-label={`${unitOf(l.tokenizer) === "byte" ? "Bytes" : "Tokens"} of the text: arrow keys move, Enter pins`}
      aria-valuemin={0}
      aria-valuemax={l.tokens.length - 1}
      aria-valuenow={at ?? 0}
      aria-valuetext={describe(l, at ?? 0)}
      onKeyDown={onKey}
      onPointerMove={(event) => {
        if (pinned.value === null) hovered.value = position(event) ?? hovered.value;
      }}
      onPointerLeave={() => {
        hovered.value = null;
      }}
      onClick={(event) => {
        const i = position(event);
        if (i !== null) pin(i);
      }}>
      {pieces.map((piece, i) => (
        <span
          key={i}
          data-i={i}
          class={(i < given ? "given" : "") + (i === at ? (pinned.value === i ? " pinned" : " at") : "")}
          style={{ background: tint(tints, i, mode) }}>
          {piece.replaceAll("\n", "⏎\n")}
        </span>
      ))}
    </div>
  );
}

function OwnText() {
  const [text, setText] = useState("");
  return (
    <form
      class="row own"
      onSubmit={(event) => {
        event.preventDefault();
        void showText(text);
      }}>
      <input
        aria-label="A text of your own for the lens"
        placeholder="Try a sentence of your own"
        value={text}
        maxLength={600}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button disabled={text === ""}>Look</button>
      <button type="button" onClick={() => void show(subject.value, Math.floor(Math.random() * 1e6))}>
        Write anew
      </button>
    </form>
  );
}
