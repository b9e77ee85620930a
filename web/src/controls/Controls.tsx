// The left column: what to train on, the size, the recipe, and whether it fits a chip.

import { grouped } from "../parts/format";
import { OPTIONS, type Option } from "../state/options";
import { change, fit, reset, settings, settingsChanged, step } from "../state/store";
import { fitLine } from "../tabs/boards/fit-line";
import { OptionField } from "./OptionField";
import { TextPanel } from "./TextPanel";

export function Controls() {
  return (
    <aside class="controls stack" aria-label="Settings">
      <TextPanel />
      <section class="panel stack">
        <h2>Model</h2>
        <Options of={(o) => o.part === "model"} />
        <FitLine />
      </section>
      <section class="panel stack">
        <h2>Recipe</h2>
        <Options of={(o) => o.part !== "model"} />
        <label class="field">
          <span>Samples begin with</span>
          <input value={settings.value.prompt} maxLength={200} onInput={(event) => change({ prompt: event.currentTarget.value })} />
        </label>
        {settingsChanged.value && step.value > 0 && (
          <div class="changed small">
            <span>These settings are for the next run; this one goes on as it is.</span>{" "}
            <button onClick={() => void reset()}>Reset and use them</button>
          </div>
        )}
      </section>
    </aside>
  );
}

function Options({ of }: { of: (option: Option) => boolean }) {
  const at = (place: Option["place"]) =>
    OPTIONS.filter((o) => o.place === place && of(o)).map((o) => <OptionField key={o.key} option={o} />);
  return (
    <>
      <div class="fields">{at("front")}</div>
      <details class="small">
        <summary>All options</summary>
        <div class="fields">{at("rest")}</div>
      </details>
    </>
  );
}

function FitLine() {
  const of = fit.value;
  return (
    <p class="small" id="fit-line">
      {of ? (
        <>
          {grouped(of.parameters)} weights. {fitLine(of, settings.value.seq)}.
        </>
      ) : (
        "\u00a0"
      )}
    </p>
  );
}
