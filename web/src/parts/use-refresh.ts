// Asks the worker again when something that the answer depends on has changed, one question at a time: what changes
// while an answer is awaited is asked once, afterwards.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Result } from "../engine/protocol";

export function useRefresh(depends: readonly unknown[], ask: () => Promise<void>) {
  const newest = useRef(ask);
  newest.current = ask;
  const state = useRef({ wanted: 0, served: 0, busy: false, alive: true });
  useEffect(() => {
    const s = state.current;
    s.wanted++;
    if (s.busy) return;
    s.busy = true;
    void (async () => {
      while (s.alive && s.served !== s.wanted) {
        s.served = s.wanted;
        await newest.current();
      }
      s.busy = false;
    })();
  }, depends);
  useEffect(
    () => () => {
      state.current.alive = false;
    },
    [],
  );
}

/** The newest answer, or why there is none. ask: null while there is nothing to ask, which leaves what was said before. */
export function useAnswer<T>(depends: readonly unknown[], ask: () => Promise<Result<T>> | null): { answer: T | null; error: string } {
  const [state, setState] = useState<{ answer: T | null; error: string }>({ answer: null, error: "" });
  useRefresh(depends, async () => {
    const result = await ask();
    if (result) setState(result.ok ? { answer: result, error: "" } : { answer: null, error: result.error });
  });
  return state;
}
