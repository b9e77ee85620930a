// Section 3: what the convolution, the state and attention look at.

import { Canvas, colour } from "../../parts/Canvas";
import { Figure, type Table } from "../../parts/Figure";
import { fixed, tokenName } from "../../parts/format";
import { lens } from "../../state/store";
import { codeName, short } from "../weights/weights-data";
import { examplePicks, fadeLength, remaining, spreadOfChannels, type Channel } from "./how-data";
import type { HowModel } from "./how-model";
import { useChosen } from "./HowItWorksToken";

const CHANNELS = 5;

/** The codes of a few channels under the tokens that they meet. */
export function TapsFigure({ model }: { model: HowModel }) {
  const chosen = useChosen();
  const {
    taps,
    info: {
      config: { kernel_size: K, d_model: D },
    },
  } = model;
  if (!taps || !chosen) return null;
  const { pieces } = chosen.lens;
  const coded = taps.codes.length > 0;
  const backs = Array.from({ length: K }, (_, i) => K - 1 - i);
  const tone = (x: number) => (x > 0 ? "code-plus" : x < 0 ? "code-minus" : "code-zero");
  return (
    <div class="how-scroll" tabIndex={0} role="region" aria-label="Codes of the convolution">
      <table class="how-taps">
        <caption>
          The first {Math.min(CHANNELS, D)} of {D} channels
        </caption>
        <thead>
          <tr>
            <td />
            {backs.map((back) => {
              const piece = pieces[chosen.at - back];
              return (
                <th key={back} scope="col">
                  <b class="mono byte">{piece === undefined ? "–" : tokenName(piece)}</b>
                  <span>{back ? `−${back}` : "now"}</span>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: Math.min(CHANNELS, D) }, (_, d) => (
            <tr key={d}>
              <th scope="row">channel {d}</th>
              {backs.map((back) => {
                const x = (coded ? taps.codes : taps.values)[d * K + back]!;
                return (
                  <td key={back}>
                    <span class={`how-code ${tone(x)}`}>{coded ? codeName(x) : short(Number(x.toPrecision(2)))}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const HEIGHT = 170,
  LEFT = 40,
  RIGHT = 64,
  TOP = 10,
  BOTTOM = 34;

/** How fast channels of the first layer forget: |decay| to the power of the tokens since. */
export function DecayFigure({ model }: { model: HowModel }) {
  const { aRaw } = model;
  if (!aRaw) return null;
  const selective = model.info.config.state === "selective";
  const channels = spreadOfChannels(aRaw, selective, CHANNELS);
  const length = fadeLength(channels);
  const draw = (context: CanvasRenderingContext2D, width: number) => {
    const x = (tokens: number) => LEFT + (tokens / length) * (width - LEFT - RIGHT);
    const y = (share: number) => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
    axes(context, width, x, y, length);
    drawCurves(context, channels, x, y, length, width);
  };
  const table = (): Table => ({
    head: ["channel", "decay", "half is left after, tokens", ...[1, 2, 4, 8, 16].map((n) => `left after ${n}`)],
    rows: channels.map((c) => [
      c.index,
      fixed(c.decay),
      fixed(c.halfLife, 1),
      ...[1, 2, 4, 8, 16].map((n) => fixed(remaining(c.decay, n))),
    ]),
  });
  const slow = channels.at(-1)!;
  return (
    <Figure caption="How channels forget" table={table}>
      <Canvas
        height={HEIGHT}
        input={[aRaw]}
        draw={draw}
        label={`What is left of a token in ${channels.length} channels; the slowest keeps half for ${fixed(slow.halfLife, 1)} tokens`}
      />
      <p class="how-caption">
        {channels.length} channels of the first layer, from the most forgetful to the most faithful, which has its decay at its end and
        loses half in {fixed(slow.halfLife, 1)} tokens{selective ? ", where the token itself does not change the decay" : ""}.
      </p>
    </Figure>
  );
}

type Scale = (value: number) => number;

function axes(context: CanvasRenderingContext2D, width: number, x: Scale, y: Scale, length: number) {
  context.font = "12px system-ui, sans-serif";
  context.lineWidth = 1;
  context.fillStyle = colour("soft");
  context.strokeStyle = colour("line");
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const share of [0, 0.5, 1]) {
    context.beginPath();
    context.moveTo(LEFT, y(share));
    context.lineTo(width - RIGHT, y(share));
    context.stroke();
    context.fillText(share === 0.5 ? "half" : share ? "all" : "none", LEFT - 6, y(share));
  }
  context.textBaseline = "alphabetic";
  context.textAlign = "center";
  const every = length > 24 ? 8 : length > 10 ? 4 : 2;
  for (let n = 0; n <= length; n += every) context.fillText(String(n), x(n), HEIGHT - 19);
  context.fillText("tokens later", (LEFT + width - RIGHT) / 2, HEIGHT - 4);
}

function drawCurves(context: CanvasRenderingContext2D, channels: Channel[], x: Scale, y: Scale, length: number, width: number) {
  const right = width - RIGHT;
  context.lineWidth = 2;
  context.strokeStyle = colour("state");
  context.fillStyle = colour("text");
  channels.forEach((c, i) => {
    // The slower, the stronger the line; the label at its end names the channel.
    context.globalAlpha = 0.45 + (0.55 * (i + 1)) / channels.length;
    context.beginPath();
    for (let n = 0; n <= length; n += length / 200) context.lineTo(x(n), y(remaining(c.decay, n)));
    context.stroke();
  });
  context.globalAlpha = 1;
  context.textAlign = "left";
  context.textBaseline = "middle";
  const slow = channels.at(-1)!;
  context.fillText(`● ${fixed(slow.decay, 2).replace("-", "−")}`, right + 6, Math.min(y(remaining(slow.decay, length)), y(0) - 2));
}

const MOST_BARS = 128;

/** Which tokens attention could look at, and how many it takes. */
export function AttentionFigure() {
  const l = lens.value;
  if (!l || !l.pathways.includes("sparse")) return null;
  const {
    window: W,
    config: { top_k: k },
  } = l;
  // Of a long window, as many bars as can be told apart.
  const shown = Math.min(W, MOST_BARS);
  const picks = new Set(examplePicks(shown - 1, Math.min(k, shown - 1)));
  return (
    <div class="how-attention">
      <div class="how-window" role="img" aria-label={`A window of ${W} tokens of which ${Math.min(k, W)} are picked; an example`}>
        {Array.from({ length: shown }, (_, i) => (
          <span key={i} class={picks.has(i) ? "picked" : i === shown - 1 ? "now" : undefined} />
        ))}
      </div>
      <div class="spread small soft">
        <span>← {shown < W ? `the newest ${shown} of ${W} tokens` : `${W} tokens back`}</span>
        <span>now</span>
      </div>
      <p class="how-caption">
        <span class="sparse">▲</span> picked. Which ones are best changes with every token; these places are an example.
      </p>
    </div>
  );
}
