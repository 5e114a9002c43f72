/** Style of the page: light and dark, phone and paper. Colours of the map are told apart by their lightness, too, and always have a word. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--panel:#fff;--text:#1a2330;--dim:#566172;--line:#d8dee6;--accent:#1d4fb8;--t-good:#2c8a57;--t-watch:#e0a526;--t-bad:#c5392e;--t-none:#b9c2cd;--t-plan:#5b8fe0;--t-away:#8d7bb5;--bad:#b3261e;--good:#1c7345}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--panel:#1b212a;--text:#e4e9f0;--dim:#a3afbd;--line:#323c48;--accent:#8ab0ff;--t-good:#3fae74;--t-watch:#e3b341;--t-bad:#f0716a;--t-none:#4b5663;--t-plan:#5f8fe6;--t-away:#9d8ccc;--bad:#ff8a80;--good:#5fd896}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main{max-width:1240px;margin:0 auto;padding:16px}
header{padding-bottom:0}main{padding-bottom:60px}
h1{font-size:1.5rem;line-height:1.25;margin:.2em 0 .1em}h2{font-size:1.12rem;margin:0 0 .5em}h3{font-size:1rem;margin:1.2em 0 .4em}h4{margin:.9em 0 .3em;font-size:.95rem}h5{margin:.6em 0 .2em;font-size:.88rem;overflow-wrap:anywhere}
p{margin:.35em 0}.dim{color:var(--dim)}.small{font-size:.87rem}
#sources{list-style:none;margin:.6em 0;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:2px 20px;font-size:.87rem}
.known{display:inline-block;font-size:.75rem;font-weight:600;line-height:1.35;padding:0 7px;border:1px solid currentColor;border-radius:99px;color:var(--dim);white-space:nowrap;vertical-align:middle}
.k-proven,.k-seen{color:var(--good)}.k-unknown{color:var(--bad)}.k-inventory,.k-facts{color:var(--accent)}
nav{display:flex;flex-wrap:wrap;gap:4px;border-bottom:1px solid var(--line);margin-top:10px}
nav a{padding:8px 14px;color:var(--text);text-decoration:none;border-radius:8px 8px 0 0;border:1px solid transparent;border-bottom:0}
nav a:hover{background:var(--panel)}nav a[aria-current]{background:var(--panel);border-color:var(--line);font-weight:600}
a:focus-visible,button:focus-visible,select:focus-visible,input:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:16px;margin:14px 0;min-width:0}
.grid{display:grid;gap:14px;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));margin:14px 0}.grid .panel{margin:0}
.tile b{display:block;font-size:1.6rem;line-height:1.25}.tile span{color:var(--dim);font-size:.87rem}.tile.bad b{color:var(--bad)}.tile.good b{color:var(--good)}
.controls{display:flex;flex-wrap:wrap;gap:10px;margin:14px 0 8px}.controls label{display:flex;flex-direction:column;font-size:.8rem;color:var(--dim);gap:2px;min-width:0}.controls .wide{flex:1 1 220px}
select,input,button{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);border-radius:7px;padding:7px 9px;min-width:0;max-width:100%}
button{cursor:pointer}button.link{border:0;background:none;padding:0;color:var(--accent);text-align:left;overflow-wrap:anywhere}button.link:hover{text-decoration:underline}
.legend{display:flex;flex-wrap:wrap;gap:6px}.legend button{font-size:.85rem;padding:3px 10px}.legend button[aria-pressed=true]{border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
.tone{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px;vertical-align:-1px}
button.tile{text-align:left;display:block;width:100%}button.tile[aria-pressed=true]{box-shadow:inset 0 0 0 2px var(--accent)}.tile span{display:block}
.edge{border-left-width:5px}.b-good{border-left-color:var(--t-good)}.b-watch{border-left-color:var(--t-watch)}.b-bad{border-left-color:var(--t-bad)}.b-none{border-left-color:var(--t-none)}.b-plan{border-left-color:var(--t-plan)}.b-away{border-left-color:var(--t-away)}
.verdict{font-size:1.08rem;font-weight:600}.verdict.no{color:var(--bad)}.verdict.yes{color:var(--good)}
.changes{list-style:none;margin:0;padding:0}.change{border:1px solid var(--line);border-left-width:5px;border-radius:8px;padding:10px 14px;margin:10px 0;break-inside:avoid}
.change-head{display:flex;flex-wrap:wrap;gap:6px;align-items:center}.change-what{font-size:1rem}.badge{display:inline-flex;align-items:center;font-size:.8rem;border:1px solid var(--line);border-radius:99px;padding:1px 10px}.badge.strong{border-color:currentColor;color:var(--bad);font-weight:600}
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:0 14px}.sides h3{margin-top:.6em}pre del,pre ins,pre span{display:block;text-decoration:none;padding-left:1.2em;text-indent:-1.2em}pre del{color:var(--bad)}pre del::before{content:"- "}pre ins{color:var(--good)}pre ins::before{content:"+ "}pre span::before{content:"  "}
.note{border-left:4px solid var(--t-away);padding:4px 12px}.more{margin-top:8px}
.t-good{background:var(--t-good);fill:var(--t-good)}.t-watch{background:var(--t-watch);fill:var(--t-watch)}.t-bad{background:var(--t-bad);fill:var(--t-bad)}.t-none{background:var(--t-none);fill:var(--t-none)}.t-plan{background:var(--t-plan);fill:var(--t-plan)}.t-away{background:var(--t-away);fill:var(--t-away)}
.line{display:flex;justify-content:space-between;align-items:center;gap:10px}.buttons{display:flex;gap:6px}.buttons button{padding:3px 10px;font-size:.85rem}
.crumbs button::after{content:" / ";color:var(--dim)}
.ou{padding:5px 0 5px 12px;border-left:2px solid var(--line);margin-left:0;display:grid;grid-template-columns:11em 3.5em 1fr;gap:8px;align-items:start}.ou.d0{border-left-color:transparent;padding-left:0}
.d1{margin-left:4px}.d2{margin-left:24px}.d3{margin-left:44px}.d4{margin-left:64px}.d5{margin-left:84px}.d6{margin-left:104px}
.ou-name{font-weight:600}.tile-box{min-width:0}.tiles{display:block;cursor:pointer}.tip{display:block;font-size:.82rem;color:var(--dim);overflow-wrap:anywhere}
.v-table{font-size:.9rem}.v-view{height:480px;overflow:auto;border-top:1px solid var(--line)}.v-space{position:relative}.v-body{position:absolute;left:0;right:0;top:0}
.v-row{display:grid;grid-template-columns:1.4fr 8.5em 1.4fr 1.6fr;gap:10px;height:34px;align-items:center;border-bottom:1px solid var(--line);padding:0 4px}
.v-row>span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.v-row .link{max-width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.v-head{color:var(--dim);font-weight:600;border:0}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;padding:6px 8px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere;min-width:6.5em}th{color:var(--dim);white-space:nowrap}
.status{font-variant-numeric:tabular-nums;white-space:nowrap}.s-proven{color:var(--good)}.s-failed,.s-unknown{color:var(--bad);font-weight:600}.s-accepted{color:var(--accent)}.s-not-asked,.s-not-bound,.s-not-claimed{color:var(--dim)}
details>summary{cursor:pointer}.step{margin:.4em 0}ul{margin:.3em 0;padding-left:1.2em}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}pre{background:var(--bg);border:1px solid var(--line);border-radius:7px;padding:10px;overflow-x:auto;margin:.5em 0;white-space:pre-wrap;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;margin:.8em 0 0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
.stages{list-style:none;display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;padding:0;margin:14px 0;counter-reset:stage}
.stages li{counter-increment:stage;background:var(--panel);border:1px solid var(--line);border-top:4px solid var(--t-watch);border-radius:10px;padding:10px 14px;display:flex;flex-direction:column}.stages li.done{border-top-color:var(--t-good)}.stages li.blind{border-top-color:var(--t-none)}.stages b::before{content:counter(stage) ". "}.stages span{color:var(--dim);font-size:.87rem}
.share{display:flex;gap:8px;align-items:center}.share svg{width:120px;height:8px;border-radius:4px;flex:none}
svg{display:block;max-width:100%}svg text{fill:var(--dim);font-size:12px}.g{stroke:var(--line)}polyline{fill:none;stroke-width:2.5}polyline.l1{stroke:var(--t-plan)}polyline.l2{stroke:var(--t-bad)}i.l1{background:var(--t-plan)}i.l2{background:var(--t-bad)}
dialog{color:inherit;background:var(--panel);border:1px solid var(--line);border-radius:12px;width:min(980px,94vw);max-height:90vh;padding:18px;overflow:auto}dialog::backdrop{background:rgba(0,0,0,.45)}
@media (max-width:720px){header,main{padding:10px}.panel{padding:12px}.v-row{grid-template-columns:1.2fr 1fr}.v-row>span:nth-child(2),.v-row>span:nth-child(3){display:none}dl{grid-template-columns:1fr}.ou{grid-template-columns:1fr auto}.ou .tile-box{grid-column:1/-1}.d2,.d3,.d4,.d5,.d6{margin-left:10px}nav a{padding:7px 9px}}
@media print{:root{--bg:#fff;--panel:#fff;--text:#000;--dim:#444;--line:#bbb}body{font-size:10pt}header,main{max-width:none;padding:0}nav,.controls,.buttons{display:none}.panel{border-color:#bbb}.v-view{height:auto;overflow:visible}.v-body{position:static}.v-row{break-inside:avoid}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
