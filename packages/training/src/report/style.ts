// The report's look.

export const style = `
:root {
  --paper: #fbfbfa; --card: #ffffff; --ink: #1b1f24; --soft: #5d6670; --line: #e3e5e8;
  --accent: #3d7fd9; --hit: #2f9e7a; --miss: #d05a3c; --track: #eceef1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1b1f24; --ink: #e8eaed; --soft: #9aa3ad; --line: #2c3239;
    --accent: #6ba3ee; --hit: #4cc09a; --miss: #e8795a; --track: #272c33;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
main { max-width: 1040px; margin: 0 auto; padding: 56px 28px 96px; }
p { margin: 0; }
.mark { display: flex; align-items: center; gap: 8px; color: var(--soft); font-size: 13px; letter-spacing: .06em; text-transform: uppercase; }
h1, .verdict, .value { font-family: Charter, "Iowan Old Style", "Palatino Linotype", Georgia, "Times New Roman", serif; }
h1 { margin: 14px 0 10px; font-size: 38px; line-height: 1.15; font-weight: 600; letter-spacing: -.01em; text-wrap: balance; }
.verdict { max-width: 46em; font-size: 20px; line-height: 1.45; color: var(--soft); text-wrap: pretty; }
h2 { margin: 0 0 4px; font-size: 18px; font-weight: 650; letter-spacing: -.005em; }
section { margin-top: 48px; }
.note { color: var(--soft); font-size: 13px; line-height: 1.45; }
section > .note { margin-bottom: 16px; max-width: 56em; }
section > h2:has(+ :not(.note)) { margin-bottom: 16px; }
.scores { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 14px; margin-top: 36px; }
.score, .curve, .facts { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.score { padding: 16px 18px 14px; }
.label { font-size: 13px; color: var(--soft); }
.value { margin: 2px 0 6px; font-size: 32px; line-height: 1.15; font-weight: 600; }
.facts { margin: 0; padding: 6px 18px; columns: 2 320px; column-gap: 40px; }
.facts div { display: grid; grid-template-columns: minmax(110px, 34%) 1fr; gap: 14px; padding: 6px 0; break-inside: avoid; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 14px; }
figure { margin: 0; }
.curve { padding: 14px 16px 10px; }
.curve figcaption { font-weight: 600; font-size: 14px; margin-bottom: 8px; }
.curve svg { display: block; width: 100%; height: auto; color: var(--ink); font-family: inherit; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th { text-align: left; font-weight: 400; }
thead th { color: var(--soft); font-size: 13px; padding-bottom: 6px; }
td, th { padding: 5px 0 5px 18px; white-space: nowrap; }
th:first-child { padding-left: 0; }
td:not(.bar), thead th:nth-child(n + 3) { text-align: right; }
tbody tr { border-top: 1px solid var(--line); }
tfoot tr { border-top: 2px solid var(--line); }
tfoot th, tfoot td { font-weight: 650; padding-top: 9px; }
.absent { color: var(--soft); }
td.bar { width: 48%; }
td.bar { background: linear-gradient(var(--track), var(--track)) no-repeat 18px 50% / calc(100% - 18px) 8px; }
.bar span { display: block; height: 8px; background: var(--accent); border-radius: 1px; }
.absent .bar { background: none; }
.swatch { display: inline-block; width: 11px; height: 11px; margin-right: 9px; border-radius: 3px; box-shadow: inset 0 0 0 1px rgb(128 128 128 / .45); }
.confusions { display: flex; flex-wrap: wrap; gap: 24px 40px; align-items: flex-start; }
.confusion { display: block; flex: 999 1 340px; min-width: 0; max-width: min(760px, calc(1.6 * var(--natural))); height: auto; }
.stacked { flex-direction: column; align-items: stretch; }
.stacked .confusion { flex: none; width: 100%; max-width: none; }
.stacked .worst { margin-top: 0; }
.worst { flex: 1 1 240px; max-width: 340px; margin-top: 90px; }
.worst td:first-child { padding-left: 0; }
.worst td:not(:last-child), .worst th:not(:last-child) { text-align: left; }
.worst td:last-child, .worst th:last-child { text-align: right; }
.confusion text { font-size: 11.5px; fill: var(--soft); }
.confusion .class { fill: var(--ink); }
.confusion .number { font-size: 9.5px; fill: var(--ink); }
.confusion .strong { fill: #ffffff; }
.confusion .without { fill: var(--track); }
.confusion .frame { fill: var(--card); stroke: var(--line); }
.confusion .hit { fill: var(--hit); }
.confusion .miss { fill: var(--miss); }
.comparison thead th:nth-child(2) { text-align: right; }
.comparison .oracle th, .comparison .oracle td { color: var(--soft); font-style: italic; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 14px; margin-top: 16px; }
.legend + .panels { margin-top: 0; }
.panels + .legend { margin: 14px 0 0; }
.plot { background: #ffffff; border: 1px solid var(--line); border-radius: 10px; padding: 10px; }
.plot svg { display: block; width: 100%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 18px; padding: 0; list-style: none; font-size: 13px; }
.legend .swatch { margin-right: 6px; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 22px 14px; }
.strip { display: grid; grid-template-columns: repeat(var(--columns), 1fr); gap: 10px; }
.strip img { display: block; max-width: 100%; max-height: 300px; border-radius: 6px; }
.strip span { display: block; margin-top: 4px; color: var(--soft); font-size: 12px; }
.pictures figcaption { margin-top: 5px; font-size: 13px; color: var(--soft); }
.pictures b { color: var(--ink); font-weight: 600; }
details { margin-top: 28px; }
summary { cursor: pointer; font-weight: 600; }
pre { overflow-x: auto; padding: 16px 18px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
@media (max-width: 640px) {
  main { padding: 32px 16px 64px; }
  h1 { font-size: 29px; }
  .verdict { font-size: 17px; }
  td.bar, th.bar { display: none; }
  .worst { margin-top: 0; }
}
@media print {
  main { max-width: none; padding: 0; }
  section, figure, tr { break-inside: avoid; }
}
`;
