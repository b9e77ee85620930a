// Two models side by side: what each writes, how each learned, what each costs.

import { available } from "../../state/models";
import { status } from "../../state/store";
import { sides } from "./compare-choice";
import { CompareChoice } from "./CompareChoice";
import { CompareCurves } from "./CompareCurves";
import { CompareFigures } from "./CompareFigures";
import { CompareSamples } from "./CompareSamples";
import "./Compare.css";

export default function Compare() {
  const two = sides.value;
  return (
    <div class="stack compare-tab">
      <CompareChoice />
      {two ? (
        <>
          <CompareSamples {...two} />
          <CompareCurves {...two} />
          <CompareFigures {...two} />
        </>
      ) : (
        <p class="panel soft">
          {status.value === "loading" && available.value.length === 0
            ? "In a moment: two models side by side."
            : "Here two models will stand side by side, and there is only one: open a file, or press Train."}
        </p>
      )}
    </div>
  );
}
