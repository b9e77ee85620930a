// Play, step, reset, speed, preset, seed; where the run is; share, theme, help; the tabs.

import { OptionField } from "../controls/OptionField";
import type { Speed } from "../engine/protocol";
import { Select } from "../parts/Choice";
import { grouped } from "../parts/format";
import { OPTIONS } from "../state/options";
import { recipeOf, RECIPES } from "../state/settings";
import {
  bytesPerSecond,
  chooseRecipe,
  digest,
  idle,
  notify,
  ownText,
  reset,
  run,
  setSpeed,
  settings,
  setView,
  singleStep,
  speed,
  status,
  step,
  toggle,
  view,
} from "../state/store";
import { MAX_INLINE_TEXT, TABS, THEMES, type Tab } from "../state/url";
import { HelpDialog } from "./HelpDialog";

const SPEEDS: [Speed, string][] = [
  ["full", "full speed"],
  ["half", "half speed"],
  ["slow", "5 steps a second"],
];

export function openHelp() {
  (document.getElementById("help") as HTMLDialogElement | null)?.showModal();
}

export function TopBar() {
  const playing = status.value === "training";
  const { embed, tab } = view.value;
  return (
    <header class="top">
      <div class="bar">
        <a
          class="brand"
          href="#"
          onClick={(event) => {
            event.preventDefault();
            setView({ tab: "play" });
          }}>
          <Logo /> <span>Atome</span>
        </a>
        <button
          class="primary play"
          onClick={() => void toggle()}
          disabled={idle.value}
          aria-keyshortcuts="Space"
          title={playing ? "Pause (Space)" : "Train (Space)"}>
          <span aria-hidden="true">{playing ? "❚❚" : "▶"}</span> {playing ? "Pause" : "Train"}
        </button>
        <button onClick={() => void singleStep()} disabled={idle.value} aria-keyshortcuts="ArrowRight" title="One step (right arrow)">
          <span aria-hidden="true">▸|</span> Step
        </button>
        <button onClick={() => void reset()} disabled={idle.value} title="Fresh weights, step 0">
          <span aria-hidden="true">↺</span> Reset
        </button>
        {!embed && (
          <>
            <Select class="wide-only" aria-label="Speed" value={speed.value} choices={SPEEDS} set={(value) => void setSpeed(value)} />
            <Preset />
            {OPTIONS.filter((o) => o.place === "bar").map((o) => (
              <OptionField key={o.key} option={o} kind="in-bar wide-only" size={4} />
            ))}
          </>
        )}
        <Progress />
        <span class="gap" />
        {!embed && (
          <>
            <button onClick={() => void share()} title="Copy an address that opens these settings">
              Share
            </button>
            <button
              class="icon"
              onClick={nextTheme}
              aria-label={`Theme: ${view.value.theme}. Change it`}
              title={`Theme: ${view.value.theme}`}>
              ◐
            </button>
            <button class="icon" onClick={openHelp} aria-label="Help" title="Help (?)">
              ?
            </button>
          </>
        )}
      </div>
      {!embed && (
        <nav class="tabs" aria-label="Views">
          {Object.entries(TABS).map(([id, name]) => (
            <button key={id} aria-current={tab === id ? "page" : undefined} onClick={() => setView({ tab: id as Tab })}>
              {name}
            </button>
          ))}
        </nav>
      )}
      <HelpDialog />
    </header>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 48 16" width="36" height="12" aria-hidden="true">
      <rect x="1" y="2" width="12" height="12" fill="var(--local-fill)" />
      <circle cx="24" cy="8" r="7" fill="var(--state-fill)" />
      <path d="M40 1l7 13H33z" fill="var(--sparse-fill)" />
    </svg>
  );
}

function Preset() {
  return (
    <Select
      class="wide-only"
      aria-label="Preset"
      value={recipeOf(settings.value)?.id ?? ""}
      choices={RECIPES.map((r) => [r.id, r.title, r.about])}
      set={(id) => void chooseRecipe(id)}>
      <option value="" disabled>
        own settings
      </option>
    </Select>
  );
}

function Progress() {
  const steps = run.value?.info.options.steps ?? settings.value.steps;
  const words: Record<string, string> = {
    loading: "loading…",
    ready: "ready",
    training: "training",
    paused: "paused",
    done: "finished",
    broken: "stopped",
  };
  return (
    <div class="progress" aria-label="Progress">
      <span>
        {words[status.value]} · step{" "}
        <span class="mono" id="step">
          {grouped(step.value)}
        </span>{" "}
        of {grouped(steps)}
      </span>
      <progress max={steps} value={step.value} aria-label={`Step ${step.value} of ${steps}`} />
      <span class="soft small">
        {status.value === "training" ? (
          `${grouped(bytesPerSecond.value)} bytes/s`
        ) : digest.value ? (
          <>
            weights <code id="digest">{digest.value}</code>
          </>
        ) : (
          "\u00a0"
        )}
      </span>
    </div>
  );
}

function nextTheme() {
  const i = THEMES.indexOf(view.value.theme);
  setView({ theme: THEMES[(i + 1) % THEMES.length]! });
}

async function share() {
  const own = settings.value.corpus === "text" ? ownText.value : null;
  const long = own !== null && own.text.length > MAX_INLINE_TEXT;
  try {
    await navigator.clipboard.writeText(location.href);
    notify(
      long
        ? `the address is copied. Your text is too long for it (${grouped(own.text.length)} bytes) and stays here.`
        : "the address is copied: it opens these settings.",
    );
  } catch {
    notify("the address bar holds everything: copy it from there.");
  }
}
