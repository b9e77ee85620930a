// Leave with a file: the model in every format that can hold it, as firmware, and the command that trains it again.

import type { ModelInfo } from "atome-lm";
import { useState } from "preact/hooks";
import type { Subject } from "../../engine/protocol";
import { Segmented, Select } from "../../parts/Choice";
import { grouped, kb } from "../../parts/format";
import { modelBehind, offered, runModelStep, subjectName } from "../../state/models";
import { idle, run, status, subject } from "../../state/store";
import { baseName, fileName, LEGACY_FILES, MODEL_FILES, type FileKind } from "./export-files";
import { ExportChip } from "./ExportChip";
import { ExportFile } from "./ExportFile";
import { ExportTraining } from "./ExportTraining";
import { exportFile, useModelInfo, useSizes, type Trits } from "./use-export";
import "./Export.css";

export default function Export() {
  const [picked, pick] = useState<Subject | null>(null);
  const wanted = picked ?? subject.value;
  const choices = offered(wanted);
  // What was wanted may be gone.
  const which = choices.includes(wanted) ? wanted : choices[0];
  return <div class="stack export-tab">{which ? <Model which={which} choices={choices} pick={pick} /> : <NoModel />}</div>;
}

function NoModel() {
  return (
    <>
      <section class="panel stack">
        <h2>Take the model with you</h2>
        <p class="soft">
          {idle.value
            ? "In a moment: the pretrained model as a file, in every format."
            : "No model is loaded: train one, or drop a model file on the page, and it can be saved here in every format."}
        </p>
      </section>
      <ExportTraining />
    </>
  );
}

function Model({ which, choices, pick }: { which: Subject; choices: Subject[]; pick: (subject: Subject) => void }) {
  const [trits, setTrits] = useState<Trits>("trit2");
  const { answer, error } = useModelInfo(which);
  const info = answer?.info;
  const sizes = useSizes(which, trits);
  const base = baseName(modelBehind(which), run.value?.textName ?? "", which === "run" ? runModelStep() : 0);
  const list = (kinds: FileKind[]) => (
    <ul class="export-files">
      {kinds.map((kind) => (
        <ExportFile
          key={kind.format}
          kind={kind}
          name={fileName(kind.format, base)}
          size={sizes[kind.format]}
          note={
            kind.format === "safetensors" && info && !info.has_float_weights
              ? "This model has lost its float weights: these are the codes times their scale."
              : ""
          }
          make={() => exportFile(which, kind.format, trits)}
        />
      ))}
    </ul>
  );
  return (
    <>
      <section class="panel stack">
        <h2>Take the model with you</h2>
        <div class="export-choice">
          <label class="field">
            <span>Model</span>
            <Select value={which} choices={choices.map((s) => [s, subjectName(s)])} set={pick} />
          </label>
          {info && <Packing info={info} trits={trits} choose={setTrits} />}
        </div>
        {which === "run" && status.value === "training" && (
          <p class="small soft">The run is training: a file holds the model of about the last second. Pause for an exact step.</p>
        )}
        {error && <p class="bad">{error}</p>}
        {!info && !error && <p class="soft">In a moment: this model as a file, in every format.</p>}
        {info && list(MODEL_FILES)}
      </section>
      {info && <ExportChip key={which} subject={which} info={info} trits={trits} base={base} header={sizes["c-header"]} />}
      <ExportTraining />
      {info && (
        <section class="panel stack">
          <h2>For the programs of the published kit</h2>
          <p class="export-about">
            These formats hold ternary models, ATOMEP3 those with the codes 0, ±1, ±3 and ±9, and none a feed-forward layer.
          </p>
          {list(LEGACY_FILES)}
        </section>
      )}
    </>
  );
}

function Packing({ info, trits, choose }: { info: ModelInfo; trits: Trits; choose: (trits: Trits) => void }) {
  const { trit2, trit5 } = info.flash;
  if (trit2 === trit5) return <p class="small soft">Only ternary codes can be packed in two ways: this model has one size.</p>;
  return (
    <div class="field">
      <span>Packing of .atome and model.h</span>
      <Segmented
        label="Packing of .atome and model.h"
        value={trits}
        choices={[
          ["trit2", `trit2, faster: ${kb(trit2)}`],
          ["trit5", `trit5, smaller: ${kb(trit5)}`],
        ]}
        set={choose}
      />
      <span class="visually-hidden">
        {grouped(trit2)} and {grouped(trit5)} bytes
      </span>
    </div>
  );
}
