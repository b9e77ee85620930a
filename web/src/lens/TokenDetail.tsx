// The token in focus: its mix per layer, the last router's entropy, its loss; when it is pinned, what the model expects next, and
// what it would expect with a pathway switched off or alone.

import type { Pathway } from "atome-lm";
import { useState } from "preact/hooks";
import type { Candidates } from "../engine/protocol";
import { fixed, GLYPH, percent, tokenName, unitOf } from "../parts/format";
import { useAnswer } from "../parts/use-refresh";
import { call, focus, lens, pin, pinned } from "../state/store";
import { entropyAt, lossOf, mixAt, mostEntropy } from "./lens-data";

export function TokenDetail() {
  const l = lens.value!;
  const at = focus.value;
  if (at === null || at >= l.tokens.length) return <Overall />;
  const T = l.tokens.length,
    P = l.pathways.length,
    L = l.config.n_layers;
  const loss = lossOf(l, at);
  return (
    <div class="detail">
      <div class="spread">
        <h3>
          {unitOf(l.tokenizer)} {at}: <span class="mono byte">{tokenName(l.pieces[at]!)}</span>{" "}
          <span class="soft small">
            {l.tokenizer === "bytes" ? `0x${l.tokens[at]!.toString(16).padStart(2, "0")}` : `#${l.tokens[at]}`}
          </span>
        </h3>
        <span class="small">
          last router&apos;s entropy <b>{fixed(entropyAt(l, at), 2)}</b> of {fixed(mostEntropy(l), 2)} nats
          {loss !== null && (
            <>
              {" "}
              · cost <b>{fixed(loss / Math.LN2, 1)}</b> bits
            </>
          )}
        </span>
      </div>
      <div class="mixes">
        {Array.from({ length: L }, (_, layer) => (
          <MixBar
            key={layer}
            name={`L${layer + 1}`}
            pathways={l.pathways}
            weights={Array.from(l.router.subarray((layer * T + at) * P, (layer * T + at + 1) * P))}
          />
        ))}
      </div>
      {pinned.value === at ? <Pinned at={at} /> : <p class="soft small">Click it, or press Enter, to see what comes next.</p>}
    </div>
  );
}

function Overall() {
  const l = lens.value!;
  const T = l.tokens.length;
  let entropy = 0,
    nats = 0;
  const mix = l.pathways.map(() => 0);
  for (let t = 0; t < T; t++) {
    entropy += entropyAt(l, t) / T;
    nats += l.nats[t]!;
    mixAt(l, t).forEach((share, p) => (mix[p]! += share / T));
  }
  return (
    <div class="detail">
      <div class="spread">
        <h3>The whole text</h3>
        <span class="small">
          last router&apos;s mean entropy <b>{fixed(entropy, 2)}</b> of {fixed(mostEntropy(l), 2)} nats
          {T > 1 && (
            <>
              {" "}
              · <b>{fixed(nats / (l.text.length - l.pieces[0]!.length) / Math.LN2, 2)}</b> bits per byte of text
            </>
          )}
        </span>
      </div>
      <div class="mixes">
        <MixBar name="all" pathways={l.pathways} weights={mix} />
      </div>
      <p class="soft small">
        Point at a {unitOf(l.tokenizer)} to see how it was read; click to pin it. With the keyboard: arrow keys, Enter.
      </p>
    </div>
  );
}

export function MixBar({ name, pathways, weights }: { name: string; pathways: Pathway[]; weights: number[] }) {
  return (
    <div class="mix">
      <span class="soft small">{name}</span>
      <div class="bar-of" role="img" aria-label={`${name}: ${pathways.map((p, i) => `${p} ${percent(weights[i]!)}`).join(", ")}`}>
        {pathways.map((p, i) => (
          <span key={p} style={{ width: `${100 * weights[i]!}%`, background: `var(--${p}-fill)` }}>
            {weights[i]! > 0.16 ? (
              <>
                {GLYPH[p]} {Math.round(100 * weights[i]!)}
              </>
            ) : (
              ""
            )}
          </span>
        ))}
      </div>
    </div>
  );
}

const SHOWN = 6;
type Change = { kind: "without" | "only"; pathway: Pathway } | null;

function Pinned({ at }: { at: number }) {
  const l = lens.value!;
  const [change, setChange] = useState<Change>(null);
  const tokens = l.tokens.slice(0, at + 1);
  const plain = useAnswer<Candidates>([l, at], () => call("candidates", { subject: l.subject, tokens, n: SHOWN }));
  const changed = useAnswer<Candidates>([l, at, change], () => {
    if (!change) return null;
    const keep = l.pathways.filter((p) => (p === change.pathway) === (change.kind === "only"));
    return call("candidates", { subject: l.subject, tokens, keep, n: SHOWN });
  });

  const pressed = (kind: "without" | "only", pathway: Pathway) => change?.kind === kind && change.pathway === pathway;
  const choose = (kind: "without" | "only", pathway: Pathway) => setChange(pressed(kind, pathway) ? null : { kind, pathway });
  const next = l.tokens[at + 1];
  return (
    <div class="pinned-detail">
      <div class="candidates">
        <Expected title="comes next" result={plain.answer} next={next} />
        {change && <Expected title={`${change.kind} ${GLYPH[change.pathway]} ${change.pathway}`} result={changed.answer} next={next} />}
      </div>
      {(plain.error || changed.error) && <p class="bad small">{plain.error || changed.error}</p>}
      {l.pathways.length > 1 && (
        <div class="switches small" role="group" aria-label="Change the pathways of the whole model">
          {(["without", "only"] as const).map((kind) => (
            <span class="row" key={kind}>
              <span class="soft">{kind === "without" ? "switch off" : "force"}</span>
              {l.pathways.map((p) => (
                <button key={p} class={`chip ${p}`} aria-pressed={pressed(kind, p)} onClick={() => choose(kind, p)}>
                  {GLYPH[p]} {p}
                </button>
              ))}
            </span>
          ))}
          <button class="chip" onClick={() => pin(at)}>
            unpin
          </button>
        </div>
      )}
    </div>
  );
}

function Expected({ title, result, next }: { title: string; result: Candidates | null; next: number | undefined }) {
  return (
    <table class="small">
      <caption class="soft">{title}</caption>
      <tbody>
        {(result?.candidates ?? []).map(({ token, text, probability }) => (
          <tr key={token} class={token === next ? "came" : ""}>
            <th scope="row" class="mono">
              {tokenName(text)}
            </th>
            <td>
              <span class="probability" style={{ width: `${Math.max(1, 100 * probability)}%` }} />
            </td>
            <td class="number">{percent(probability)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
