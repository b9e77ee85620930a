// A value that is being typed, once the typing has stopped.

import { useEffect, useRef, useState } from "preact/hooks";

const SETTLED_MS = 400;

/** value: anything that JSON can hold; the same object is returned while nothing changes. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const newest = useRef(value);
  newest.current = value;
  const key = JSON.stringify(value);
  const taken = useRef(key);
  useEffect(() => {
    if (taken.current === key) return;
    const timer = setTimeout(() => {
      taken.current = key;
      setSettled(newest.current);
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}
