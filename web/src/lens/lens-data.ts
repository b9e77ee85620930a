// What the lens shows, computed from a Lens: the mix and the entropy at a token, tints, words.

import type { Lens } from "../engine/protocol";
import { fixed, GLYPH, percent, tokenName, unitOf } from "../parts/format";
import type { LensMode } from "../state/url";

/** Of a router over the model's pathways, nats; with one pathway all entropies are 0. */
export const mostEntropy = (lens: Lens) => Math.log(Math.max(2, lens.pathways.length));
/** A loss at which a token counts as wholly surprising, nats. */
const MAX_LOSS = 5;
/** The strongest tint's opacity: text on it keeps a contrast of 4.5, in both themes. */
export const MOST_TINT = 0.54;

/** (P): the mean over layers of the router's weights at a position. */
export function mixAt(lens: Lens, t: number): number[] {
  const T = lens.tokens.length,
    P = lens.pathways.length,
    L = lens.config.n_layers;
  const mix = Array<number>(P).fill(0);
  for (let l = 0; l < L; l++) for (let p = 0; p < P; p++) mix[p]! += lens.router[(l * T + t) * P + p]! / L;
  return mix;
}
/** Of the last layer's router: the one that the option router_calibration trains to say how unsure the prediction is. */
export function entropyAt(lens: Lens, t: number): number {
  return lens.entropy[(lens.config.n_layers - 1) * lens.tokens.length + t]!;
}
/** The loss of token t itself, in nats: what the one before made of it. Unknown for the first. */
export const lossOf = (lens: Lens, t: number) => (t === 0 ? null : lens.nats[t - 1]!);

/** How many tokens were given, all of each. */
export function givenTokens(lens: Lens): number {
  let at = 0;
  const first = lens.pieces.findIndex((piece) => (at += piece.length) > lens.given);
  return first < 0 ? lens.pieces.length : first;
}

/** The pathway with the largest share. */
export function strongest(lens: Lens, t: number) {
  const mix = mixAt(lens, t);
  const p = mix.indexOf(Math.max(...mix));
  return { pathway: lens.pathways[p]!, share: mix[p]! };
}

export function describe(lens: Lens, t: number): string {
  const text = lens.pieces[t];
  if (text === undefined) return "";
  const { pathway, share } = strongest(lens, t);
  const loss = lossOf(lens, t);
  return (
    `${unitOf(lens.tokenizer)} ${t}: ${tokenName(text)}, mostly ${GLYPH[pathway]} ${pathway}, ${percent(share)}; router entropy ` +
    `${fixed(entropyAt(lens, t), 2)} nats${loss === null ? "" : `; loss ${fixed(loss / Math.LN2, 1)} bits`}`
  );
}

export type Tints = { strength: number; pathway: string }[];

/** Strength in 0..1 for each token. Router entropy is shown against the spread within this text, because a model
 *  often uses only a part of the range; the legend says "decided" to "undecided". */
export function tintsOf(lens: Lens, mode: LensMode): Tints {
  const T = lens.tokens.length;
  const tints: Tints = [];
  let least = Infinity,
    most = -Infinity;
  for (let t = 0; t < T; t++) {
    const e = entropyAt(lens, t);
    least = Math.min(least, e);
    most = Math.max(most, e);
  }
  for (let t = 0; t < T; t++) {
    const { pathway, share } = strongest(lens, t);
    const strength =
      mode === "entropy"
        ? most > least
          ? (entropyAt(lens, t) - least) / (most - least)
          : 0
        : mode === "loss"
          ? Math.min((lossOf(lens, t) ?? 0) / MAX_LOSS, 1)
          : Math.max(0, (share - 1 / 3) * 1.5);
    tints.push({ strength, pathway });
  }
  return tints;
}

export function tint(tints: Tints, t: number, mode: LensMode): string {
  const { strength, pathway } = tints[t]!;
  if (mode === "mix") return `color-mix(in srgb, var(--${pathway}-fill) ${Math.round(12 + 44 * strength)}%, transparent)`;
  return `rgb(var(--${mode}) / ${(MOST_TINT * strength).toFixed(2)})`;
}
