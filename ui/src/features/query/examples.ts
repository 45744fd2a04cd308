/** Questions to begin with; those of docs/sql.md are among them, word for word. */

export type Example = { readonly asks: string; readonly sql: string };

export const EXAMPLES: readonly Example[] = [
  {
    asks: "How many traces an hour, and how many failed?",
    sql: `SELECT date_trunc('hour', start_time) AS hour, count(*) AS traces,
       count(*) FILTER (WHERE status = 'error') AS failed, sum(cost_usd) AS cost_usd
FROM traces
GROUP BY hour
ORDER BY hour`,
  },
  {
    asks: "What does each model cost, a call and in all?",
    sql: `SELECT model, count(*) AS calls, sum(cost_usd) AS cost_usd, sum(cost_usd) / count(cost_usd) AS cost_usd_a_call,
       sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens
FROM spans
WHERE billed
GROUP BY model
ORDER BY cost_usd DESC NULLS LAST`,
  },
  {
    asks: "Which steps are slow, and which fail?",
    sql: `SELECT step_name, count(*) AS runs,
       count(*) FILTER (WHERE status = 'error') AS errors,
       approx_percentile_cont(duration_nanos, 0.5) / 1000000 AS p50_ms,
       approx_percentile_cont(duration_nanos, 0.95) / 1000000 AS p95_ms
FROM steps
GROUP BY step_name
ORDER BY p95_ms DESC NULLS LAST`,
  },
  {
    asks: "What went wrong, how often, and in which trace last?",
    sql: `SELECT coalesce(error_type, 'unknown') AS error_type, count(*) AS spans, count(DISTINCT trace_id) AS traces,
       max(start_time) AS last_time, last_value(trace_id ORDER BY start_time) AS last_trace_id
FROM spans
WHERE status = 'error'
GROUP BY 1
ORDER BY spans DESC`,
  },
  {
    asks: "Which users cost the most, and how many of their traces failed?",
    sql: `SELECT user_id, count(*) AS traces, sum(cost_usd) AS cost_usd,
       round(100.0 * count(*) FILTER (WHERE status = 'error') / count(*), 1) AS failed_percent
FROM traces
WHERE user_id IS NOT NULL
GROUP BY user_id
ORDER BY cost_usd DESC NULLS LAST
LIMIT 20`,
  },
  {
    asks: "How do a step's decisions fall, hour by hour?",
    sql: `SELECT date_trunc('hour', start_time) AS hour, json_get(output, 'intent') AS intent, count(*) AS runs
FROM steps
WHERE step_name = 'classify_intent'
GROUP BY 1, 2
ORDER BY 1, 3 DESC`,
  },
  {
    asks: "What do traces in which a tool failed cost, and how long do they take, against all others?",
    sql: `SELECT failed.trace_id IS NOT NULL AS a_tool_failed, count(*) AS traces, sum(cost_usd) / count(cost_usd) AS cost_usd_a_trace,
       approx_percentile_cont(duration_nanos, 0.95) / 1000000 AS p95_ms
FROM traces
LEFT JOIN (SELECT DISTINCT trace_id FROM spans WHERE obs_type = 'tool' AND status = 'error') AS failed ON failed.trace_id = traces.trace_id
GROUP BY 1`,
  },
];
