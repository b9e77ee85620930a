// All coded tensors: size, share of zeros, scale, and how many codes change while training.

import type { CodeStatistics, ModelInfo, TensorInfo } from "atome-lm";
import type { TensorData } from "../../engine/protocol";
import { fixed, grouped, percent } from "../../parts/format";
import { short, tensorTitle } from "./weights-data";
import type { FlipPoint } from "./weights-flips";

/** live: of the run as it is now, newer than info; data: of the chosen tensor, which is drawn from a moment before;
 *  flips: null where there is no run. */
export function WeightsList({
  info,
  live,
  flips,
  chosen,
  data,
  choose,
}: {
  info: ModelInfo;
  live: CodeStatistics | null;
  flips: FlipPoint | null;
  chosen: TensorInfo;
  data: TensorData;
  choose: (name: string) => void;
}) {
  const coded = info.tensors.filter((t) => t.active && t.coded);
  if (coded.length === 0) return <p class="soft">This model has no codes: its weights are floats.</p>;
  return (
    <div class="weights-list" tabIndex={0} role="region" aria-label="Coded tensors">
      <table class="small">
        <thead>
          <tr>
            <th scope="col">tensor</th>
            <th scope="col" class="number">
              rows × columns
            </th>
            <th scope="col">zeros</th>
            <th scope="col" class="number">
              scale
            </th>
            {flips && (
              <th scope="col" class="number">
                flips per step
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {coded.map((t) => {
            const now = live?.tensors.find((s) => s.index === t.index);
            const own = t.index === chosen.index;
            const sparsity = own ? zeros(data.codes) : (now?.sparsity ?? t.sparsity ?? 0);
            const scale = own ? mean(data.scales) : (now?.scale ?? mean(t.scales ?? new Float32Array()));
            return (
              <tr key={t.index}>
                <td>
                  <button class="link" aria-pressed={own} onClick={() => choose(t.name)} title={t.name}>
                    {tensorTitle(t)}
                  </button>
                </td>
                <td class="number">
                  {grouped(t.rows)} × {grouped(t.cols)}
                </td>
                <td>
                  <span class="weights-share">
                    <span class="code-zero" style={{ width: `${100 * sparsity}%` }} />
                  </span>{" "}
                  {percent(sparsity)}
                </td>
                <td class="number">
                  {short(scale)}
                  {(t.scales?.length ?? 1) > 1 ? " (mean of rows)" : ""}
                </td>
                {flips && <td class="number">{fixed(flips.flips.get(t.index), 2)}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const zeros = (codes: Int8Array) => codes.reduce((n, code) => (code === 0 ? n + 1 : n), 0) / Math.max(codes.length, 1);
const mean = (x: Float32Array) => x.reduce((sum, v) => sum + v, 0) / Math.max(x.length, 1);
