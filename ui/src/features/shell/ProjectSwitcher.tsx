/** Shows the current project and switches to another. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Box, ChevronsUpDown } from "lucide-react";
import { queries } from "../../api/queries";
import { Menu, MenuGroup, MenuItem } from "../../kit/Menu";
import { paths } from "../../paths";
import styles from "./SideNav.module.css";

export function ProjectSwitcher({
  project,
  collapsed,
}: {
  readonly project: string;
  readonly collapsed: boolean;
}) {
  const navigate = useNavigate();
  const projects = useQuery(queries.projects());
  const button = (
    <button type="button" className={styles.project} aria-label={`Project ${project}`}>
      <Box size={16} aria-hidden="true" />
      {!collapsed && (
        <>
          <span className={styles.projectName}>{project}</span>
          <ChevronsUpDown size={14} aria-hidden="true" />
        </>
      )}
    </button>
  );
  return (
    <Menu button={button}>
      <MenuGroup label="Projects">
        {(projects.data ?? [{ slug: project }]).map(({ slug }) => (
          <MenuItem
            key={slug}
            checked={slug === project}
            onSelect={() => navigate(paths.traces(slug))}
          >
            {slug}
          </MenuItem>
        ))}
      </MenuGroup>
    </Menu>
  );
}
