/** The tools above the grid: plumbing, errors, zoom, panel. */

import { CircleAlert, EyeOff, PanelRight, ScanLine } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { Button } from "../../kit/Button";
import { Kbd } from "../../widgets/Kbd";
import { isNoise } from "./model";
import styles from "./TraceView.module.css";
import type { DisplayTree } from "./tree";
import type { TraceViewState } from "./view_state";

type ToolbarProps = {
  readonly tree: DisplayTree;
  readonly view: TraceViewState;
  readonly onNoise: () => void;
  readonly onError: () => void;
  readonly onWhole: () => void;
  readonly panelShown: boolean;
  readonly onPanel: () => void;
  readonly find: ReactNode;
};

export function Toolbar(props: ToolbarProps) {
  const { tree, view, onNoise, onError, onWhole, panelShown, onPanel } = props;
  const noise = useMemo(() => tree.model.spans.filter(isNoise).length, [tree.model]);
  const errors = useMemo(
    () => tree.model.spans.filter(({ status }) => status === "error").length,
    [tree.model],
  );
  return (
    <div className={styles.toolbar}>
      <span className={styles.modeName}>Tree</span>
      {props.find}
      <span className={styles.space} />
      {errors > 0 && (
        <Button look="bare" icon={<CircleAlert size={14} />} onClick={onError}>
          Errors · {errors} <Kbd keys="." />
        </Button>
      )}
      {noise > 0 && (
        <Button
          look="bare"
          icon={<EyeOff size={14} />}
          aria-pressed={view.noiseShown}
          onClick={onNoise}
        >
          {view.noiseShown ? "Noise on" : "Noise off"} · {noise} <Kbd keys="n" />
        </Button>
      )}
      <Button
        look="bare"
        icon={<ScanLine size={14} />}
        disabled={view.zoom === undefined}
        accessibleWhenDisabled
        onClick={onWhole}
      >
        Whole trace <Kbd keys="0" />
      </Button>
      {!panelShown && (
        <Button look="bare" icon={<PanelRight size={14} />} onClick={onPanel}>
          Panel <Kbd keys="]" />
        </Button>
      )}
    </div>
  );
}
