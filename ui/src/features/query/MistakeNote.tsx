/** What is wrong with the question, where, and what to write instead. */

import { CircleAlert } from "lucide-react";
import { Button } from "../../kit/Button";
import { WithCode } from "../../widgets/WithCode";
import styles from "./MistakeNote.module.css";
import type { Mistake } from "./mistake";

type MistakeNoteProps = {
  readonly id: string;
  readonly mistake: Mistake;
  readonly onGo: (offset: number) => void;
};

export function MistakeNote({ id, mistake: { reason, fix, place }, onGo }: MistakeNoteProps) {
  return (
    <div id={id} role="alert" className={styles.note}>
      <CircleAlert size={14} aria-hidden="true" />
      <p>
        <span className={styles.reason}>
          <WithCode text={reason} />
        </span>
        {fix && (
          <span className={styles.fix}>
            <WithCode text={fix} />
          </span>
        )}
      </p>
      {place && (
        <Button look="bare" onClick={() => onGo(place.from)}>
          Line {place.line}, column {place.column}
        </Button>
      )}
    </div>
  );
}
