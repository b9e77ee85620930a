// Sections 4 and 5: the router's weights for the chosen token, and their entropy.

import { MixBar } from "../../lens/TokenDetail";
import { DataTable } from "../../parts/Figure";
import { fixed, GLYPH } from "../../parts/format";
import { entropyRange, mixesAt } from "./how-data";
import { TokenChooser, useChosen } from "./HowItWorksToken";

export function RouterFigure() {
  const chosen = useChosen();
  if (!chosen) return null;
  const { lens, at } = chosen;
  const mixes = mixesAt(lens, at);
  return (
    <>
      <TokenChooser lens={lens} at={at} />
      <div class="mixes how-mixes">
        {mixes.map((m, l) => (
          <MixBar key={l} name={`L${l + 1}`} pathways={lens.pathways} weights={m.weights} />
        ))}
      </div>
      <DataTable
        caption="The router's weights for this token"
        table={{
          head: ["layer", ...lens.pathways.map((p) => `${GLYPH[p]} ${p}`), "sum"],
          rows: mixes.map((m, l) => [`L${l + 1}`, ...m.weights.map((w) => fixed(w)), fixed(m.weights.reduce((a, b) => a + b, 0))]),
        }}
      />
    </>
  );
}

export function EntropyFigure() {
  const chosen = useChosen();
  if (!chosen) return null;
  const { lens, at } = chosen;
  const P = lens.pathways.length;
  if (P < 2) return <p class="how-caption">This model has one pathway: there is nothing to decide, and the entropy is always 0.</p>;
  const most = Math.log(P);
  const mixes = mixesAt(lens, at);
  const first = mixes[0]!;
  const place = (nats: number) => `${(100 * Math.min(nats / most, 1)).toFixed(2)}%`;
  return (
    <>
      <p class="how-formula mono">
        L1: −(
        {first.weights.map((w, p) => (
          <span key={p}>
            {p > 0 && " + "}
            <span class={lens.pathways[p]}>{GLYPH[lens.pathways[p]!]}</span> {fixed(w, 2)} ln {fixed(w, 2)}
          </span>
        ))}
        ) = <b>{fixed(first.entropy, 2)}</b> nats
      </p>
      <div class="how-gauges">
        {mixes.map((m, l) => {
          const range = entropyRange(lens, l);
          const label = `layer ${l + 1}: ${fixed(m.entropy, 3)} nats; in this text from ${fixed(range.least, 2)} to ${fixed(range.most, 2)}`;
          return (
            <div key={l} class="how-gauge">
              <span class="small soft">L{l + 1}</span>
              <div class="how-track" role="img" aria-label={label}>
                <span class="range" style={{ left: place(range.least), right: `calc(100% - ${place(range.most)})` }} />
                <span class="mark" style={{ left: place(m.entropy) }} />
              </div>
              <span class="mono small">{fixed(m.entropy, 3)}</span>
            </div>
          );
        })}
        <div class="how-gauge small soft" aria-hidden="true">
          <span />
          <div class="spread">
            <span>0: decided</span>
            <span>
              ln {P} = {fixed(most, 2)}: undecided
            </span>
          </div>
          <span />
        </div>
      </div>
      <p class="how-caption">The mark is this token; the shaded part is where all tokens of this text lie.</p>
    </>
  );
}
