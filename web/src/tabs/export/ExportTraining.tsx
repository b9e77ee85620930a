// The run again, in a terminal: the command, and how to tell that it gave the same weights.

import { CopyBlock } from "../../parts/CopyBlock";
import { grouped } from "../../parts/format";
import { trainCommand } from "../../state/settings";
import { terminalName } from "../../state/shell";
import { digest, run, savedStep, status, step } from "../../state/store";

export function ExportTraining() {
  const r = run.value;
  return (
    <section class="panel stack">
      <h2>The same run in a terminal</h2>
      {r ? (
        <>
          <CopyBlock id="train-command" label="atome train" text={trainCommand(r.settings, r.textName)} />
          {r.settings.corpus === "text" && (
            <p class="small soft export-about">
              Save the text that you gave the page as <code>{terminalName(r.textName)}</code> first: the same bytes, nothing added.
            </p>
          )}
          <Digest steps={r.info.options.steps} />
          <p class="small soft export-about">
            <code>./kit build</code> makes the <code>atome</code> program: <code>build/native/native/atome</code>.
          </p>
        </>
      ) : (
        <p class="soft export-about">When there is a run, the command that makes the same weights in a terminal is here. Press Train.</p>
      )}
    </section>
  );
}

function Digest({ steps }: { steps: number }) {
  // While it trains, the digest is that of the last save.
  const at = status.value === "training" ? savedStep.value : step.value;
  const ended = at === steps;
  if (at === null || !digest.value) return <p class="small soft">The digest of the weights is here when the run pauses.</p>;
  return (
    <div class="export-about">
      <p>
        Digest of the weights at step {grouped(at)} of {grouped(steps)}: <code class="export-digest">{digest.value}</code>
      </p>
      <p>
        {ended
          ? "The run is at its end: the terminal prints the same digest, because both have the same weights, bit for bit."
          : `The terminal trains all ${grouped(steps)} steps and prints the digest of the end: it is the same as the one here once this run has done them too.`}
      </p>
    </div>
  );
}
