// What the figures of HowItWorks need of the model that the page shows, beside the lens.

import type { Fit, ModelInfo } from "atome-lm";
import { useRef, useState } from "preact/hooks";
import type { TensorData } from "../../engine/protocol";
import { useRefresh } from "../../parts/use-refresh";
import { modelBehind, modelThere } from "../../state/models";
import { call, samples, subject } from "../../state/store";

export interface HowModel {
  info: ModelInfo;
  /** at this window only */
  fit: Fit;
  window: number;
  embed: TensorData;
  /** (D, K) of the first layer, tap 0 is the newest byte; null: the pathway is off */
  taps: TensorData | null;
  /** (D) of the first layer; null: the pathway is off */
  aRaw: Float32Array | null;
}

/** The worker renews the subject "run" with every sample, about once a second: that is when to look again. */
export function useHowModel(): { model: HowModel | null; error: string } {
  const [answer, setAnswer] = useState<{ model: HowModel | null; error: string }>({ model: null, error: "" });
  const known = useRef<{ of: unknown[]; info: ModelInfo; fit: Fit; window: number } | null>(null);
  const which = subject.value;
  const of = [which, modelBehind(which).held];
  useRefresh([modelThere.value, ...of, which === "run" ? samples.value : null], async () => {
    if (!modelThere.value) return;
    const fail = (error: string) => setAnswer({ model: null, error });
    if (!known.current || known.current.of.some((x, i) => x !== of[i])) {
      const asked = await call("info", { subject: which });
      if (!asked.ok) return fail(asked.error);
      const window = asked.info.window || 256;
      const fit = await call("fitOf", { subject: which, windows: [window] });
      if (!fit.ok) return fail(fit.error);
      known.current = { of, info: asked.info, fit, window };
    }
    const { info, fit, window } = known.current;
    const found: (TensorData | null)[] = [];
    for (const name of ["embed.weight", "blocks.0.local.weight", "blocks.0.state.a_raw"]) {
      const tensor = info.tensors.find((t) => t.name === name);
      if (!tensor?.active) {
        found.push(null);
        continue;
      }
      const data = await call("tensor", { subject: which, index: tensor.index });
      if (!data.ok) return fail(data.error);
      // Between two answers another run may have begun; then a newer question is on its way.
      if (Math.max(data.codes.length, data.values.length) !== tensor.rows * tensor.cols) return;
      found.push(data);
    }
    const [embed, taps, state] = found;
    if (!embed) return fail("this model has no embedding to show");
    setAnswer({ model: { info, fit, window, embed, taps: taps ?? null, aRaw: state?.values ?? null }, error: "" });
  });
  return answer;
}
