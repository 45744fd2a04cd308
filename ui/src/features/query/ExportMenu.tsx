/** The answer as a file, all rows of it, asked for anew in the format one chooses. */

import { Download } from "lucide-react";
import { useRef, useState } from "react";
import { type SqlQuestion, sqlFile } from "../../api/queries";
import { formatCountExact } from "../../base/format";
import { formatElapsed, nowNanos } from "../../base/time";
import { Button } from "../../kit/Button";
import { Menu, MenuGroup, MenuItem } from "../../kit/Menu";
import { say } from "../../widgets/toast";
import {
  EXPORT_FORMATS,
  EXPORT_ROWS_MAX,
  type ExportFormat,
  fileName,
  saveFile,
  toldOf,
} from "./exports";
import { useElapsed } from "./useElapsed";

type ExportMenuProps = { readonly project: string; readonly question: SqlQuestion };

export function ExportMenu({ project, question }: ExportMenuProps) {
  const going = useRef<AbortController>(undefined);
  const [running, setRunning] = useState(false);
  const elapsed = useElapsed(running);
  const save = async (format: ExportFormat) => {
    const stop = new AbortController();
    going.current = stop;
    setRunning(true);
    try {
      const asked = { ...question, max_rows: EXPORT_ROWS_MAX, format: format.name };
      const found = await sqlFile(project, asked, stop.signal);
      const name = fileName(project, nowNanos(), format);
      saveFile(found.file, name);
      say(toldOf(found, name));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(stop.signal.aborted ? "The download was canceled" : `No file was made: ${why}`);
    } finally {
      setRunning(false);
    }
  };
  if (running) {
    return (
      <Button
        icon={<Download size={14} aria-hidden="true" />}
        onClick={() => going.current?.abort()}
      >
        Cancel the download
        {elapsed !== undefined && <span aria-hidden="true">{formatElapsed(elapsed)}</span>}
      </Button>
    );
  }
  const button = <Button icon={<Download size={14} aria-hidden="true" />}>Download</Button>;
  return (
    <Menu button={button} placement="bottom-end">
      <MenuGroup label={`All rows, at most ${formatCountExact(EXPORT_ROWS_MAX)}`}>
        {EXPORT_FORMATS.map((format) => (
          <MenuItem key={format.name} note={`.${format.ending}`} onSelect={() => save(format)}>
            {format.label}
          </MenuItem>
        ))}
      </MenuGroup>
    </Menu>
  );
}
