/** Style of the report: light and dark, phone and paper. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--panel:#fff;--text:#1a2330;--dim:#5b6675;--line:#dde2e8;--accent:#2457c5;--bad:#c0392b;--warn:#b7791f;--good:#1f7a4d;--used:#4a7bd0;--unused:#d9534f;--kept:#9aa5b1;--shadow:0 1px 2px rgba(20,30,50,.06),0 1px 6px rgba(20,30,50,.05)}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--panel:#1b212a;--text:#e4e9f0;--dim:#98a4b3;--line:#2d3641;--accent:#8ab0ff;--bad:#ff7b72;--warn:#e3b341;--good:#56d38b;--used:#5f8fe6;--unused:#f0716a;--kept:#6b7785;--shadow:none}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1240px;margin:0 auto;padding:20px 16px 60px}
h1{font-size:1.55rem;line-height:1.25;margin:.2em 0 .1em}
h2{font-size:1.1rem;margin:0 0 .6em}
p{margin:.3em 0}.dim{color:var(--dim)}.small{font-size:.87rem}
.grid{display:grid;gap:14px;margin:16px 0}
.tiles{grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}
.two{grid-template-columns:repeat(auto-fit,minmax(min(100%,360px),1fr))}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:16px;box-shadow:var(--shadow);min-width:0}
.tile b{display:block;font-size:1.75rem;line-height:1.2;font-variant-numeric:tabular-nums}
.tile span{color:var(--dim);font-size:.87rem}
.bad b{color:var(--bad)}.warn b{color:var(--warn)}.good b{color:var(--good)}
.bars{display:grid;grid-template-columns:max-content 1fr max-content;gap:6px 10px;align-items:center;font-size:.9rem}
svg.bar{height:16px;border-radius:4px;background:var(--line)}
.u{background:var(--used);fill:var(--used)}.n{background:var(--unused);fill:var(--unused)}.k{background:var(--kept);fill:var(--kept)}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;margin-top:10px;font-size:.85rem;color:var(--dim)}
.legend i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:5px}
.num{text-align:right;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:6px 8px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td:first-child{min-width:7.5em}#credentials td{min-width:5.2em}#credentials td:nth-child(2),#credentials td:nth-child(3){min-width:8.5em}#credentials td.num{min-width:0}.small td{min-width:0}
th{color:var(--dim);font-weight:600;white-space:nowrap}
th.num,td.num{text-align:right}
th button{all:unset;cursor:pointer;font-weight:600}th button:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
th[aria-sort=ascending] button::after{content:" ▲";font-size:.7em}th[aria-sort=descending] button::after{content:" ▼";font-size:.7em}
.scroll{overflow-x:auto;max-height:460px;overflow-y:auto}.scroll thead th{position:sticky;top:0;background:var(--panel)}
.filters{display:flex;flex-wrap:wrap;gap:8px;margin-bottom:10px}
.filters input,.filters select,.pager button{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:7px;padding:7px 9px;min-width:0}
.filters input{flex:1 1 220px}.filters select{flex:0 1 180px}
.pager{display:flex;gap:10px;align-items:center;justify-content:flex-end;margin-top:10px;font-size:.9rem}.pager button{cursor:pointer}.pager button:disabled{opacity:.4;cursor:default}
.badge{display:inline-block;padding:1px 8px;border-radius:99px;border:1px solid currentColor;font-size:.8rem;white-space:nowrap}
.v-unused,.v-never-used{color:var(--unused)}.v-inactive,.v-break-glass,.v-excepted,.v-unknown,.v-new{color:var(--dim)}.v-aws-compute,.v-ci,.v-person,.v-external-workload,.v-mixed,.v-stolen,.v-in-use{color:var(--accent)}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--bg);border:1px solid var(--line);border-radius:7px;padding:10px;overflow-x:auto;margin:.5em 0 0;white-space:pre}
details>summary{cursor:pointer}
tr.more>td{background:var(--bg)}tr.row{cursor:pointer}tr.row:hover>td{background:color-mix(in srgb,var(--accent) 7%,transparent)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;margin:0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
svg{width:100%;display:block}svg text{fill:var(--dim);font-size:11px}svg .g{stroke:var(--line)}svg .l1{stroke:var(--used);fill:none;stroke-width:2.5}svg .l2{stroke:var(--unused);fill:none;stroke-width:2.5}svg .d1{fill:var(--used)}svg .d2{fill:var(--unused)}
@media (max-width:720px){
main{padding:12px 10px 40px}.panel{padding:12px}.tiles{grid-template-columns:repeat(2,1fr)}.tile b{font-size:1.45rem}
#credentials thead{display:none}#credentials,#credentials tbody,#credentials tr,#credentials td{display:block;width:100%}
#credentials tr.row{border:1px solid var(--line);border-radius:9px;margin-bottom:9px;padding:6px 10px}
#credentials tr.row td{border:0;padding:2px 0;display:flex;justify-content:space-between;gap:12px;text-align:right}
#credentials tr.row td::before{content:attr(data-label);color:var(--dim);text-align:left;flex:none}
#credentials tr.more{margin:-6px 0 10px}#credentials tr.more td{border:0}
dl{grid-template-columns:1fr}dd{margin-bottom:5px}.filters select{flex:1 1 45%}}
@media print{
:root{--bg:#fff;--panel:#fff;--text:#000;--dim:#444;--line:#bbb;--shadow:none;--used:#4a7bd0;--unused:#c0392b;--kept:#888}
body{font-size:10pt}main{max-width:none;padding:0}.filters,.pager{display:none}.panel{break-inside:avoid;border-color:#bbb}.panel.long{break-inside:auto}.scroll{max-height:none;overflow:visible}
tr{break-inside:avoid}thead{display:table-header-group}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}a{color:inherit;text-decoration:none}}
`;
