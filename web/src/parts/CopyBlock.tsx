// A command or a program with a button that copies it.

import { useEffect, useRef, useState } from "preact/hooks";

export function CopyBlock({ label, text, tall, id }: { label: string; text: string; tall?: boolean; id?: string }) {
  const box = useRef<HTMLPreElement>(null);
  const [said, say] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => say(""), 4000);
    return () => clearTimeout(timer);
  }, [said]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied.");
    } catch {
      // Not allowed here, or the page came without https: the text is selected, ready for the keyboard.
      getSelection()?.selectAllChildren(box.current!);
      box.current!.focus();
      say("Selected: press Ctrl+C, or ⌘C.");
    }
  };
  return (
    <div class="copy-block">
      <div class="spread">
        <span class="small soft">{label}</span>
        <span class="row">
          <span class="small soft" role="status">
            {said}
          </span>
          <button onClick={copy} aria-label={`Copy: ${label}`}>
            Copy
          </button>
        </span>
      </div>
      <pre id={id} ref={box} tabIndex={0} role="region" aria-label={label} class={tall ? "tall" : ""}>
        {text}
      </pre>
    </div>
  );
}
