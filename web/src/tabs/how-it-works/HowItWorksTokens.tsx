// Sections 1 and 2: tokens in and out, and the codes with which a token enters the model.

import type { Candidates } from "../../engine/protocol";
import { Figure } from "../../parts/Figure";
import { percent, tokenName, unitOf } from "../../parts/format";
import { useAnswer } from "../../parts/use-refresh";
import { call } from "../../state/store";
import { codeName, scaleOf, short } from "../weights/weights-data";
import type { HowModel } from "./how-model";
import { TokenChooser, useChosen } from "./HowItWorksToken";

const SHOWN = 9;
const CANDIDATES = 6;

export function TokensFigure() {
  const chosen = useChosen();
  const { answer, error } = useAnswer<Candidates>([chosen?.lens, chosen?.at], () => {
    if (!chosen) return null;
    return call("candidates", { subject: chosen.lens.subject, tokens: chosen.lens.tokens.slice(0, chosen.at + 1), n: CANDIDATES });
  });
  const candidates = answer?.candidates ?? [];
  if (!chosen) return null;
  const { lens, at } = chosen;
  const from = Math.max(0, at + 1 - SHOWN);
  const came = lens.tokens[at + 1],
    unit = unitOf(lens.tokenizer);
  return (
    <>
      <TokenChooser lens={lens} at={at} />
      <div class="how-in-out">
        <ol class="how-tokens" aria-label={`The ${unit}s it has read last`} start={from}>
          {lens.pieces.slice(from, at + 1).map((piece, i) => (
            <li key={from + i} class={from + i === at ? "now" : ""}>
              <b class="mono">{tokenName(piece)}</b>
              <span>{lens.tokens[from + i]}</span>
            </li>
          ))}
        </ol>
        <span class="how-arrow" aria-hidden="true">
          →
        </span>
        {error ? (
          <p class="bad">{error}</p>
        ) : (
          <table class="how-candidates">
            <caption>What it expects next</caption>
            <thead class="visually-hidden">
              <tr>
                <th scope="col">{unit}</th>
                <th scope="col">bar</th>
                <th scope="col">probability</th>
              </tr>
            </thead>
            <tbody>
              {candidates.map((c) => (
                <tr key={c.token} class={c.token === came ? "came" : ""}>
                  <th scope="row" class="mono">
                    {tokenName(c.text)}
                  </th>
                  <td>
                    <span class="probability" style={{ width: `${100 * c.probability}%` }} />
                  </td>
                  <td class="number">
                    {percent(c.probability)}
                    {c.token === came && <span class="small"> came</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </>
  );
}

/** A wider model shows its first codes only. */
const MOST_CODES = 256;

export function CodesFigure({ model }: { model: HowModel }) {
  const chosen = useChosen();
  if (!chosen) return null;
  const token = chosen.lens.tokens[chosen.at]!,
    name = tokenName(chosen.lens.pieces[chosen.at]!);
  const D = model.info.config.d_model;
  const { codes, values } = model.embed;
  const coded = codes.length > 0;
  const shown = Math.min(D, MOST_CODES);
  const row = Array.from((coded ? codes : values).subarray(token * D, token * D + shown));
  const scale = scaleOf(model.embed, token);
  const tone = (x: number) => (x > 0 ? "code-plus" : x < 0 ? "code-minus" : "code-zero");
  const sign = (x: number) => (x === 0 ? "" : coded && Math.abs(x) > 1 ? codeName(x) : x > 0 ? "+" : "−");
  const count = (test: (x: number) => boolean) => row.filter(test).length;
  const [plus, minus, zero] = [count((x) => x > 0), count((x) => x < 0), count((x) => x === 0)];
  const words = `${plus} plus, ${minus} minus, ${zero} zero${coded ? `; scale ${short(scale)}` : ""}`;
  return (
    <Figure
      caption={`The row of ${unitOf(chosen.lens.tokenizer)} ${name}`}
      table={() => ({
        head: coded ? ["number", "code", "value"] : ["number", "value"],
        rows: row.map((x, i) => (coded ? [`${i}`, codeName(x), short(x * scale)] : [`${i}`, short(x)])),
      })}>
      <p class="how-caption">
        <b class="mono byte">{name}</b> enters as {D} numbers{shown < D && `, of which ${shown} are shown`}: {words}.
      </p>
      <div class="how-codes" role="img" aria-label={`The row of ${unitOf(chosen.lens.tokenizer)} ${name}: ${words}`}>
        {row.map((x, i) => (
          <span key={i} class={tone(x)}>
            {sign(x)}
          </span>
        ))}
      </div>
    </Figure>
  );
}
