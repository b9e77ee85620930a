// What to train on: a generated text, a pasted one, or a file.

import { useState } from "preact/hooks";
import { FileButton } from "../parts/FileButton";
import { grouped, textOf } from "../parts/format";
import { change, corpus, openFile, ownText, presets, settings, useText } from "../state/store";

export function TextPanel() {
  const s = settings.value;
  const [pasting, setPasting] = useState(false);
  const c = corpus.value;
  return (
    <section class="panel stack">
      <h2>Text</h2>
      <label class="field">
        <span>Train on</span>
        <select
          value={pasting ? "paste" : s.corpus}
          onChange={(event) => {
            const value = event.currentTarget.value;
            setPasting(value === "paste");
            if (value === "paste") return;
            const preset = presets.value.find((p) => p.name === value);
            change({ corpus: value, ...(preset ? { prompt: preset.prompt } : {}) });
          }}>
          {presets.value.map((p) => (
            <option key={p.name} value={p.name} title={p.about}>
              {p.title}
            </option>
          ))}
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
            <pre class="head" tabIndex={0} aria-label="The beginning of the text">
              {textOf(c.head.subarray(0, 600))}
            </pre>
          </details>
        )
      )}
      <FileButton name="Open a file…" open={openFile} />
      <p class="soft small">A text to train on or a model. It never leaves this tab.</p>
    </section>
  );
}

function PasteBox({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  return (
    <div class="stack">
      <textarea
        rows={5}
        aria-label="Your text"
        placeholder="Some thousands of characters teach it words"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="row">
        <button
          onClick={() => {
            if (useText("your text", new TextEncoder().encode(text))) close();
          }}>
          Use it
        </button>
        <button onClick={close}>Cancel</button>
      </div>
    </div>
  );
}
