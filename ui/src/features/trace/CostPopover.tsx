/** The cost of a span as a button that opens its whole calculation. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { queries } from "../../api/queries";
import type { CostAccount, Span } from "../../api/types";
import { formatCost, nanosFrom } from "../../base/format";
import { Popover } from "../../kit/Popover";
import { ErrorPanel } from "../../widgets/ErrorPanel";
import { TimeText } from "../../widgets/TimeText";
import { Waiting } from "../../widgets/Waiting";
import { WithCode } from "../../widgets/WithCode";
import { BillTable } from "./BillTable";
import {
  billingSentence,
  choiceSentence,
  modelWords,
  otherNotes,
  reasonSentence,
  storedSentence,
  tierWords,
} from "./bill";
import styles from "./Cost.module.css";
import { plainLine } from "./plain";

const TITLE = "How this cost comes about";

export function CostPopover({ project, span }: { readonly project: string; readonly span: Span }) {
  const cost = formatCost(span.cost_usd, span.cost_status);
  const look = span.cost_status === "no_price" ? styles.noPrice : "";
  return (
    <Popover
      label={TITLE}
      placement="bottom-start"
      button={
        <button
          type="button"
          className={`${styles.button} ${look}`}
          aria-label={`Cost ${cost}: how it comes about`}
          title={TITLE}
        >
          {cost}
        </button>
      }
    >
      <div className={styles.body}>
        <h3>{TITLE}</h3>
        <Calculation project={project} span={span} />
      </div>
    </Popover>
  );
}

/** Mounted, and so asked for, only while the popover is open. */
function Calculation({ project, span }: { readonly project: string; readonly span: Span }) {
  const found = useQuery(queries.cost(project, span.trace_id, span.span_id));
  if (found.data) return <Account account={found.data} />;
  if (!found.error) return <Waiting what="the cost" skeleton={<CostSkeleton />} />;
  return <ErrorPanel error={found.error} doing="load the cost" onRetry={() => found.refetch()} />;
}

function Account({ account }: { readonly account: CostAccount }) {
  const reason = reasonSentence(account);
  const stored = storedSentence(account);
  return (
    <>
      {reason && (
        <p className={styles.reason}>
          <Words text={reason} />
        </p>
      )}
      <BillTable account={account} />
      <dl className={styles.facts}>
        <Fact name="Model">{plainLine(modelWords(account), 200)}</Fact>
        {account.match && (
          <Fact name="Priced as">
            {plainLine(account.match.model, 120)}{" "}
            <span className={styles.dim}>
              {plainLine(account.match.table, 80)}
              {account.match.row !== undefined && `, row ${account.match.row}`},{" "}
              <Words text={account.match.how} />
            </span>
          </Fact>
        )}
        <Fact name="Prices of">
          <TimeText nanos={nanosFrom(account.start_unix_nanos) ?? 0n} style="full" />
        </Fact>
        {tierWords(account) && <Fact name="Tier">{plainLine(tierWords(account), 80)}</Fact>}
        <Fact name="Choice">
          <Words text={choiceSentence(account)} />
        </Fact>
        <Fact name="Billing">
          <Words text={billingSentence(account)} />
        </Fact>
        {stored && (
          <Fact name="Stored">
            <span className={styles.warn}>
              <Words text={stored} />
            </span>
          </Fact>
        )}
        {otherNotes(account).map((note) => (
          <Fact key={note} name="Note">
            <Words text={note} />
          </Fact>
        ))}
      </dl>
    </>
  );
}

function Words({ text }: { readonly text: string }) {
  return <WithCode text={plainLine(text, 400)} />;
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const SKELETON_ROWS = [92, 84, 60, 72];

function CostSkeleton() {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      {SKELETON_ROWS.map((share) => (
        <i key={share} style={{ width: `${share}%` }} />
      ))}
    </div>
  );
}
