"""How the report looks: on screens of any width, light and dark, and on paper."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#1f2430;--soft:#566072;--line:#cfd5e1;--box:#f4f6fa;
--accent:#1d56a5;--bad:#a3330b;--warm:#fdeee6;--good:#1a6b3c}
@media screen and (prefers-color-scheme:dark){:root{--page:#14171f;--ink:#e8ebf2;--soft:#aab3c5;
--line:#3a4256;--box:#1c212d;--accent:#8ab8f7;--bad:#f6a07a;--warm:#3a2418;--good:#7fd3a1}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1080px;padding:24px 20px 48px;background:var(--page);color:var(--ink);
font:15px/1.5 ui-sans-serif,system-ui,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif;
overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 6px}
h2{font-size:1.2rem;margin:0 0 10px;padding-bottom:4px;border-bottom:2px solid var(--line)}
h3{font-size:1rem;margin:18px 0 4px}
p{margin:4px 0;max-width:85ch}
section{margin:34px 0 0}
.note,.soft{color:var(--soft)}
.note{font-size:.86rem}
.wide{overflow-x:auto;margin:8px 0 14px}
.wide:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;min-width:min(100%,32rem);font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:2px 0 4px}
.titled caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;vertical-align:top;padding:5px 14px 5px 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:4px}
thead th{font-size:.82rem;color:var(--soft);vertical-align:bottom}
tbody th{font-weight:600}
th,td{overflow-wrap:break-word}
td p{margin:0 0 2px}
.number{text-align:right;white-space:nowrap}
thead .number{white-space:normal}
code,pre,.hash{font-family:ui-monospace,Consolas,"DejaVu Sans Mono",monospace;font-size:.86rem}
td code{display:block;min-width:15em}
pre{white-space:pre-wrap;margin:4px 0}
.box{border:1px solid var(--line);border-left-width:6px;border-radius:8px;padding:10px 16px;
margin:14px 0;background:var(--box)}
.box h2{border:0;margin:0;padding:0}
.box h3{margin-top:0}
.box ul{margin:4px 0;padding-left:1.2em}
.failed.box{border-color:var(--bad);background:var(--warm)}
.good.box{border-color:var(--good)}
.failed,.odd{color:var(--bad)}
.failed.box{color:var(--ink)}
.failed.box h2,.failed.box h3{color:var(--bad)}
.good{color:var(--good)}
.good.box{color:var(--ink)}
.state{font-weight:600}
a{color:var(--accent)}
nav a{margin-right:1.1em;display:inline-block}
.mark{font-size:.75rem;font-weight:400;color:var(--soft);border:1px solid var(--line);
border-radius:4px;padding:0 4px;white-space:nowrap}
.bar{display:inline-block;width:7em;height:.7em;background:var(--box);border:1px solid var(--line);
margin-right:.5em;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.bar i{display:block;height:100%;background:var(--accent);print-color-adjust:exact;
-webkit-print-color-adjust:exact}
.diagram svg{display:block;margin:0 auto}
dl{display:grid;grid-template-columns:minmax(7em,max-content) minmax(0,1fr);gap:3px 18px;
margin:14px 0}
dt{color:var(--soft)}
dd{margin:0}
footer{margin-top:40px;padding-top:8px;border-top:1px solid var(--line)}
@media screen and (max-width:640px){body{padding:16px 12px 32px}
.diagram svg{max-width:none}
dl{grid-template-columns:minmax(0,1fr);gap:0}dd{margin-bottom:8px}
.stacked,.stacked tbody,.stacked tr,.stacked th,.stacked td,.stacked caption{display:block;
min-width:0;overflow-wrap:anywhere}
.stacked thead{display:none}
.stacked th,.stacked td{border:0;padding:1px 0}
.stacked td:empty{display:none}
.stacked td::before{content:attr(data-title) ": ";font-size:.82rem;color:var(--soft)}
.stacked td code{display:inline}
.stacked tr{border-bottom:1px solid var(--line);padding:7px 0}
.stacked td code{min-width:0}}
@media print{@page{margin:14mm}
body{max-width:none;padding:0;font-size:9.5pt}
nav{display:none}
section{margin-top:20px}
h2,h3,caption{break-after:avoid}
tr,.box,svg{break-inside:avoid}
.wide{overflow:visible}
table{min-width:0;max-width:100%;font-size:8pt}
th,td{padding:3px 6px 3px 0}
tbody th,thead .number,td code{overflow-wrap:anywhere}
tbody th{min-width:6em}
thead .number{min-width:5em}
.wide svg{max-width:100%;height:auto}
.miss{break-inside:avoid}
td code{min-width:0}
a{color:inherit;text-decoration:none}}
""".strip()
