/**
 * The style of the HTML report: one column of text with wider charts, system fonts, light and dark by the reader's
 * preference, and a print form. Variants have the colours of Okabe and Ito (Color Universal Design, 2008), the blue
 * lightened on a dark ground, and dash patterns beside, so that no distinction rests on colour alone.
 */

const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '14 4', '4 2', '1 3'];

/** Variants that can be told apart in one chart. */
export const SERIES_STYLES = DASHES.length;

const seriesRules = DASHES.map(
  (dash, i) => `.s${i}{--c:var(--c${i})}
.curve.s${i},.swatch.s${i}{stroke-dasharray:${dash}}`,
).join('\n');

const LIGHT = `--ground:#fdfdfb;--ink:#1b1e23;--muted:#5c6470;--rule:#e3e4df;--panel:#f5f5f1;--accent:#0072b2;
--good:#00724f;--bad:#b5400a;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#b8860b;--c5:#56b4e9;--c6:#1b1e23;`;

const DARK = `--ground:#15171b;--ink:#e6e7ea;--muted:#9ba3af;--rule:#2d3138;--panel:#1c1f24;--accent:#5ab0e6;
--good:#3cc79c;--bad:#f28a4b;
--c0:#4fa8e0;--c1:#f07b28;--c2:#22b98e;--c3:#dc94bb;--c4:#e69f00;--c5:#8fd0f5;--c6:#e6e7ea;`;

/** The content of the page's style element. */
export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1060px;margin:0 auto;padding:48px 32px 72px}
p{max-width:80ch}
h1{font-size:1.85rem;line-height:1.22;letter-spacing:-.012em;font-weight:650;margin:.3rem 0 1.1rem;text-wrap:balance}
h2{font-size:1.12rem;font-weight:650;margin:3rem 0 .7rem}
h3{font-size:.95rem;font-weight:650;margin:1.2rem 0 .3rem}
p{margin:.5rem 0;text-wrap:pretty}
.eyebrow{color:var(--muted);font-size:.85rem;margin:0}
.lead{display:grid;grid-template-columns:minmax(0,1fr);gap:1.2rem 44px;align-items:start}
.answer{font-size:1.16rem;line-height:1.5;border-left:3px solid var(--accent);padding:.1rem 0 .1rem 1rem;margin:0}
.remarks{margin:.7rem 0 0;padding-left:calc(1rem + 3px);font-size:.95rem;color:var(--muted)}
.caption{color:var(--muted);font-size:.88rem}
.glance{padding:0;margin:0;list-style:none;font-size:.92rem;font-variant-numeric:tabular-nums}
.glance li{display:flex;justify-content:space-between;gap:1rem;padding:.3rem 0;border-bottom:1px solid var(--rule)}
.glance b{font-weight:600;white-space:nowrap}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:0 44px;align-items:start}
@media (min-width:900px){.lead{grid-template-columns:minmax(0,1.75fr) minmax(0,1fr)}}
.met{color:var(--good);font-weight:600}
.missed{color:var(--bad);font-weight:600}
.chance{color:var(--muted)}
a{color:var(--accent)}
.warning{border-left:3px solid var(--bad);padding-left:1rem}
figure{margin:1.6rem 0 0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:30px 44px}
@media (min-width:970px){.charts>:last-child:nth-child(odd){grid-column:1/-1;justify-self:center;width:calc(50% - 22px)}}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.3rem;margin:0 0 1rem;padding:0;list-style:none;font-size:.88rem}
.legend svg{width:30px;height:10px;margin-right:.45rem;vertical-align:middle}
.swatch{stroke:var(--c);stroke-width:2.4;fill:none}
.chart{display:block;width:100%;height:auto;overflow:visible;font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
.chart text{fill:var(--ink)}
.chart .chart-title{font-size:13.5px;font-weight:650}
.chart .tick,.chart .axis-title{fill:var(--muted)}
.chart .limit-name{fill:var(--bad)}
.chart .row-name{fill:var(--ink)}
.chart .mark-name,.chart .series-name,.chart .limit-name{paint-order:stroke;stroke:var(--ground);stroke-width:3.5px;stroke-linejoin:round}
.chart .series-name{fill:var(--c);font-weight:600}
.chart .grid{stroke:var(--rule);stroke-width:1}
.chart .axis{stroke:var(--muted);stroke-width:1}
.limit{stroke:var(--bad);stroke-width:1.4;stroke-dasharray:5 3}
.curve{fill:none;stroke:var(--c);stroke-width:2.1;stroke-linejoin:round;stroke-linecap:butt}
.curve.faint{stroke-width:1.2;opacity:.55}
.chart .curve.solid{stroke-dasharray:none}
.bars{stroke:var(--c);stroke-width:2;fill:none}
.fill{fill:var(--c);opacity:.13}
.dot{fill:var(--c);stroke:var(--ground);stroke-width:1.2}
.ring{fill:var(--ground);stroke:var(--c);stroke-width:2}
.span{stroke:var(--c);stroke-width:2;opacity:.45}
.cross{fill:none;stroke:var(--c);stroke-width:2}
.heat{fill:var(--accent);stroke:var(--ground);stroke-width:2}
.heat.empty{fill:var(--panel)}
.heat-outline{fill:none;stroke:var(--ink);stroke-width:1.8}
.chart .heat-detail{font-size:.82em;opacity:.85}
.seed{stroke:var(--c);stroke-width:1.3;opacity:.45}
.interval{stroke:var(--c);stroke-width:1.6;fill:none}
.whisker{stroke:var(--c);stroke-width:1.3;opacity:.6}
.front{fill:none;stroke:var(--muted);stroke-width:1.2;stroke-dasharray:3 3}
.plain{--c:var(--muted)}
${seriesRules}
.scroll{overflow-x:auto;margin:.6rem 0;-webkit-overflow-scrolling:touch}
table{width:100%;border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
th,td{padding:.34rem 1.05rem .34rem 0;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
thead th{white-space:normal}
th{font-weight:600;color:var(--muted);font-size:.86rem;vertical-align:bottom}
tbody th{color:var(--ink);font-size:inherit;font-weight:400}
tbody th,tbody td{vertical-align:top}
th:first-child,td:first-child,.text{text-align:left}
.scroll th.wraps,.scroll td.wraps{white-space:normal}
tr>:last-child{padding-right:0}
.facts th,.facts td{text-align:left;white-space:normal;vertical-align:top}
.facts th{white-space:nowrap;color:var(--muted);width:7.6rem}
.facts td{overflow-wrap:anywhere}
abbr{text-decoration:none}
.notes ul{margin:.2rem 0 .6rem;padding-left:1.15rem;columns:2 24rem;column-gap:44px}
.notes li{margin:0 0 .4rem;overflow-wrap:anywhere;break-inside:avoid}
details{border-top:1px solid var(--rule);padding:.55rem 0}
details:last-of-type{border-bottom:1px solid var(--rule)}
summary{cursor:pointer;color:var(--muted);font-size:.92rem;overflow-wrap:anywhere}
summary:hover{color:var(--ink)}
pre{background:var(--panel);border-radius:6px;padding:.9rem 1rem;overflow-x:auto;
font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
dl{margin:.4rem 0;font-size:.92rem;columns:2 24rem;column-gap:44px}
dt{font-weight:600;margin-top:.5rem}
dd{margin:0;color:var(--muted);break-before:avoid}
footer{margin-top:3rem;color:var(--muted);font-size:.85rem}
@media (max-width:600px){
main{padding:26px 16px 48px}
h1{font-size:1.45rem}
.answer{font-size:1.05rem}
h2{margin-top:2.3rem}
.charts{gap:26px}
.wide{display:none}
.scroll td.wraps{min-width:10.5rem}
th,td{padding-right:.8rem}
.scroll th:first-child{position:sticky;left:0;background:var(--ground)}
.chart{font-size:14px}
.chart .chart-title{font-size:16px}
}
@media print{
:root{${LIGHT}--ground:#fff}
main{max-width:none;padding:0 8px}
body{font-size:10.5pt}
h1{font-size:18pt}
h2{margin-top:1.6rem}
.answer{font-size:11.5pt}
.remarks,.caption,.legend{font-size:9.5pt}
figure svg,tr,.notes,.lead{break-inside:avoid}
h2,h3,.caption:has(+figure){break-after:avoid}
.charts{grid-template-columns:1fr 1fr;gap:20px 28px}
.chart{font-size:14px}
.chart .chart-title{font-size:16px}
.scroll{overflow:visible}
table{font-size:8.5pt}
th,td{padding:.22rem .55rem .22rem 0;white-space:normal}
th{font-size:8pt}
summary,.facts{font-size:9pt}
a{color:inherit;text-decoration:none}
}
`;
