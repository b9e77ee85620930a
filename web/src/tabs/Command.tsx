// A command for a terminal, with a button that copies it.

import { useRef, useState } from "preact/hooks";

export function Command({ id, label, text }: { id: string; label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const block = useRef<HTMLPreElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Where a page may not copy, the text is marked for the visitor to do it.
      getSelection()?.selectAllChildren(block.current!);
    }
  };
  return (
    <div class="command">
      <pre id={id} ref={block} tabIndex={0} aria-label={label}>{text}</pre>
      <button onClick={() => void copy()} onBlur={() => setCopied(false)}>{copied ? "Copied" : "Copy"}</button>
    </div>
  );
}
