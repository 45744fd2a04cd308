/** The navigation: 200 px, or 48 px of icons. It lists only pages that exist. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  Activity,
  Keyboard,
  ListTree,
  PanelLeftClose,
  PanelLeftOpen,
  SquareTerminal,
} from "lucide-react";
import { queries } from "../../api/queries";
import { formatCount, formatCountExact } from "../../base/format";
import { changeSettings } from "../../base/settings";
import { Tooltip } from "../../kit/Tooltip";
import { paths } from "../../paths";
import { Kbd } from "../../widgets/Kbd";
import { DisplayMenu } from "./DisplayMenu";
import { Logo } from "./Logo";
import { ProjectSwitcher } from "./ProjectSwitcher";
import styles from "./SideNav.module.css";

type SideNavProps = {
  readonly project: string;
  readonly collapsed: boolean;
  readonly onShowKeys: () => void;
};

export function SideNav({ project, collapsed, onShowKeys }: SideNavProps) {
  return (
    <nav aria-label="Pages" className={`${styles.nav} ${collapsed ? styles.collapsed : ""}`}>
      <Link {...paths.home()} className={styles.brand} aria-label="clew, go to the traces">
        <Logo />
        {!collapsed && <span>clew</span>}
      </Link>
      <ProjectSwitcher project={project} collapsed={collapsed} />

      {!collapsed && <h2 className={styles.group}>Observe</h2>}
      <Link
        {...paths.traces(project)}
        className={`${styles.item} ${collapsed ? styles.alone : ""}`}
        aria-label={collapsed ? "Traces" : undefined}
        activeOptions={{ includeSearch: false }}
      >
        <ListTree size={16} aria-hidden="true" />
        {!collapsed && (
          <>
            <span className={styles.label}>Traces</span>
            <TraceCount project={project} />
          </>
        )}
      </Link>

      {!collapsed && <h2 className={styles.group}>Analyze</h2>}
      <Link
        {...paths.query(project)}
        className={`${styles.item} ${collapsed ? styles.alone : ""}`}
        aria-label={collapsed ? "Query" : undefined}
        activeOptions={{ includeSearch: false }}
      >
        <SquareTerminal size={16} aria-hidden="true" />
        {!collapsed && <span className={styles.label}>Query</span>}
      </Link>

      <div className={styles.foot}>
        <Link
          {...paths.system()}
          className={`${styles.item} ${collapsed ? styles.alone : ""}`}
          aria-label={collapsed ? "System health" : undefined}
        >
          <Activity size={16} aria-hidden="true" />
          {!collapsed && <span className={styles.label}>System health</span>}
        </Link>
        <DisplayMenu collapsed={collapsed} />
        <FootButton label="Keys" keys="?" collapsed={collapsed} onClick={onShowKeys}>
          <Keyboard size={16} aria-hidden="true" />
        </FootButton>
        <FootButton
          label={collapsed ? "Open the navigation" : "Collapse"}
          keys="["
          collapsed={collapsed}
          onClick={() => changeSettings({ navCollapsed: !collapsed })}
        >
          {collapsed ? (
            <PanelLeftOpen size={16} aria-hidden="true" />
          ) : (
            <PanelLeftClose size={16} aria-hidden="true" />
          )}
        </FootButton>
      </div>
    </nav>
  );
}

/** How many traces the project holds. */
function TraceCount({ project }: { readonly project: string }) {
  const { data } = useQuery({ ...queries.newestTrace(project), select: (page) => page.total });
  if (!data || data.count === 0) return null;
  return (
    <span className={styles.count} title={formatCountExact(data.count)}>
      {data.exact ? "" : "≈ "}
      {formatCount(data.count)}
    </span>
  );
}

type FootButtonProps = {
  readonly label: string;
  readonly keys: string;
  readonly collapsed: boolean;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
};

function FootButton({ label, keys, collapsed, onClick, children }: FootButtonProps) {
  const button = (
    <button type="button" className={styles.item} aria-label={label} onClick={onClick}>
      {children}
      {!collapsed && (
        <>
          <span className={styles.label}>{label}</span>
          <Kbd keys={keys} />
        </>
      )}
    </button>
  );
  return collapsed ? <Tooltip text={label}>{button}</Tooltip> : button;
}
