// Sections 7 and 8: what a chip must hold, and why every machine gives the same bits.

import { grouped, kb } from "../../parts/format";
import { trainCommand } from "../../state/settings";
import { digest, lens, run, setView, status } from "../../state/store";
import { about, codeSums, floatBits, sumBothWays } from "./how-data";
import type { HowModel } from "./how-model";

export function FlashFigure({ model: { info, fit, window } }: { model: HowModel }) {
  const floats = 4 * info.parameters;
  const { trit2, trit5 } = info.flash;
  const rows: [string, number][] = [
    ["as 32-bit floats", floats],
    [trit2 === trit5 ? "as the file holds it" : "four codes a byte", trit2],
  ];
  if (trit5 !== trit2) rows.push(["five codes a byte", trit5]);
  const most = Math.max(...rows.map(([, bytes]) => bytes));
  const ram = fit.ram[0],
    sums = codeSums(info);
  return (
    <>
      <table class="how-flash">
        <caption>Flash for {grouped(info.parameters)} weights</caption>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">how</th>
            <th scope="col">bar</th>
            <th scope="col">size</th>
            <th scope="col">bytes per weight</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, bytes]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="how-bar">
                <span style={{ width: `${(100 * bytes) / most}%` }} />
              </td>
              <td class="number">
                <b>{kb(bytes)}</b>
              </td>
              <td class="number soft">
                {(bytes / info.parameters).toFixed(2)} <span class="how-unit">bytes each</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl class="how-facts">
        {sums > 0 && (
          <div>
            <dt>Additions of codes for one token</dt>
            <dd>about {grouped(about(sums))}</dd>
          </div>
        )}
        {ram && (
          <div>
            <dt>RAM at a window of {window}</dt>
            <dd>{kb(ram.bytes)}</dd>
          </div>
        )}
      </dl>
      <p>
        <button class="link" onClick={() => setView({ tab: "boards" })}>
          See it against real boards
        </button>
      </p>
    </>
  );
}

export function OrderFigure() {
  const l = lens.value;
  if (!l) return null;
  const { forward, backward, apart } = sumBothWays(l.entropy);
  const [a, b] = [floatBits(forward), floatBits(backward)];
  return (
    <>
      <table class="how-order">
        <caption>The {grouped(l.entropy.length)} router entropies of this text, added as 32-bit floats</caption>
        <thead>
          <tr>
            <th scope="col">order</th>
            <th scope="col">sum</th>
            <th scope="col">its bits</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">first to last</th>
            <td class="mono">{forward.toFixed(5)}</td>
            <td class="mono">
              <Digits of={a} other={b} />
            </td>
          </tr>
          <tr>
            <th scope="row">last to first</th>
            <td class="mono">{backward.toFixed(5)}</td>
            <td class="mono">
              <Digits of={b} other={a} />
            </td>
          </tr>
        </tbody>
      </table>
      <p class="how-caption">
        {apart ? (
          <>
            The same numbers, and the sums are {grouped(apart)} of the smallest possible step{apart > 1 && "s"} apart.
          </>
        ) : (
          "Here both orders happen to agree; another text will not be so kind."
        )}
      </p>
    </>
  );
}

const Digits = ({ of, other }: { of: string; other: string }) => (
  <>{[...of].map((digit, i) => (digit === other[i] ? digit : <mark key={i}>{digit}</mark>))}</>
);

export function DigestFigure() {
  const r = run.value;
  if (!r || !digest.value) return null;
  const own = r.settings.corpus === "text" ? (r.own?.name ?? "text.txt") : r.textName;
  return (
    <>
      <p class="how-digest">
        <span class="soft">Weights of this page's run{status.value === "training" && ", when they were last saved"}</span>
        <b class="mono">{digest.value.replace(/(.{4})(?=.)/g, "$1 ")}</b>
      </p>
      <details class="small">
        <summary>The commands that give the same weights in a terminal</summary>
        <pre tabIndex={0}>{trainCommand(r.settings, own)}</pre>
      </details>
    </>
  );
}
