// What both write after the same prompt, with the same dice, and the first byte at which they part.

import { useMemo, useState } from "preact/hooks";
import type { Lens } from "../../engine/protocol";
import { bytePieces, grouped } from "../../parts/format";
import { NumberInput } from "../../parts/NumberInput";
import { useFollow } from "../../parts/use-follow";
import { useRefresh } from "../../parts/use-refresh";
import { useSettled } from "../../parts/use-settled";
import { modelBehind, subjectName } from "../../state/models";
import { call, DEMO_BYTES, samples } from "../../state/store";
import { asked, askPrompt } from "./compare-choice";
import { cutAt, firstDifference, partingLine } from "./compare-difference";
import type { Sides } from "./compare-pick";
import { Badge } from "./CompareSide";

const FOLLOW_MS = 5000;
const TOP_P = 0.9;
const MAX_SEED = 999_999_999;

type Answer = { a: Lens; b: Lens } | { error: string } | null;

export function CompareSamples({ a, b }: Sides) {
  const answer = useTexts(a, b);
  return (
    <section class="panel stack">
      <h2>What they write</h2>
      <div class="compare-ask">
        <label class="field compare-prompt">
          <span>Both continue</span>
          <input value={asked.prompt.value} maxLength={200} onInput={(event) => askPrompt(event.currentTarget.value)} />
        </label>
        <NumberInput
          name="Seed"
          value={asked.seed.value}
          title="of the dice: the same for both"
          check={(x) => (Number.isInteger(x) && x >= 0 && x <= MAX_SEED ? null : `use a whole number from 0 to ${MAX_SEED}`)}
          set={(seed) => (asked.seed.value = seed!)}
        />
        <NumberInput
          name="Temperature"
          value={asked.temperature.value}
          title="0: always the likeliest token; higher: more daring"
          check={(x) => (x >= 0 && x <= 5 ? null : "use a number from 0 to 5")}
          set={(temperature) => (asked.temperature.value = temperature!)}
        />
      </div>
      {answer === null && <p class="soft">In a moment: what each of them writes after the prompt.</p>}
      {answer && "error" in answer && <p class="bad">{answer.error}</p>}
      {answer && "a" in answer && <Texts a={answer.a} b={answer.b} />}
    </section>
  );
}

/** Of the run, too, only now and then while it trains: a text wants to be read. */
function useTexts(a: Sides["a"], b: Sides["b"]): Answer {
  const [answer, setAnswer] = useState<Answer>(null);
  const followed = useFollow(() => samples.value, FOLLOW_MS);
  const wanted = useSettled({ prompt: asked.prompt.value, seed: asked.seed.value, temperature: asked.temperature.value });
  const ofRun = a === "run" || b === "run" ? followed : 0;
  useRefresh([a, b, modelBehind(a).held, modelBehind(b).held, wanted, ofRun], async () => {
    const { prompt, seed, temperature } = wanted;
    const question = {
      prompt: new TextEncoder().encode(prompt),
      n: DEMO_BYTES,
      sampling: { temperature, seed, ...(temperature > 0 ? { top_p: TOP_P } : {}) },
    };
    const one = await call("sample", { subject: a, ...question });
    if (!one.ok) return setAnswer(one);
    const two = await call("sample", { subject: b, ...question });
    setAnswer(two.ok ? { a: one.lens, b: two.lens } : two);
  });
  return answer;
}

function Texts({ a, b }: { a: Lens; b: Lens }) {
  const at = useMemo(() => firstDifference(a.text, b.text), [a, b]);
  return (
    <>
      <p class="compare-verdict" id="parting">
        {partingLine(a, b, at)}
      </p>
      <div class="compare-texts">
        <TextOf side="a" lens={a} at={at} />
        <TextOf side="b" lens={b} at={at} />
      </div>
    </>
  );
}

function TextOf({ side, lens, at }: { side: "a" | "b"; lens: Lens; at: number | null }) {
  const cut = useMemo(() => cutAt(bytePieces(lens.text), lens.given, at), [lens, at]);
  return (
    <div class="compare-text">
      <h3>
        <Badge side={side} /> {subjectName(lens.subject)}
        {lens.subject === "run" && lens.step !== null && <span class="soft small"> (step {grouped(lens.step)})</span>}
      </h3>
      <p class="mono">
        <b>{cut.prompt}</b>
        <span class="same">{cut.same}</span>
        {at !== null && (
          <mark class={`mark-${side}`} title="here they part">
            <span class="visually-hidden"> here they part: </span>
            {shown(cut.mark)}
          </mark>
        )}
        {cut.rest}
      </p>
    </div>
  );
}
/** A mark has to be visible. */
const shown = (piece: string) => (piece === " " ? "␣" : piece === "\n" ? "⏎\n" : piece === "\t" ? "⇥" : piece);
