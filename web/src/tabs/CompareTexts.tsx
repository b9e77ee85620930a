// What two models write from the same prompt, seed and temperature, and the first byte where they part.

import { useState } from "preact/hooks";
import type { Lens } from "../engine/protocol";
import { call, idle, promptOf } from "../state/store";
import { grouped } from "../ui/format";
import { around, firstDifference, partingSentence } from "./compare-data";
import { version, type Side } from "./compare-sides";
import { useRefresh } from "./use-refresh";

const BYTES = 300;
const FIELDS = {
  seed: { least: 0, most: 999_999_999, whole: true },
  temperature: { least: 0, most: 5, whole: false },
};
type Field = keyof typeof FIELDS;
/** As typed. */
interface Draft extends Record<Field, string> {
  prompt: string;
}

function wrong(field: Field, text: string): string | null {
  const { least, most, whole } = FIELDS[field], value = Number(text);
  // The engine takes 0 or at least 0.01.
  const good = text.trim() !== "" && value >= least && value <= most && (!whole || Number.isInteger(value)) && !(value > 0 && value < 0.01);
  return good ? null : whole ? `use a whole number up to ${grouped(most)}` : `use 0, or 0.01 to ${most}`;
}

export function CompareTexts({ a, b, round }: { a: Side; b: Side; round: number }) {
  const [draft, setDraft] = useState<Draft>({ prompt: promptOf("run"), seed: "1", temperature: "0.7" });
  // Only a complete draft is asked for: a byte more of the prompt would be another pair of texts.
  const [asked, setAsked] = useState(draft);
  const complete = !wrong("seed", draft.seed) && !wrong("temperature", draft.temperature);
  return (
    <section class="panel stack">
      <h2>What they write</h2>
      <form class="row" onSubmit={(event) => { event.preventDefault(); if (complete) setAsked({ ...draft }); }}>
        <label class="field grow">
          <span>The text begins with</span>
          <input value={draft.prompt} maxLength={200} onInput={(event) => setDraft({ ...draft, prompt: event.currentTarget.value })} />
        </label>
        {(Object.keys(FIELDS) as Field[]).map((field) => {
          const problem = wrong(field, draft[field]);
          return (
            <label key={field} class="field number">
              <span>{field === "seed" ? "Seed" : "Temperature"}</span>
              <input inputMode="decimal" value={draft[field]} aria-invalid={problem ? "true" : undefined}
                     onInput={(event) => setDraft({ ...draft, [field]: event.currentTarget.value })} />
              {problem && <span class="bad">{problem}</span>}
            </label>
          );
        })}
        <button disabled={!complete}>Write both</button>
      </form>
      <Texts a={a} b={b} asked={asked} round={round} />
    </section>
  );
}

interface Answer {
  a: Side;
  b: Side;
  written: [Lens, Lens] | null;
  error: string;
}

function Texts({ a, b, asked, round }: { a: Side; b: Side; asked: Draft; round: number }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useRefresh([idle.value, a, b, version(a), version(b), asked, round], async () => {
    if (idle.value) return;
    const one = (subject: Side) => call("sample", {
      subject, prompt: new TextEncoder().encode(asked.prompt), n: BYTES,
      sampling: { temperature: Number(asked.temperature), top_p: 0.9, seed: Number(asked.seed) },
    });
    const first = await one(a);
    const second = a === b ? first : await one(b);
    setAnswer(!first.ok ? { a, b, written: null, error: first.error }
      : !second.ok ? { a, b, written: null, error: second.error } : { a, b, written: [first.lens, second.lens], error: "" });
  });
  if (!answer || answer.a !== a || answer.b !== b) return <p class="soft">In a moment: the same prompt and seed, continued by both.</p>;
  if (!answer.written) return <p class="bad">{answer.error}</p>;
  const [left, right] = answer.written;
  const at = firstDifference(left.tokens, right.tokens);
  return (
    <>
      <p id="parting">{partingSentence(left.tokens, right.tokens, left.given)}</p>
      <div class="sides">
        {([["A", left], ["B", right]] as const).map(([name, l]) => {
          const { prompt, before, here, after } = around(l.tokens, l.given, at);
          return (
            <div key={name} class="written">
              <h3>{name}{l.step !== null && <span class="soft small"> at step {grouped(l.step)}</span>}</h3>
              <p class="mono">
                <b>{prompt}</b>{before}{here && <mark>{here === "\n" ? "⏎\n" : here}</mark>}<span class="soft">{after}</span>
              </p>
            </div>
          );
        })}
      </div>
    </>
  );
}
