// Which two models; and the ways to have another one in memory.

import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Subject } from "../../engine/protocol";
import { models, openFile, ownText, run, step } from "../../state/store";
import { choose, chooseFreely, sides } from "./compare-choice";
import { Badge } from "./CompareSide";
import { keepForComparison } from "./kept";
import { available, subjectName } from "../../state/models";

export function CompareChoice() {
  const trained = useComputed(() => run.value !== null && step.value > 0).value;
  const [busy, setBusy] = useState(false);
  const keep = async () => {
    setBusy(true);
    if (await keepForComparison()) chooseFreely();
    setBusy(false);
  };
  return (
    <section class="panel stack">
      <h2>Two models side by side</h2>
      <div class="compare-choice">
        <Chooser side="a" />
        <Chooser side="b" />
      </div>
      <div class="row">
        <button onClick={() => void keep()} disabled={!trained || busy}>
          Keep this run for comparison
        </button>
        <FileAsB />
      </div>
      <p class="soft small">
        {!trained
          ? "Press Train and the new model can be held against the pretrained one. "
          : "Keep this run, change a setting, press Reset and train again: the two runs then stand here. "}
        One kept run and one file are in memory at a time.
      </p>
    </section>
  );
}

function Chooser({ side }: { side: "a" | "b" }) {
  const two = sides.value;
  return (
    <label class="compare-chooser">
      <Badge side={side} />
      <select
        aria-label={`Model ${side.toUpperCase()}`}
        disabled={!two}
        value={two?.[side]}
        onChange={(event) => choose(side, event.currentTarget.value as Subject)}>
        {available.value.map((s) => (
          <option key={s} value={s}>
            {optionName(s)}
          </option>
        ))}
      </select>
    </label>
  );
}
const optionName = (subject: Subject) =>
  subject === "file" ? `file: ${subjectName(subject)}` : subject === "kept" ? `kept: ${subjectName(subject)}` : subjectName(subject);

function FileAsB() {
  const [note, setNote] = useState("");
  const open = async (file: File) => {
    setNote("");
    const before = models.value.file,
      text = ownText.value;
    await openFile(file);
    if (models.value.file !== before) choose("b", "file");
    else if (ownText.value !== text) setNote(`${file.name} is not a model: it became the text to train on.`);
  };
  return (
    <>
      <label class="button file">
        Open a file as B…
        <input
          type="file"
          class="visually-hidden"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void open(file);
            event.currentTarget.value = "";
          }}
        />
      </label>
      {note && (
        <span class="small" role="status">
          {note}
        </span>
      )}
    </>
  );
}
