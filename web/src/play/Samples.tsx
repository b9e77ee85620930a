// What the model writes after a fixed prompt, newest first; the slider goes back to the model of an earlier step.

import { memo } from "preact/compat";
import { useState } from "preact/hooks";
import type { Lens, Subject } from "../engine/protocol";
import { grouped, textOf } from "../parts/format";
import { call, DEMO_BYTES, pin, models, promptOf, samples, show, step, subject, type Sample, lens } from "../state/store";

const SHOWN = 24;

export function Samples() {
  const list = samples.value;
  if (list.length === 0) return <Pretrained />;
  const newest = list.slice(-SHOWN).reverse();
  const stored = list.filter((s) => s.lens !== null);
  const at = stored.findIndex((s) => subject.value === `snapshot:${s.step}`);
  return (
    <section class="panel samples" aria-label="Samples">
      <div class="spread">
        <h2>What it writes</h2>
        {stored.length > 1 && (
          <label class="row small scrub">
            go back
            <input
              type="range"
              min={0}
              max={stored.length - 1}
              value={at < 0 ? stored.length - 1 : at}
              aria-valuetext={at < 0 ? "now" : `step ${stored[at]!.step}`}
              onInput={(event) => {
                const s = stored[Number(event.currentTarget.value)]!;
                void show(s === stored.at(-1) ? "run" : `snapshot:${s.step}`);
              }}
            />
            <span class="mono">{at < 0 ? "now" : grouped(stored[at]!.step)}</span>
          </label>
        )}
      </div>
      <ol class="sample-list" tabIndex={0} aria-label="Samples, newest first">
        {newest.map((s) => (
          <Row key={s.step} sample={s} chosen={subject.value === `snapshot:${s.step}`} />
        ))}
      </ol>
    </section>
  );
}

const Row = memo(function Row({ sample, chosen }: { sample: Sample; chosen: boolean }) {
  const text = (
    <>
      <b>{textOf(sample.text.subarray(0, sample.given))}</b>
      {textOf(sample.text.subarray(sample.given))}
    </>
  );
  return (
    <li class={chosen ? "chosen" : ""}>
      {sample.lens ? (
        <button
          class="link mono"
          aria-pressed={chosen}
          onClick={() => void show(chosen ? "run" : (`snapshot:${sample.step}` as Subject))}
          title="Show this step in the lens">
          {grouped(sample.step)}
        </button>
      ) : (
        <span class="mono soft">{grouped(sample.step)}</span>
      )}
      <span class="sample-text">{text}</span>
    </li>
  );
});

/** Before there is a run: more of the pretrained model. */
function Pretrained() {
  const [written, setWritten] = useState<Lens[]>([]);
  const [busy, setBusy] = useState(false);
  const more = async () => {
    setBusy(true);
    const prompt = new TextEncoder().encode(promptOf("demo"));
    const made = await call("sample", {
      subject: "demo",
      prompt,
      n: DEMO_BYTES,
      sampling: { temperature: 0.6, top_p: 0.9, seed: written.length + 2 },
    });
    setBusy(false);
    if (made.ok) setWritten([made.lens, ...written].slice(0, 8));
  };
  const texts = lens.value && subject.value === "demo" ? [...written, lens.value] : written;
  return (
    <section class="panel samples" aria-label="Samples">
      <div class="spread">
        <h2>What the pretrained model writes</h2>
        <button onClick={() => void more()} disabled={busy || !models.value.demo}>
          Write another
        </button>
      </div>
      <ol class="sample-list" tabIndex={0} aria-label="Samples, newest first">
        {texts.map((l, i) => (
          <li key={texts.length - i}>
            <button
              class="link mono"
              onClick={() => {
                lens.value = l;
                subject.value = "demo";
                pin(null);
              }}
              title="Show it in the lens">
              {texts.length - i}
            </button>
            <span class="sample-text">
              <b>{textOf(l.text.subarray(0, l.given))}</b>
              {textOf(l.text.subarray(l.given))}
            </span>
          </li>
        ))}
      </ol>
      <p class="soft small">
        Press <b>Train</b>
        {step.value === 0 ? " (or Space)" : ""} and a new model starts from nothing, in this tab: its own samples appear here every second.
      </p>
    </section>
  );
}
