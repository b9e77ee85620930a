// A signal that changes with every frame of training, read a few times a second.

import { useSignalEffect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

const LEAST_MS = 300;

export function useThrottled<T>(source: ReadonlySignal<T>): T {
  const [value, setValue] = useState(source.peek());
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useSignalEffect(() => {
    void source.value;
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setValue(source.peek());
    }, LEAST_MS);
  });
  useEffect(() => () => clearTimeout(timer.current ?? undefined), []);
  return value;
}
