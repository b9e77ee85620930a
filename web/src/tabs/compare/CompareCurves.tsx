// The loss of both over their steps: A solid, B dashed.

import { useMemo, useState } from "preact/hooks";
import { Canvas } from "../../parts/Canvas";
import { Segmented } from "../../parts/Choice";
import { Figure } from "../../parts/Figure";
import { fixed, grouped } from "../../parts/format";
import { useFollow } from "../../parts/use-follow";
import { merged, type Curves, type Line } from "../../state/curve";
import { subjectName } from "../../state/models";
import { curves } from "../../state/store";
import { curvesOf } from "./compare-curves";
import { drawCurves } from "./compare-draw";
import type { Sides } from "./compare-pick";
import { Badge } from "./CompareSide";
import { kept } from "./kept";

const FOLLOW_MS = 500;
const MAX_ROWS = 100;
const WHICH: [keyof Curves, string][] = [
  ["train", "training"],
  ["valid", "validation"],
];
const NONE: Line = { steps: [], values: [] };

export function CompareCurves({ a, b }: Sides) {
  const [which, setWhich] = useState<keyof Curves>("train");
  const followed = useFollow(() => curves.value, FOLLOW_MS);
  const keptNow = kept.value;
  // Lines of the run grow in place: a fresh object says so.
  const lines = useMemo(
    () => ({ a: lineOf(a, which), b: lineOf(b, which) }),
    [a, b, which, keptNow, a === "run" || b === "run" ? followed : 0],
  );
  const of = which === "train" ? "training" : "validation";
  return (
    <section class="panel stack">
      <div class="spread">
        <h2>How they learned</h2>
        <Segmented label="Loss of which text" value={which} choices={WHICH} set={setWhich} />
      </div>
      <ul class="compare-legend small">
        {(["a", "b"] as const).map((side) => (
          <Key key={side} side={side} subject={side === "a" ? a : b} line={lines[side]} />
        ))}
      </ul>
      <Figure
        caption={`Loss in ${of}`}
        table={() => {
          const rows = merged(lines.a, lines.b);
          const every = Math.max(1, Math.ceil(rows.length / MAX_ROWS));
          return {
            head: ["step", "A, bits per byte", "B, bits per byte"],
            rows: rows.filter((_, i) => i % every === 0 || i === rows.length - 1).map((r) => [grouped(r.step), fixed(r.a), fixed(r.b)]),
          };
        }}>
        <Canvas
          height={260}
          input={[lines]}
          draw={(context, width, height) => drawCurves(context, width, height, lines)}
          label={`Bits per byte of the ${of} text over steps: A ${ending(lines.a)}, B ${ending(lines.b)}`}
        />
      </Figure>
    </section>
  );
}

function lineOf(subject: Sides["a"], which: keyof Curves): Line {
  return curvesOf(subject)?.[which] ?? NONE;
}
const ending = (line: Line) => (line.steps.length > 0 ? `ends at ${fixed(line.values.at(-1), 2)}` : "has no curve");

function Key({ side, subject, line }: { side: "a" | "b"; subject: Sides["a"]; line: Line }) {
  const end = line.values.at(-1);
  return (
    <li>
      <span class={`stroke stroke-${side}`} aria-hidden="true" /> <Badge side={side} /> {subjectName(subject)}
      <span class="soft">
        {end !== undefined
          ? `: ${fixed(end, 2)} bits per byte at step ${grouped(line.steps.at(-1)!)}`
          : subject === "file"
            ? ": a file carries no curve"
            : ": no curve yet; it grows with the training"}
      </span>
    </li>
  );
}
