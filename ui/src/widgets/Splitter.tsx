/** A line between two panels that moves by pointer and by keyboard. */

import { type KeyboardEvent, type PointerEvent, useState } from "react";
import styles from "./Splitter.module.css";

const STEP = 16;

type SplitterProps = {
  readonly label: string;
  /** Width of the panel it sizes, in pixels. */
  readonly size: number;
  readonly min: number;
  readonly max: number;
  /** The panel it sizes lies before or after the line. */
  readonly sizes: "before" | "after";
  readonly onSize: (size: number) => void;
};

export function Splitter({ label, size, min, max, sizes, onSize }: SplitterProps) {
  const [drag, setDrag] = useState<{ readonly x: number; readonly size: number }>();
  const direction = sizes === "before" ? 1 : -1;
  const resize = (next: number) => onSize(Math.round(Math.min(Math.max(next, min), max)));

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ x: event.clientX, size });
  };
  const onPointerMove = (event: PointerEvent) => {
    if (drag) resize(drag.size + (event.clientX - drag.x) * direction);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowLeft: size - STEP * direction,
      ArrowRight: size + STEP * direction,
      Home: min,
      End: max,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    resize(next);
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      data-dragging={drag !== undefined}
      className={styles.splitter}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => setDrag(undefined)}
      onPointerCancel={() => setDrag(undefined)}
      onKeyDown={onKeyDown}
    />
  );
}
