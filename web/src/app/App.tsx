// The page: top bar, controls, and the chosen tab. Tabs other than the first are fetched when they are opened.

import type { ComponentType } from "preact";
import { lazy, Suspense } from "preact/compat";
import { useEffect } from "preact/hooks";
import { Controls } from "../controls/Controls";
import { LensPanel } from "../lens/LensPanel";
import { themeVersion } from "../parts/Canvas";
import { LossChart } from "../play/LossChart";
import { Samples } from "../play/Samples";
import { singleStep, notices, dismiss, openFile, toggle, view } from "../state/store";
import type { Tab } from "../state/url";
import { openHelp, TopBar } from "./TopBar";

const tabOf = (load: () => Promise<{ default: ComponentType }>) => lazy(() => load().catch(() => ({ default: LostTab })));
const LostTab = () => <p class="bad">This tab cannot be loaded: see whether there is a network, then reload the page.</p>;

const OTHERS: Record<Exclude<Tab, "play">, ComponentType> = {
  weights: tabOf(() => import("../tabs/weights/Weights")),
  vocabulary: tabOf(() => import("../tabs/vocabulary/Vocabulary")),
  uncertainty: tabOf(() => import("../tabs/uncertainty/Uncertainty")),
  compare: tabOf(() => import("../tabs/compare/Compare")),
  boards: tabOf(() => import("../tabs/boards/Boards")),
  export: tabOf(() => import("../tabs/export/Export")),
  how: tabOf(() => import("../tabs/how-it-works/HowItWorks")),
};

export function App() {
  useTheme();
  useKeys();
  useDrop();
  const { tab, embed } = view.value;
  const Other = tab === "play" ? null : OTHERS[tab];
  return (
    <div class={`page ${embed ? "embed" : ""} tab-${tab}`}>
      <TopBar />
      <Notices />
      {!embed && <Controls />}
      {Other ? (
        <main class="other">
          <Suspense fallback={<p class="soft">Loading…</p>}>
            <Other />
          </Suspense>
        </main>
      ) : (
        <main class="playground">
          <h1 class="visually-hidden">Atome playground</h1>
          <div class="centre">
            <LossChart />
            <Samples />
          </div>
          <LensPanel />
        </main>
      )}
    </div>
  );
}

function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((n) => (
        <div key={n.id} class={`notice ${n.error ? "error" : ""}`}>
          <span>{n.text}</span>
          {n.action && (
            <button
              class="act"
              onClick={() => {
                dismiss(n.id);
                n.action!.act();
              }}>
              {n.action.name}
            </button>
          )}
          <button onClick={() => dismiss(n.id)} aria-label="Dismiss this message">
            ×
          </button>
        </div>
      ))}
    </div>
  );
}

function useTheme() {
  const { theme } = view.value;
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const apply = () => {
      document.documentElement.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
      themeVersion.value++;
    };
    apply();
    dark.addEventListener("change", apply);
    return () => dark.removeEventListener("change", apply);
  }, [theme]);
}

function useKeys() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      // Keys belong to what has the focus: a button wants its Space, a field all of them.
      if (target.closest("input, select, textarea, dialog, [role=slider], summary")) return;
      const inButton = target.closest("button, a") !== null;
      if (event.key === " " && !inButton) void toggle();
      else if (event.key === "ArrowRight") void singleStep();
      else if (event.key === "?") openHelp();
      else return;
      event.preventDefault();
    };
    // A button that was clicked with the mouse does not keep the focus, so that Space still plays.
    const onClick = (event: MouseEvent) => {
      if (event.detail > 0) (event.target as HTMLElement).closest<HTMLElement>("button")?.blur();
    };
    addEventListener("keydown", onKey);
    addEventListener("click", onClick);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("click", onClick);
    };
  }, []);
}

function useDrop() {
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) document.body.classList.remove("dropping");
    };
    const drop = (event: DragEvent) => {
      document.body.classList.remove("dropping");
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      void openFile(file);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
}
