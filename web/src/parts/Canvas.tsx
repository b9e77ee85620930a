// A canvas that is drawn anew when its input, its size or the theme changes, at the screen's resolution, at most
// once a frame. Every canvas has a table with the same numbers: see Figure.

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/** Changes with the theme; a drawing that reads colours depends on it. */
export const themeVersion = signal(0);

/** A colour of style.css by its name: colour("accent"), colour("entropy", 0.4) for those kept as "r g b". */
export function colour(name: string, alpha?: number): string {
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return alpha === undefined ? (/^\d/.test(value) ? `rgb(${value})` : value) : `rgb(${value} / ${alpha})`;
}

export interface CanvasProps extends Omit<JSX.HTMLAttributes<HTMLCanvasElement>, "ref"> {
  /** CSS pixels; the width is that of the parent */
  height: number;
  /** what the drawing depends on */
  input: readonly unknown[];
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void;
  label: string;
}

export function Canvas({ height, input, draw, label, ...rest }: CanvasProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const drawing = useRef(draw);
  drawing.current = draw;
  const frame = useRef(0);
  const paint = useRef(() => {});
  paint.current = () => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const canvas = ref.current;
      if (!canvas) return;
      const scale = Math.min(devicePixelRatio || 1, 3);
      const width = canvas.clientWidth;
      if (width === 0) return;
      const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
      if (canvas.width !== w || canvas.height !== h) {
        canvas.width = w;
        canvas.height = h;
      }
      const context = canvas.getContext("2d")!;
      context.setTransform(scale, 0, 0, scale, 0, 0);
      context.clearRect(0, 0, width, height);
      drawing.current(context, width, height);
    });
  };
  useLayoutEffect(() => paint.current(), [height, themeVersion.value, ...input]);
  useEffect(() => {
    const observer = new ResizeObserver(() => paint.current());
    observer.observe(ref.current!);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame.current);
    };
  }, []);
  return <canvas ref={ref} role="img" aria-label={label} style={{ width: "100%", height: `${height}px` }} {...rest} />;
}
