// model.h and main.c: a model as firmware, and the same text from a terminal.

import type { ModelInfo } from "atome-lm";
import { useState } from "preact/hooks";
import type { Subject } from "../../engine/protocol";
import { CopyBlock } from "../../parts/CopyBlock";
import { grouped, kb } from "../../parts/format";
import { promptOf } from "../../state/store";
import { arenaOf, fileName, generateCommand, HEADER, PROGRAM, readProgram, type Problems, type ProgramText } from "./export-files";
import { ExportFile } from "./ExportFile";
import { exportFile, useProgram, type Size, type Trits } from "./use-export";

/** Where a model recommends none: short enough for most chips. */
const WINDOW = 64;

export function ExportChip({
  subject,
  info,
  trits,
  base,
  header,
}: {
  subject: Subject;
  info: ModelInfo;
  trits: Trits;
  base: string;
  header: Size | undefined;
}) {
  const [typed, setTyped] = useState<Partial<ProgramText>>({});
  const text: ProgramText = {
    prompt: promptOf(subject),
    n: "200",
    temperature: "0.6",
    top_p: "0.9",
    seed: "1",
    window: String(info.window || WINDOW),
    ...typed,
  };
  const { program, problems } = readProgram(text);
  const { source, error } = useProgram(subject, program);
  const arena = arenaOf(source);
  const size: Size | undefined = !program
    ? undefined
    : error
      ? { error }
      : source
        ? { bytes: new TextEncoder().encode(source).length }
        : undefined;
  return (
    <section class="panel stack">
      <h2>For a chip</h2>
      <p class="export-about">
        Two C files make a first program: the model as an array, and a <code>main.c</code> that continues a text and sends it to the serial
        port.
      </p>
      <ProgramForm text={text} problems={problems} change={(part) => setTyped({ ...typed, ...part })} />
      <ul class="export-files">
        <ExportFile
          kind={HEADER}
          name={fileName(HEADER.format, base)}
          size={header}
          note="The text is long, the array is not."
          make={() => exportFile(subject, HEADER.format, trits)}
        />
        <ExportFile
          kind={PROGRAM}
          name={fileName(PROGRAM.format, base)}
          size={size}
          note={arena ? `It reserves ${grouped(arena)} bytes of RAM (${kb(arena)}) for the engine; the stack takes about 2 KB more.` : ""}
          make={() => exportFile(subject, PROGRAM.format, trits, program!)}
        />
      </ul>
      <ol class="export-about">
        <li>
          Put <code>model.h</code> and <code>main.c</code> into the project of your board, which brings start-up code and linker script.
        </li>
        <li>
          Add <code>atome.h</code> and <code>atome.cpp</code>, which the project&apos;s <code>mcu/two_files.py</code> writes.
        </li>
        <li>
          Write <code>uart_write()</code> for your serial port, compile <code>atome.cpp</code> as C++14 or later with{" "}
          <code>-ffp-contract=off</code>, and flash.
        </li>
      </ol>
      {program && (
        <CopyBlock
          id="generate-command"
          label="The same bytes in a terminal, from the .atome file"
          text={generateCommand(fileName("atome", base), program)}
        />
      )}
      {source && <CopyBlock label="main.c" text={source} tall />}
    </section>
  );
}

const FIELDS: { name: keyof Problems; label: string }[] = [
  { name: "n", label: "Bytes to write" },
  { name: "temperature", label: "Temperature" },
  { name: "top_p", label: "Top-p" },
  { name: "seed", label: "Seed" },
  { name: "window", label: "Window, bytes" },
];

function ProgramForm({ text, problems, change }: { text: ProgramText; problems: Problems; change: (part: Partial<ProgramText>) => void }) {
  return (
    <div class="export-form" role="group" aria-label="What main.c writes">
      <label class="field export-prompt">
        <span>Prompt</span>
        <input value={text.prompt} maxLength={400} spellcheck={false} onInput={(event) => change({ prompt: event.currentTarget.value })} />
      </label>
      {FIELDS.map(({ name, label }) => (
        <label class="field" key={name}>
          <span>{label}</span>
          <input
            inputMode="decimal"
            value={text[name]}
            aria-invalid={problems[name] !== undefined}
            aria-describedby={problems[name] ? `export-${name}` : undefined}
            onInput={(event) => change({ [name]: event.currentTarget.value })}
          />
          {problems[name] && (
            <span class="bad" id={`export-${name}`}>
              {problems[name]}
            </span>
          )}
        </label>
      ))}
    </div>
  );
}
