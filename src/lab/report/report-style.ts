/** The report's one style sheet: system fonts, both colour schemes, prints on paper. */
export const REPORT_STYLE = `
:root { --ink: #1b2430; --quiet: #5a6676; --page: #fbfcfd; --card: #ffffff; --line: #dde3ea; --accent: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf1; --quiet: #a3afbd; --page: #14181d; --card: #1c2228; --line: #343d48; --accent: #7db8f5; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--page);
  color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; }
h2 { margin: 0 0 .25rem; font-size: 1.1rem; }
header p, .note { margin: .1rem 0 .9rem; color: var(--quiet); }
section { margin: 1.25rem 0; padding: 1.1rem 1.25rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th[scope="row"], thead th[rowspan], .kind, .text { text-align: left; }
th { font-weight: 600; }
thead th { color: var(--quiet); }
.kind { color: var(--quiet); }
.text { white-space: normal; }
td.own { font-weight: 700; }
tr.baseline { background: color-mix(in srgb, var(--line) 35%, transparent); }
tfoot th, tfoot td { border-bottom: 0; color: var(--quiet); }
svg { font: 12px system-ui, sans-serif; }
svg .ink { fill: var(--ink); }
svg .name { font-weight: 600; }
svg .axis { fill: none; stroke: var(--line); }
svg .dot { fill: var(--accent); }
small { color: var(--quiet); font-weight: 400; }
svg .curve { fill: none; stroke: var(--accent); stroke-width: 1.6; }
.curves { display: flex; flex-wrap: wrap; gap: 1rem; }
pre { margin: 0; overflow-x: auto; font: 13px/1.5 ui-monospace, monospace; }
@media print { body { background: none; } section { break-inside: avoid; } }
`;
