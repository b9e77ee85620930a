// What the Export tab asks the worker: about the chosen model, how large its files are, and the text of main.c.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ModelInfo } from "atome-lm";
import type { ExportFormat, Subject } from "../../engine/protocol";
import { call, models, run, status, step } from "../../state/store";
import { HEADER, MEASURED, PROGRAM, SYMBOL, fileName, type Program } from "./export-files";
import { useRefresh } from "../../parts/use-refresh";

export type Trits = "trit2" | "trit5";

/** Which model a subject is: changes when another one takes its name. */
const heldAs = (subject: Subject): unknown =>
  subject === "run" ? run.value?.number : models.value[subject as "demo" | "file" | "kept"];

export function useModelInfo(subject: Subject): { info: ModelInfo | null; error: string } {
  const [answer, setAnswer] = useState<{ info: ModelInfo | null; error: string }>({ info: null, error: "" });
  useRefresh([subject, heldAs(subject)], async () => {
    const result = await call("info", { subject });
    setAnswer(result.ok ? { info: result.info, error: "" } : { info: null, error: result.error });
  });
  return answer;
}

export const exportFile = (subject: Subject, format: ExportFormat, trits: Trits, program?: Program) =>
  call("exportModel", {
    subject, format,
    options: format === "main-c" ? { symbol: SYMBOL, header: fileName(HEADER.format, ""), ...program } : { trits, symbol: SYMBOL },
  });

export type Size = { bytes: number } | { error: string };
export type Sizes = Partial<Record<ExportFormat, Size>>;

/** One file after the other. A run that trains is measured once: its sizes hardly change, and it has work to do. */
export function useSizes(subject: Subject, trits: Trits): Sizes {
  const [sizes, setSizes] = useState<{ of: string; sizes: Sizes }>({ of: "", sizes: {} });
  const moment = subject !== "run" ? "" : status.value === "training" ? "training" : step.value;
  const of = `${subject} ${trits}`;
  const depends = [of, heldAs(subject), moment];
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
  const settled = useSettled(program && JSON.stringify(program));
  useRefresh([subject, heldAs(subject), settled], async () => {
    if (settled === null) return;
    const result = await exportFile(subject, PROGRAM.format, "trit2", JSON.parse(settled) as Program);
    setAnswer(result.ok ? { source: new TextDecoder().decode(result.bytes), error: "" } : { source: "", error: result.error });
  });
  return answer;
}

/** A value that has not changed for a moment: nobody waits for an answer to half a word. */
function useSettled<T>(value: T): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), 300);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
