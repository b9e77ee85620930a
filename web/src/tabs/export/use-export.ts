// What the Export tab asks the worker: about the chosen model, how large its files are, and the text of main.c.

import type { ModelInfo } from "atome-lm";
import { useMemo, useRef, useState } from "preact/hooks";
import type { ExportFormat, Subject } from "../../engine/protocol";
import { useAnswer, useRefresh } from "../../parts/use-refresh";
import { useSettled } from "../../parts/use-settled";
import { modelBehind } from "../../state/models";
import { call, status, step } from "../../state/store";
import { HEADER, MEASURED, PROGRAM, SYMBOL, fileName, type Program } from "./export-files";

export type Trits = "trit2" | "trit5";

export const useModelInfo = (subject: Subject) =>
  useAnswer<{ info: ModelInfo }>([subject, modelBehind(subject).held], () => call("info", { subject }));

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
  const settled = useSettled(program);
  const { answer, error } = useAnswer<{ bytes: Uint8Array }>(
    [subject, modelBehind(subject).held, settled],
    () => settled && exportFile(subject, PROGRAM.format, "trit2", settled),
  );
  return { source: useMemo(() => (answer ? new TextDecoder().decode(answer.bytes) : ""), [answer]), error };
}
