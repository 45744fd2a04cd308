/** The words of the SQL that the server answers: one SELECT, nothing that changes anything. */

import { SQLDialect } from "@codemirror/lang-sql";

const KEYWORDS = `
all and any as asc between by case cross current desc distinct else end escape except exists extract
filter first following for from full group having ilike in inner intersect is join last left like
limit natural not null nulls offset on or order outer over partition preceding range right row rows
select semi similar some then to unbounded union using values when where window with within
`;

const TYPES = `
bigint boolean date decimal double float int integer interval smallint text time timestamp varchar
`;

/** Takes words of many lines; the parser knows only spaces between them. */
const words = (lines: string) => lines.trim().split(/\s+/).join(" ");

export const dialect = SQLDialect.define({
  keywords: words(`${KEYWORDS} cast try_cast true false`),
  types: words(TYPES),
});
