// Which two models; and the ways to have another one in memory.

import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Subject } from "../../engine/protocol";
import { Select } from "../../parts/Choice";
import { FileButton } from "../../parts/FileButton";
import { available, subjectName } from "../../state/models";
import { models, openFile, ownText, run, step } from "../../state/store";
import { choose, chooseFreely, sides } from "./compare-choice";
import { Badge } from "./CompareSide";
import { keepForComparison } from "./kept";

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
      <Select
        aria-label={`Model ${side.toUpperCase()}`}
        disabled={!two}
        value={two?.[side]}
        choices={available.value.map((s) => [s, optionName(s)])}
        set={(subject: Subject) => choose(side, subject)}
      />
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
      <FileButton name="Open a file as B…" open={open} />
      {note && (
        <span class="small" role="status">
          {note}
        </span>
      )}
    </>
  );
}
