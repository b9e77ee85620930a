// Flash and RAM of a model against real boards.

import type { BoardFit, Fit } from "atome-lm";
import { useState } from "preact/hooks";
import { Segmented } from "../../parts/Choice";
import { Figure } from "../../parts/Figure";
import { grouped, kb } from "../../parts/format";
import { useAnswer } from "../../parts/use-refresh";
import { modelBehind, modelThere, noModel, subjectName } from "../../state/models";
import { configOf } from "../../state/settings";
import { call, idle, settings, subject } from "../../state/store";
import { CODE_BYTES, packingFor, verdictOf } from "./board-verdict";
import { arenaAt, boardsTable, LEAST_WINDOW, MOST_WINDOW, ramParts, WINDOWS, type Part } from "./boards-data";
import "./Boards.css";

type Of = "model" | "settings";
const OF: [Of, string][] = [
  ["model", "this model"],
  ["settings", "the settings"],
];

export default function Boards() {
  const [of, setOf] = useState<Of>("model");
  const [window, setWindow] = useState(() => Math.min(Math.max(settings.value.seq, LEAST_WINDOW), MOST_WINDOW));
  const { fit, error } = useFit(of);
  return (
    <div class="stack boards-tab">
      <section class="panel stack">
        <div class="spread">
          <h2>Where it fits</h2>
          <Segmented label="What to measure" value={of} choices={OF} set={setOf} />
        </div>
        <p class="soft boards-about">
          {of === "model" ? `Of ${subjectName(subject.value)}.` : "Of a model with the settings of the controls, before it is trained."} The
          window is how many bytes attention looks back; it is the part of RAM that you can choose on the chip.
        </p>
        <label class="row boards-window">
          Window
          <input
            type="range"
            min={LEAST_WINDOW}
            max={MOST_WINDOW}
            value={window}
            aria-valuetext={`${window} bytes`}
            onInput={(event) => setWindow(Number(event.currentTarget.value))}
          />
          <output class="mono">{window} bytes</output>
        </label>
        {error && <p class="bad">{error}</p>}
        {fit ? (
          <Needs fit={fit} window={window} />
        ) : of === "model" && noModel.value ? (
          <p>{noModel.value}</p>
        ) : (
          !error && <p class="soft">In a moment: the model's flash and RAM, against real boards.</p>
        )}
      </section>
      {fit && <BoardList fit={fit} window={window} />}
      {fit && <NotCounted />}
    </div>
  );
}

/** All windows at once, so that the slider asks for nothing. */
function useFit(of: Of): { fit: Fit | null; error: string } {
  const which = subject.value;
  const config = configOf(settings.value);
  const possible = of === "model" ? modelThere.value : !idle.value;
  const depends = of === "model" ? [which, modelBehind(which).held] : [JSON.stringify(config), null];
  const { answer, error } = useAnswer<Fit>([possible, of, ...depends], () => {
    if (!possible) return null;
    return of === "model" ? call("fitOf", { subject: which, windows: WINDOWS }) : call("fit", { config, windows: WINDOWS });
  });
  return possible ? { fit: answer, error } : { fit: null, error: "" };
}

function Needs({ fit, window }: { fit: Fit; window: number }) {
  const { n_layers, d_model, d_head, kernel_size, vocab_size } = fit.config;
  const total = arenaAt(fit, window);
  const parts = ramParts(fit, window);
  // Only ternary codes have two packings.
  const oneSize = fit.flash.trit2 === fit.flash.trit5;
  return (
    <>
      <dl class="boards-needs">
        <div>
          <dt>{oneSize ? "Flash" : "Flash, packed as trit2"}</dt>
          <dd>
            <b>{kb(fit.flash.trit2)}</b> <span class="soft">{grouped(fit.flash.trit2)} bytes</span>
          </dd>
        </div>
        {!oneSize && (
          <div>
            <dt>Flash, packed as trit5</dt>
            <dd>
              <b>{kb(fit.flash.trit5)}</b> <span class="soft">{grouped(fit.flash.trit5)} bytes</span>
            </dd>
          </div>
        )}
        <div>
          <dt>RAM at this window</dt>
          <dd>
            <b>{kb(total)}</b> <span class="soft">{grouped(total)} bytes</span>
          </dd>
        </div>
        <div>
          <dt>Weights</dt>
          <dd>
            <b>{grouped(fit.parameters)}</b>
          </dd>
        </div>
      </dl>
      <p class="small soft boards-about">
        Flash is exactly the size of the <code>.atome</code> file that the Export tab writes.
        {!oneSize && " trit2 is four codes a byte and decodes fastest, trit5 is five codes a byte."}
      </p>
      <div class="boards-scroll" tabIndex={0} role="region" aria-label="The formula of RAM">
        <table class="small">
          <caption class="boards-caption">
            RAM, with L = {n_layers} layers, D = {d_model} wide, H = {d_head} per head, K = {kernel_size} taps, V = {vocab_size} bytes, W ={" "}
            {window} window{window % 16 ? `, W16 = ${Math.ceil(window / 16) * 16}, W in whole sixteens` : ""}
          </caption>
          <thead>
            <tr>
              <th scope="col">part</th>
              <th scope="col">formula</th>
              <th scope="col">here</th>
              <th scope="col" class="number">
                bytes
              </th>
            </tr>
          </thead>
          <tbody>
            {parts.map((p) => (
              <tr key={p.id}>
                <td>
                  <span class={`swatch part-${p.id}`} aria-hidden="true" /> {p.name}
                </td>
                <td>{p.formula}</td>
                <td>{p.numbers}</td>
                <td class="number">{grouped(p.bytes)}</td>
              </tr>
            ))}
            <tr>
              <td>
                <b>together</b>
              </td>
              <td></td>
              <td></td>
              <td class="number">
                <b>{grouped(total)}</b>
              </td>
            </tr>
          </tbody>
        </table>
      </div>
      <p class="small soft boards-about">
        4 is the bytes of a float; each array is rounded up to 16 bytes. Nothing grows with the length of the text.
      </p>
    </>
  );
}

function BoardList({ fit, window }: { fit: Fit; window: number }) {
  const ram = arenaAt(fit, window);
  const parts = ramParts(fit, window);
  const fitting = fit.boards.filter((b) => verdictOf(fit, b, window, ram).fits).length;
  return (
    <section class="panel stack">
      <div class="spread">
        <h2>
          {fitting} of {fit.boards.length} boards hold it
        </h2>
        <span class="small soft">
          <span class="swatch part-file" aria-hidden="true" /> model file{"  "}
          <span class="swatch part-code" aria-hidden="true" /> engine's code, about 33 KB{"  "}
          <span class="swatch part-over" aria-hidden="true" /> more than there is
        </span>
      </div>
      <Figure caption="Boards" table={() => boardsTable(fit, window)}>
        <ul class="boards-list">
          {fit.boards.map((board) => (
            <BoardRow key={board.name} fit={fit} board={board} window={window} ram={ram} parts={parts} />
          ))}
        </ul>
      </Figure>
    </section>
  );
}

function BoardRow({ fit, board, window, ram, parts }: { fit: Fit; board: BoardFit; window: number; ram: number; parts: Part[] }) {
  const verdict = verdictOf(fit, board, window, ram);
  const file = fit.flash[packingFor(fit.flash, board)];
  const code = (CODE_BYTES.least + CODE_BYTES.most) / 2;
  return (
    <li>
      <div class="board-name">
        <b>{board.name}</b>{" "}
        <span class="soft small">
          {board.chip}, {board.core}
        </span>
      </div>
      <Bar
        name="Flash"
        used={file}
        capacity={board.flash}
        segments={[
          ["file", file],
          ["code", code],
        ]}
      />
      <Bar name="RAM" used={ram} capacity={board.ram} segments={parts.map((p) => [p.id, p.bytes])} />
      <div class="board-verdict small">
        <span class={verdict.fits ? "good" : "bad"}>
          <b aria-hidden="true">{verdict.glyph}</b> {verdict.text}
        </span>
        {board.note && !verdict.text.startsWith("does not run") && <span class="soft"> ({board.note})</span>}
      </div>
    </li>
  );
}

/** The whole bar is what the board has, or what is needed where that is more; a mark then shows where memory ends. */
function Bar({ name, used, capacity, segments }: { name: string; used: number; capacity: number; segments: [string, number][] }) {
  const all = segments.reduce((sum, [, bytes]) => sum + bytes, 0);
  const scale = Math.max(all, capacity);
  const share = (bytes: number) => `${((100 * bytes) / scale).toFixed(2)}%`;
  return (
    <div class="board-bar small">
      <span class="board-amount">
        {name} {kb(used)} of {grouped(capacity / 1024)} KB
      </span>
      <div class="capacity" aria-hidden="true">
        {segments.map(([id, bytes]) => (
          <span key={id} class={`part-${id}`} style={{ width: share(bytes) }} />
        ))}
        {all > capacity && <span class="beyond" style={{ left: share(capacity) }} />}
      </div>
    </div>
  );
}

function NotCounted() {
  return (
    <section class="panel stack">
      <h2>What is not counted</h2>
      <ul class="boards-rest">
        <li>
          The engine's code: 30 to 36 KB of flash, by core; a chip without floating-point hardware needs the most. The bars show 33 KB
          hatched, and a board with less than 30 KB left counts as too small.
        </li>
        <li>The stack: about 2 KB of RAM at its deepest. A board that keeps less is marked tight.</li>
        <li>Your own program, and what a radio or an operating system takes.</li>
      </ul>
      <p class="small soft boards-about">
        Weights stay packed in flash and are never copied to RAM. Speed is another matter: a byte of a model of 60,000 weights is about 0.7
        million instructions with a floating-point unit, 2 million without.
      </p>
    </section>
  );
}
