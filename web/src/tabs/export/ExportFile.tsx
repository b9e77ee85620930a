// One file to take away: what it is, how large it is, and the button; or why this model cannot be it.

import { useState } from "preact/hooks";
import type { Result } from "../../engine/protocol";
import { grouped } from "../../parts/format";
import { saveFile } from "../../parts/save-file";
import type { FileKind } from "./export-files";
import type { Size } from "./use-export";

export function ExportFile({
  kind,
  name,
  size,
  note,
  make,
}: {
  kind: FileKind;
  name: string;
  size: Size | undefined;
  note?: string;
  make: () => Promise<Result<{ bytes: Uint8Array }>>;
}) {
  const [said, say] = useState({ text: "", error: "" });
  const [busy, setBusy] = useState(false);
  const impossible = size && "error" in size ? size.error : "";
  const bytes = size && "bytes" in size ? `${grouped(size.bytes)} bytes` : "";

  const download = async () => {
    setBusy(true);
    const made = await make();
    setBusy(false);
    if (!made.ok) return say({ text: "", error: made.error });
    saveFile(name, made.bytes);
    say({ text: `Saved ${name}, ${grouped(made.bytes.length)} bytes.`, error: "" });
  };
  return (
    <li class="export-file" data-format={kind.format}>
      <div>
        <b class="mono">{name}</b>
        <p class="small soft">
          {kind.about}
          {note && ` ${note}`}
        </p>
        {(impossible || said.error) && <p class="small bad">{impossible || said.error}</p>}
        <p class="small good" role="status">
          {said.text}
        </p>
      </div>
      <button onClick={download} disabled={busy || !bytes} aria-label={bytes ? `Download, ${bytes}: ${name}` : `Download: ${name}`}>
        <span aria-hidden="true">↓</span> Download{bytes && <span class="export-size">{bytes}</span>}
      </button>
    </li>
  );
}
