/**
 * The report's script: filters, sorting, pages. It makes elements and sets their text; nothing it shows is ever parsed as HTML.
 * The data is a table of texts and rows of positions in it, because the same names stand in thousands of rows.
 */
export const SCRIPT = String.raw`"use strict";
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var columns = data.columns, texts = data.texts;
  var at = {};
  columns.forEach(function (name, index) { at[name] = index; });
  function value(row, name) {
    var raw = row[at[name]];
    if (raw === null || raw === undefined) return "";
    return data.numbers.indexOf(name) >= 0 ? raw : texts[raw];
  }
  var shown = [
    ["account", "account", false], ["user", "user", false], ["credential", "credential", false], ["status", "status", false],
    ["ageDays", "age, days", true], ["lastUsed", "last used", false], ["idleDays", "idle, days", true], ["verdict", "verdict", false], ["by", "replace by", false]
  ];
  var sort = { name: "idleDays", down: true };
  var pageSize = 100, page = 0, found = [];
  var table = document.getElementById("credentials");
  var body = table.tBodies[0];

  function element(tag, text, className) {
    var made = document.createElement(tag);
    if (text !== undefined && text !== "") made.textContent = String(text);
    if (className) made.className = className;
    return made;
  }

  var head = table.tHead.rows[0];
  shown.forEach(function (column) {
    var th = element("th", undefined, column[2] ? "num" : "");
    th.scope = "col";
    var button = element("button", column[1]);
    button.type = "button";
    button.addEventListener("click", function () {
      if (sort.name === column[0]) sort.down = !sort.down;
      else sort = { name: column[0], down: column[2] };
      page = 0;
      update();
    });
    th.appendChild(button);
    head.appendChild(th);
  });

  var search = document.getElementById("search");
  var selects = ["verdict", "kind", "ou", "by"].map(function (name) {
    var select = document.getElementById("filter-" + name);
    var counts = {};
    data.rows.forEach(function (row) { var v = value(row, name); counts[v] = (counts[v] || 0) + 1; });
    Object.keys(counts).sort().forEach(function (v) {
      var option = element("option", (v || "(root)") + " (" + counts[v] + ")");
      option.value = "=" + v;
      select.appendChild(option);
    });
    select.addEventListener("change", function () { page = 0; update(); });
    return [name, select];
  });
  var waiting = 0;
  search.addEventListener("input", function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () { page = 0; update(); }, 120);
  });

  var searched = ["account", "accountId", "ou", "user", "owner", "id", "kind", "verdict", "reason", "evidence"];
  var haystacks = data.rows.map(function (row) {
    return searched.map(function (name) { return value(row, name); }).join("\n").toLowerCase();
  });

  function update() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var wanted = selects.filter(function (s) { return s[1].value !== ""; }).map(function (s) { return [s[0], s[1].value.slice(1)]; });
    found = [];
    for (var i = 0; i < data.rows.length; i++) {
      var row = data.rows[i], hay = haystacks[i];
      if (words.every(function (word) { return hay.indexOf(word) >= 0; }) && wanted.every(function (w) { return value(row, w[0]) === w[1]; })) found.push(row);
    }
    var numeric = data.numbers.indexOf(sort.name) >= 0, sign = sort.down ? -1 : 1;
    found.sort(function (a, b) {
      var x = value(a, sort.name), y = value(b, sort.name);
      if (x === y) return 0;
      if (x === "") return 1;
      if (y === "") return -1;
      return (numeric ? x - y : x < y ? -1 : 1) * sign;
    });
    Array.prototype.forEach.call(head.cells, function (th, index) {
      if (shown[index][0] === sort.name) th.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    });
    render(page * pageSize, (page + 1) * pageSize);
  }

  function render(from, to) {
    body.textContent = "";
    var rows = document.createDocumentFragment();
    found.slice(from, to).forEach(function (row) { rows.appendChild(line(row)); });
    body.appendChild(rows);
    var pages = Math.max(1, Math.ceil(found.length / pageSize));
    document.getElementById("count").textContent = found.length + " of " + data.rows.length + (pages > 1 ? ", page " + (page + 1) + " of " + pages : "");
    document.getElementById("previous").disabled = page === 0;
    document.getElementById("next").disabled = page + 1 >= pages;
  }

  function line(row) {
    var tr = element("tr", undefined, "row");
    tr.tabIndex = 0;
    shown.forEach(function (column) {
      var td = element("td", undefined, column[2] ? "num" : "");
      td.setAttribute("data-label", column[1]);
      var text = value(row, column[0]);
      if (column[0] === "verdict") td.appendChild(element("span", text, "badge v-" + text.replace(/[^a-z-]/g, "")));
      else td.appendChild(element("span", text));
      tr.appendChild(td);
    });
    var toggle = function () {
      var next = tr.nextSibling;
      if (next && next.className === "more") next.remove();
      else tr.after(details(row));
    };
    tr.addEventListener("click", toggle);
    tr.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); toggle(); }
    });
    return tr;
  }

  function details(row) {
    var tr = element("tr", undefined, "more");
    var td = element("td");
    td.colSpan = shown.length;
    var dl = element("dl");
    [["why", "reason"], ["instead", "advice"], ["owner", "owner"], ["account", "accountId"], ["OU", "ou"], ["made", "created"], ["expires", "expires"], ["used by", "evidence"], ["read", "readAt"]].forEach(function (pair) {
      var text = value(row, pair[1]);
      if (text === "") return;
      dl.appendChild(element("dt", pair[0]));
      dl.appendChild(element("dd", text));
    });
    td.appendChild(dl);
    var snippet = value(row, "snippet");
    if (snippet !== "") td.appendChild(element("pre", snippet));
    tr.appendChild(td);
    return tr;
  }

  document.getElementById("previous").addEventListener("click", function () { page -= 1; render(page * pageSize, (page + 1) * pageSize); });
  document.getElementById("next").addEventListener("click", function () { page += 1; render(page * pageSize, (page + 1) * pageSize); });
  window.addEventListener("beforeprint", function () { render(0, 2000); });
  window.addEventListener("afterprint", function () { render(page * pageSize, (page + 1) * pageSize); });

  Array.prototype.forEach.call(document.querySelectorAll("table.sortable"), function (one) {
    Array.prototype.forEach.call(one.tHead.rows[0].cells, function (th, index) {
      var button = element("button", th.textContent);
      button.type = "button";
      th.textContent = "";
      th.appendChild(button);
      button.addEventListener("click", function () {
        var down = th.getAttribute("aria-sort") !== "descending";
        Array.prototype.forEach.call(th.parentNode.cells, function (other) { other.removeAttribute("aria-sort"); });
        th.setAttribute("aria-sort", down ? "descending" : "ascending");
        var rows = Array.prototype.slice.call(one.tBodies[0].rows);
        var numeric = th.className === "num";
        rows.sort(function (a, b) {
          var x = a.cells[index].textContent, y = b.cells[index].textContent;
          return (numeric ? Number(x) - Number(y) : x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
        });
        rows.forEach(function (tr) { one.tBodies[0].appendChild(tr); });
      });
    });
  });

  update();
})();
`;
