// A tensor as pixels, with a cursor for pointer and keyboard.

import type { Signal } from "@preact/signals";
import type { TensorInfo } from "atome-lm";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { TensorData } from "../../engine/protocol";
import { Canvas, colour } from "../../parts/Canvas";
import { Figure, type Table } from "../../parts/Figure";
import { codeName, levelsOf, scaleOf, short, tensorTitle } from "./weights-data";
import { isTurned, pixelsOf, zoomFor, type Palette, type Rgb } from "./weights-draw";

/** of .weights-scroll, for the cursor's outline */
const PADDING = 3;

export interface Cell {
  row: number;
  col: number;
}

/** Signs on the squares, where they are large and few enough. */
const SIGN_ZOOM = 8,
  MAX_SIGNS = 8192;

export function WeightsMap({ tensor, data, cursor }: { tensor: TensorInfo; data: TensorData; cursor: Signal<Cell> }) {
  const { rows, cols } = tensor;
  const turned = isTurned(rows, cols);
  const [across, down] = turned ? [rows, cols] : [cols, rows];
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [steps, setSteps] = useState(0);
  const zoom = zoomFor(across, down, width, steps);
  const change = (by: number) => {
    if (zoomFor(across, down, width, steps + by) !== zoom) setSteps(steps + by);
  };

  const draw = (context: CanvasRenderingContext2D) => {
    const small = document.createElement("canvas");
    small.width = across;
    small.height = down;
    small.getContext("2d")!.putImageData(new ImageData(pixelsOf(data, levelsOf(tensor), rows, cols, palette(context)), across, down), 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, across * zoom, down * zoom);
    if (zoom >= SIGN_ZOOM && data.codes.length > 0 && data.codes.length <= MAX_SIGNS) drawSigns(context, data.codes, cols, turned, zoom);
  };
  const move = (row: number, col: number) => {
    const next = { row: clamp(row, rows), col: clamp(col, cols) };
    if (next.row !== cursor.value.row || next.col !== cursor.value.col) cursor.value = next;
  };
  const point = (event: PointerEvent) => {
    const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = Math.floor((event.clientX - area.left) / zoom),
      y = Math.floor((event.clientY - area.top) / zoom);
    if (turned) move(x, y);
    else move(y, x);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const arrows: Record<string, [number, number]> = {
      ArrowRight: [1, 0],
      ArrowLeft: [-1, 0],
      ArrowDown: [0, 1],
      ArrowUp: [0, -1],
      PageDown: [0, 10],
      PageUp: [0, -10],
      Home: [-across, 0],
      End: [across, 0],
    };
    const by = arrows[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const [x, y] = by;
    const { row, col } = cursor.value;
    if (turned) move(row + x, col + y);
    else move(row + y, col + x);
    box.current?.querySelector(".weights-cursor")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  return (
    <Figure caption="The numbers" table={() => tableOf(tensor, data)}>
      <div class="spread small soft">
        <Legend tensor={tensor} data={data} />
        <span class="row">
          {turned ? "rows run across" : "rows run down"} · {zoom} px each
          <button class="icon" onClick={() => change(-1)} aria-label="Smaller squares">
            −
          </button>
          <button class="icon" onClick={() => change(1)} aria-label="Larger squares">
            +
          </button>
        </span>
      </div>
      <div
        class="weights-scroll"
        ref={box}
        tabIndex={0}
        role="application"
        onKeyDown={onKeyDown}
        aria-label={`${tensorTitle(tensor)}: arrow keys move the cursor over its numbers`}>
        <div class="weights-pixels" style={{ width: `${across * zoom}px` }} onPointerMove={point} onPointerDown={point}>
          <Canvas
            height={down * zoom}
            input={[data, zoom]}
            draw={draw}
            label={`${rows} rows and ${cols} columns of ${data.codes.length > 0 ? "codes" : "floats"}`}
          />
          <Cursor cursor={cursor} zoom={zoom} turned={turned} />
        </div>
      </div>
    </Figure>
  );
}

/** On its own, so that moving it draws nothing else. */
function Cursor({ cursor, zoom, turned }: { cursor: Signal<Cell>; zoom: number; turned: boolean }) {
  const { row, col } = cursor.value;
  const [x, y] = turned ? [row, col] : [col, row];
  return (
    <div class="weights-cursor" style={{ transform: `translate(${x * zoom}px, ${y * zoom}px)`, width: `${zoom}px`, height: `${zoom}px` }} />
  );
}

function Legend({ tensor, data }: { tensor: TensorInfo; data: TensorData }) {
  const coded = data.codes.length > 0;
  const sizes = levelsOf(tensor).filter((code) => code > 0);
  return (
    <span class="row">
      <span>
        <span class="swatch code-minus" aria-hidden="true" /> {coded ? "− minus" : "below 0"}
      </span>
      <span>
        <span class="swatch code-zero" aria-hidden="true" /> 0
      </span>
      <span>
        <span class="swatch code-plus" aria-hidden="true" /> {coded ? "+ plus" : "above 0"}
      </span>
      {sizes.length > 1 && <span>stronger: {sizes.reverse().join(", ")}</span>}
    </span>
  );
}

function drawSigns(context: CanvasRenderingContext2D, codes: Int8Array, cols: number, turned: boolean, zoom: number) {
  const long = Math.round(zoom * 0.5),
    thick = Math.max(1, Math.round(zoom / 9));
  context.beginPath();
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] === 0) continue;
    const row = Math.floor(i / cols),
      col = i % cols;
    const x = (turned ? row : col) * zoom + zoom / 2,
      y = (turned ? col : row) * zoom + zoom / 2;
    context.rect(x - long / 2, y - thick / 2, long, thick);
    if (codes[i]! > 0) context.rect(x - thick / 2, y - long / 2, thick, long);
  }
  context.fillStyle = "rgb(0 0 0 / 0.55)";
  context.fill();
}

function palette(context: CanvasRenderingContext2D): Palette {
  const rgb = (name: string): Rgb => {
    // A canvas gives every opaque colour back as #rrggbb.
    context.fillStyle = colour(name);
    const value = Number.parseInt(context.fillStyle.slice(1), 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  };
  return { zero: rgb("code-zero"), plus: rgb("code-plus"), minus: rgb("code-minus") };
}

function tableOf(tensor: TensorInfo, data: TensorData): Table {
  const { rows, cols } = tensor;
  const coded = data.codes.length > 0;
  return {
    head: coded ? ["row", "scale", "codes, column by column"] : ["row", "values, column by column"],
    rows: Array.from({ length: rows }, (_, row) => {
      const from = row * cols;
      const numbers = coded
        ? Array.from(data.codes.subarray(from, from + cols), codeName)
        : Array.from(data.values.subarray(from, from + cols), short);
      return coded ? [row, short(scaleOf(data, row)), numbers.join(" ")] : [row, numbers.join(" ")];
    }),
  };
}

const clamp = (i: number, n: number) => Math.max(0, Math.min(n - 1, i));

function useWidth(box: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () => setWidth(element.clientWidth - 2 * PADDING);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}
