// The left column: what to train on, the size, the recipe, and whether it fits a chip.

import { useState } from "preact/hooks";
import type { Pathway, Quantizer, TrainOptions } from "atome-lm";
import { outOfRange, PATHWAYS, QUANTIZERS, RANGES, SCHEDULES, type Settings } from "../state/settings";
import {
  change, corpus, fit, notify, openFile, ownText, presets, reset, settings, settingsChanged, step, useText,
} from "../state/store";
import { fitLine } from "../tabs/boards/fit-line";
import { GLYPH, grouped, textOf } from "../parts/format";

export function Controls() {
  return (
    <aside class="controls stack" aria-label="Settings">
      <CorpusPanel />
      <SizePanel />
      <RecipePanel />
    </aside>
  );
}

function CorpusPanel() {
  const s = settings.value;
  const [pasting, setPasting] = useState(false);
  const c = corpus.value;
  return (
    <section class="panel stack">
      <h2>Text</h2>
      <label class="field">
        <span>Train on</span>
        <select value={pasting ? "paste" : s.corpus} onChange={(event) => {
          const value = event.currentTarget.value;
          setPasting(value === "paste");
          if (value === "paste") return;
          const preset = presets.value.find((p) => p.name === value);
          change({ corpus: value, ...(preset ? { prompt: preset.prompt } : {}) });
        }}>
          {presets.value.map((p) => <option key={p.name} value={p.name} title={p.about}>{p.title}</option>)}
          {ownText.value && <option value="text">{ownText.value.name}</option>}
          <option value="paste">Paste a text…</option>
        </select>
      </label>
      {pasting ? (
        <PasteBox close={() => setPasting(false)} />
      ) : (
        c && (
          <details class="small">
            <summary>{grouped(c.bytes)} bytes; its beginning</summary>
            <pre class="head" tabIndex={0} aria-label="The beginning of the text">{textOf(c.head.subarray(0, 600))}</pre>
          </details>
        )
      )}
      <label class="button file">
        Open a file…
        <input type="file" class="visually-hidden" onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) void openFile(file);
          event.currentTarget.value = "";
        }} />
      </label>
      <p class="soft small">A text to train on or a model. It never leaves this tab.</p>
    </section>
  );
}

function PasteBox({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  return (
    <div class="stack">
      <textarea rows={5} aria-label="Your text" placeholder="Some thousands of characters teach it words" value={text}
                onInput={(event) => setText(event.currentTarget.value)} />
      <div class="row">
        <button onClick={() => { if (useText("your text", new TextEncoder().encode(text))) close(); }}>Use it</button>
        <button onClick={close}>Cancel</button>
      </div>
    </div>
  );
}

type NumberKey = keyof typeof RANGES;

function NumberField({ name, setting, title }: { name: string; setting: NumberKey; title: string }) {
  const [text, setText] = useState<string | null>(null);
  const value = settings.value[setting];
  const wrong = text === null ? null : outOfRange(setting, text.trim() === "" ? NaN : Number(text));
  return (
    <label class="field" title={title}>
      <span>{name}</span>
      <input inputMode="decimal" value={text ?? String(value)} aria-invalid={wrong ? "true" : undefined}
             onInput={(event) => {
               const typed = event.currentTarget.value;
               setText(typed);
               const number = typed.trim() === "" ? NaN : Number(typed);
               if (!outOfRange(setting, number)) change({ [setting]: number });
             }}
             onBlur={() => {
               if (wrong) notify(`${name}: ${wrong}; ${value} stays`, true);
               setText(null);
             }} />
      {wrong && <span class="bad">{wrong}</span>}
    </label>
  );
}

function SizePanel() {
  const s = settings.value;
  return (
    <section class="panel stack">
      <h2>Model</h2>
      <div class="fields">
        <NumberField name="Width" setting="d_model" title="d_model: numbers that stand for a byte" />
        <NumberField name="Layers" setting="n_layers" title="n_layers" />
        <NumberField name="Feed-forward" setting="d_ff" title="d_ff: 0 is the published block" />
        <NumberField name="Head" setting="d_head" title="d_head: size of keys and queries" />
      </div>
      <details class="small">
        <summary>More</summary>
        <div class="fields">
          <NumberField name="Top-k" setting="top_k" title="top_k: bytes that attention keeps" />
          <NumberField name="Taps" setting="kernel_size" title="kernel_size: bytes that the convolution sees" />
          <label class="field">
            <span>Weights</span>
            <select value={s.quantizer} onChange={(event) => change({ quantizer: event.currentTarget.value as Quantizer })}>
              {QUANTIZERS.map((q) => <option key={q} value={q}>{q === "none" ? "float" : q}</option>)}
            </select>
          </label>
          <fieldset class="pathways">
            <legend class="soft small">Pathways</legend>
            {PATHWAYS.map((p) => <PathwayBox key={p} pathway={p} />)}
          </fieldset>
        </div>
      </details>
      <p class="small" id="fit-line">
        {fit.value ? <>{grouped(fit.value.parameters)} weights. {fitLine(fit.value, s.seq)}.</> : "\u00a0"}
      </p>
    </section>
  );
}

function PathwayBox({ pathway }: { pathway: Pathway }) {
  const off = settings.value.disable_pathways;
  const on = !off.includes(pathway);
  return (
    <label class={`check ${pathway}`}>
      <input type="checkbox" checked={on} onChange={() => {
        const next = on ? [...off, pathway] : off.filter((p) => p !== pathway);
        if (next.length === PATHWAYS.length) {
          notify("one pathway has to stay on");
          // The box shows what is set.
          settings.value = { ...settings.value };
        } else {
          change({ disable_pathways: PATHWAYS.filter((p) => next.includes(p)) });
        }
      }} />
      {GLYPH[pathway]} {pathway}
    </label>
  );
}

function RecipePanel() {
  const s = settings.value;
  return (
    <section class="panel stack">
      <h2>Recipe</h2>
      <div class="fields">
        <NumberField name="Steps" setting="steps" title="steps of the whole run" />
        <NumberField name="Rate" setting="lr" title="lr: the peak learning rate" />
      </div>
      <details class="small">
        <summary>More</summary>
        <div class="fields">
          <NumberField name="Batch" setting="batch" title="batch: sequences a step" />
          <NumberField name="Sequence" setting="seq" title="seq: bytes of a sequence, and the window of attention" />
          <label class="field">
            <span>Schedule</span>
            <select value={s.schedule} onChange={(event) => change({ schedule: event.currentTarget.value as TrainOptions["schedule"] })}>
              {SCHEDULES.map((name) => <option key={name} value={name}>{name}</option>)}
            </select>
          </label>
          <NumberField name="Weight decay" setting="weight_decay" title="weight_decay of AdamW" />
          <NumberField name="Clip" setting="clip" title="clip: largest norm of the gradient, 0: none" />
          <NumberField name="Text, KB" setting="corpus_kb" title="size of a generated text" />
          <label class="check">
            <input type="checkbox" checked={s.plateau} onChange={() => change({ plateau: !s.plateau } as Partial<Settings>)} />
            stop at a plateau
          </label>
        </div>
      </details>
      <label class="field">
        <span>Samples begin with</span>
        <input value={s.prompt} maxLength={200} onInput={(event) => change({ prompt: event.currentTarget.value })} />
      </label>
      {settingsChanged.value && step.value > 0 && (
        <div class="changed small">
          <span>These settings are for the next run; this one goes on as it is.</span>{" "}
          <button onClick={() => void reset()}>Reset and use them</button>
        </div>
      )}
    </section>
  );
}
