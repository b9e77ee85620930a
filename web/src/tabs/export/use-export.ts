// What the Export tab asks the worker: about the chosen model, how large its files are, and the text of main.c.

import { useRef, useState } from "preact/hooks";
import type { ModelInfo } from "atome-lm";
import type { ExportFormat, Subject } from "../../engine/protocol";
import { modelBehind } from "../../state/models";
import { call, status, step } from "../../state/store";
import { HEADER, MEASURED, PROGRAM, SYMBOL, fileName, type Program } from "./export-files";
import { useSettled } from "../../parts/use-settled";
import { useRefresh } from "../../parts/use-refresh";

export type Trits = "trit2" | "trit5";

export function useModelInfo(subject: Subject): { info: ModelInfo | null; error: string } {
  const [answer, setAnswer] = useState<{ info: ModelInfo | null; error: string }>({ info: null, error: "" });
  useRefresh([subject, modelBehind(subject).held], async () => {
    const result = await call("info", { subject });
    setAnswer(result.ok ? { info: result.info, error: "" } : { info: null, error: result.error });
  });
  return answer;
}

export const exportFile = (subject: Subject, format: ExportFormat, trits: Trits, program?: Program) =>
  call("exportModel", {
    subject,
    format,
    options: format === "main-c" ? { symbol: SYMBOL, header: fileName(HEADER.format, ""), ...program } : { trits, symbol: SYMBOL },
  });

export type Size = { bytes: number } | { error: string };
export type Sizes = Partial<Record<ExportFormat, Size>>;

/** One file after the other. A run that trains is measured once: its sizes hardly change, and it has work to do. */
export function useSizes(subject: Subject, trits: Trits): Sizes {
  const [sizes, setSizes] = useState<{ of: string; sizes: Sizes }>({ of: "", sizes: {} });
  const moment = subject !== "run" ? "" : status.value === "training" ? "training" : step.value;
  const of = `${subject} ${trits}`;
  const depends = [of, modelBehind(subject).held, moment];
  const newest = useRef(depends);
  newest.current = depends;
  useRefresh(depends, async () => {
    for (const { format } of MEASURED) {
      const result = await exportFile(subject, format, trits);
      // Another question waits.
      if (newest.current.some((x, i) => x !== depends[i])) return;
      const size = result.ok ? { bytes: result.bytes.length } : { error: result.error };
      setSizes((before) => ({ of, sizes: { ...(before.of === of ? before.sizes : {}), [format]: size } }));
    }
  });
  return sizes.of === of ? sizes.sizes : {};
}

/** The text of main.c; program: null while something that was typed is wrong. */
export function useProgram(subject: Subject, program: Program | null): { source: string; error: string } {
  const [answer, setAnswer] = useState({ source: "", error: "" });
  const settled = useSettled(program);
  useRefresh([subject, modelBehind(subject).held, settled], async () => {
    if (settled === null) return;
    const result = await exportFile(subject, PROGRAM.format, "trit2", settled);
    setAnswer(result.ok ? { source: new TextDecoder().decode(result.bytes), error: "" } : { source: "", error: result.error });
  });
  return answer;
}
