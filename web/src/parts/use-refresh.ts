// Asks the worker again when something that the answer depends on has changed, one question at a time: what changes
// while an answer is awaited is asked once, afterwards.

import { useEffect, useRef } from "preact/hooks";

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
