// Follows signals of the run, but only now and then while it trains; at once when it does not.

import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { status } from "../state/store";

/** read: reads the signals. Returns a number that grows when they have changed. */
export function useFollow(read: () => unknown, milliseconds: number): number {
  const [count, setCount] = useState(0);
  const last = useRef<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useSignalEffect(() => {
    read();
    const training = status.value === "training";
    const now = performance.now();
    if (last.current === null) {
      // The first reading is what is shown already.
      last.current = now;
      return;
    }
    clearTimeout(timer.current);
    timer.current = setTimeout(
      () => {
        last.current = performance.now();
        setCount((n) => n + 1);
      },
      training ? Math.max(0, last.current + milliseconds - now) : 0,
    );
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return count;
}
