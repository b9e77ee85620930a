// What the measurements of the Uncertainty tab say, in plain words and as points to draw.

import type { UncertaintySignal } from "atome-lm";
import type { Api } from "../../engine/protocol";

export type Measured = ReturnType<Api["uncertainty"]>;

/** What is predicted: bytes, or tokens of which some are longer. */
export const unitIn = (m: Measured) => (m.bytes.every((n) => n === 1) ? "byte" : "token");

export const isRouterMean = (s: UncertaintySignal) => s.name === "mean_router_entropy";
/** That of the last layer: the router that can be trained as a signal. */
export const lastRouter = (m: Measured) => m.signals.filter((s) => s.layer !== null).at(-1);
export const isPredictive = (s: UncertaintySignal) => s.name === "predictive_entropy";

export function signalName(s: UncertaintySignal): string {
  if (s.layer !== null) return `router, layer ${s.layer + 1}`;
  if (isRouterMean(s)) return "router, mean of layers";
  return isPredictive(s) ? "predictive entropy" : "1 − largest probability";
}

/** What a signal tells of wrong predictions. 0.5 is chance; well below it, the signal is upside down. */
export function strength(auroc: number): string {
  if (auroc < 0.45) return "The last router's entropy is upside down here: it is surer where the model errs";
  const words = auroc < 0.55 ? "little or nothing" : auroc < 0.62 ? "a little" : auroc < 0.75 ? "a fair amount" : "a lot";
  return `The last router's entropy says ${words} about errors here`;
}

/** Fewer predictions than this say little about any signal. */
const FEW = 300;

export function verdict(m: Measured): string {
  const router = lastRouter(m),
    predictive = m.signals.find(isPredictive);
  if (m.mean.every((nats) => nats === 0)) return "With one pathway the router has nothing to decide, so its entropy says nothing.";
  if (!router || router.auroc === null)
    return `The model is ${m.accuracy === 1 ? "right" : "wrong"} at every ${unitIn(m)} of this text, so nothing can be said about its errors.`;
  const few = m.predictions < FEW ? `Only ${m.predictions} ${unitIn(m)}s, so take this with care. ` : "";
  const first = `${strength(router.auroc)}: AUROC ${router.auroc.toFixed(2)}, where 0.5 is chance.`;
  const second = predictive?.auroc == null ? "" : ` The entropy of the prediction itself reaches ${predictive.auroc.toFixed(2)}.`;
  const third =
    router.partial === null
      ? ""
      : Math.abs(router.partial) < 0.05
        ? " What the router knows, the prediction knows already."
        : ` Beside the prediction, the router still adds something (partial correlation ${router.partial.toFixed(2)}).`;
  return few + first + second + third;
}

/** A bar within a cell, as shares of its width from 0 to 1; null: no value, no bar. */
export interface Bar {
  from: number;
  to: number;
}
/** From the middle of a range, which says nothing, to the value. */
export function barFromMiddle(value: number | null, least: number, most: number): Bar | null {
  if (value === null) return null;
  const at = Math.min(1, Math.max(0, (value - least) / (most - least)));
  return { from: Math.min(0.5, at), to: Math.max(0.5, at) };
}
export const barFromZero = (value: number, most: number): Bar => ({ from: 0, to: most > 0 ? Math.min(1, value / most) : 0 });

export interface Bin {
  x: number;
  y: number;
  count: number;
}

/** Mean of y in bins of equal width of x; empty ones are left out. */
export function bins(x: ArrayLike<number>, y: ArrayLike<number>, most: number, count = 12): Bin[] {
  const sums = Array.from({ length: count }, () => ({ x: 0, y: 0, count: 0 }));
  for (let i = 0; i < x.length; i++) {
    const bin = sums[Math.min(count - 1, Math.max(0, Math.floor((x[i]! / most) * count)))]!;
    bin.x += x[i]!;
    bin.y += y[i]!;
    bin.count++;
  }
  return sums.filter((b) => b.count > 0).map((b) => ({ x: b.x / b.count, y: b.y / b.count, count: b.count }));
}

/** Share of wrong predictions among the surest, by share of them taken. `points` points, ascending coverage. */
export function riskCoverage(signal: Float32Array, correct: Uint8Array, points = 50): { coverage: number; risk: number }[] {
  const N = signal.length,
    order = ascending(signal);
  const curve: { coverage: number; risk: number }[] = [];
  let wrong = 0,
    next = 1;
  for (let n = 1; n <= N; n++) {
    wrong += correct[order[n - 1]!] ? 0 : 1;
    if (n < Math.ceil((next * N) / points)) continue;
    curve.push({ coverage: n / N, risk: wrong / n });
    next++;
  }
  return curve;
}

/** Positions of at most 65,536 values, none negative, from the least up. Numbers sort many times faster without a
 *  comparison of ours, so value and position become one: the bits of a float that is not negative ascend with it. */
function ascending(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.slice().buffer);
  return Uint16Array.from(Float64Array.from(bits, (b, i) => b * 65536 + i).sort(), (key) => key % 65536);
}
