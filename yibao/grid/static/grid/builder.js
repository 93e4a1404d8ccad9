// 自定义查询: rows of 关系符, field, operator, keyword; sent as where=and.field.operator.keyword.
"use strict";

window.ListQuery = (() => {
  const BETWEEN = ".."; // reading.py
  const fields = () => JSON.parse(document.getElementById("list-fields").textContent);
  const rows = () => [...document.querySelectorAll("#list-conditions .list-condition")];
  const part = (row, name) => row.querySelector(`.list-c-${name}`);

  function option(value, label, chosen) {
    return new Option(label, value, false, value === chosen);
  }

  function fill(select, pairs, chosen) {
    select.replaceChildren(...pairs.map(([value, label]) => option(value, label, chosen)));
  }

  // One value stands as it is. Several stand between commas; a comma of their own has a backslash
  // before it (reading.py). If that happens to be the name of another value, it ends with a comma.
  function listed(value, choices) {
    if (choices.some(([key]) => key === value)) return [value];
    return (value.match(/(?:\\.|[^,\\])+/gs) || []).map((item) => item.replace(/\\(.)/gs, "$1"));
  }

  function asList(values, choices) {
    if (values.length < 2) return values[0] || "";
    const joined = values.map((value) => value.replace(/[,\\]/g, "\\$&")).join(",");
    return choices.some(([key]) => key === joined) ? `${joined},` : joined;
  }

  function keyword(row, value) {
    const field = fields()[part(row, "field").value];
    const operator = part(row, "operator").value;
    const holder = part(row, "keyword");
    holder.replaceChildren();
    if (operator === "empty" || operator === "filled") return;
    if (field.keyword === "choice") {
      const chosen = listed(value, field.choices);
      for (const [key, label] of field.choices) {
        const tick = document.createElement("label");
        tick.className = "form-check form-check-inline";
        const box = document.createElement("input");
        Object.assign(box, { type: "checkbox", className: "form-check-input", value: key });
        box.checked = chosen.includes(key);
        const text = document.createElement("span");
        text.className = "form-check-label";
        text.textContent = label;
        tick.append(box, text);
        holder.append(tick);
      }
      return;
    }
    const [low, high = ""] = value.split(BETWEEN);
    holder.append(end(field, low, "关键字"));
    if (operator === "within") {
      const to = document.createElement("span");
      to.textContent = "至";
      holder.append(to, end(field, high, "到"));
    }
  }

  // One keyword: a text, a number, a day, or a day and perhaps a time.
  function end(field, value, label) {
    const place = document.createElement("span");
    place.className = "list-c-end";
    const dated = field.keyword === "date" || field.keyword === "datetime";
    const input = document.createElement("input");
    Object.assign(input, { className: "form-control", type: dated ? "date" : "text", placeholder: label });
    if (field.keyword === "number") input.inputMode = "decimal";
    input.setAttribute("aria-label", label);
    input.value = dated ? value.slice(0, 10) : value;
    place.append(input);
    if (field.keyword === "datetime") {
      const time = document.createElement("input");
      Object.assign(time, { type: "time", className: "form-control", value: value.slice(11, 16) });
      time.setAttribute("aria-label", "时刻（可不填）");
      place.append(time);
    }
    return place;
  }

  function operators(row, chosen, value) {
    fill(part(row, "operator"), fields()[part(row, "field").value].operators, chosen);
    keyword(row, value);
  }

  function add([join, field, operator, value]) {
    const copy = document.getElementById("list-condition").content.cloneNode(true);
    const row = copy.querySelector(".list-condition");
    part(row, "join").value = join;
    fill(part(row, "field"), Object.entries(fields()).map(([k, f]) => [k, f.label]), field);
    operators(row, operator, value);
    part(row, "field").addEventListener("change", () => operators(row, "", ""));
    part(row, "operator").addEventListener("change", () => keyword(row, read(row)));
    document.getElementById("list-conditions").append(row);
    number();
    return row;
  }

  function read(row) {
    const ticked = row.querySelectorAll(".list-c-keyword input[type=checkbox]");
    if (ticked.length) {
      const { choices } = fields()[part(row, "field").value];
      return asList([...ticked].filter((box) => box.checked).map((box) => box.value), choices);
    }
    const ends = [...row.querySelectorAll(".list-c-end")].map((place) => {
      const [first, time] = [...place.querySelectorAll("input")].map((input) => input.value.trim());
      return first && time ? `${first} ${time}` : first || "";
    });
    return ends.some(Boolean) ? ends.join(BETWEEN) : "";
  }

  // A condition that was begun and has no keyword would otherwise be left out without a word.
  function unfinished() {
    const first = Object.keys(fields())[0];
    return rows().find((row, place, all) => {
      const operator = part(row, "operator").value;
      if (operator === "empty" || operator === "filled" || read(row)) return false;
      return all.length > 1 || part(row, "field").value !== first || part(row, "operator").selectedIndex > 0;
    });
  }

  function ask(row) {
    const input = row.querySelector(".list-c-keyword input");
    if (!input) return;
    const choosing = input.type === "checkbox";
    input.setCustomValidity(choosing ? "请至少选一项，或删除这个条件" : "请填写关键字，或删除这个条件");
    input.reportValidity();
    row.addEventListener("input", () => input.setCustomValidity(""), { once: true });
  }

  function number() {
    rows().forEach((row, place) => part(row, "join").classList.toggle("invisible", place === 0));
  }

  function build() {
    for (const condition of JSON.parse(document.getElementById("list-given").textContent)) {
      add(condition);
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("#list-query button");
    if (!target) return;
    const blank = ["and", Object.keys(fields())[0], "", ""];
    if ("add" in target.dataset) {
      part(add(blank), "field").focus();
    } else if ("remove" in target.dataset) {
      target.closest(".list-condition").remove();
      number();
    } else if ("clear" in target.dataset) {
      document.getElementById("list-conditions").replaceChildren();
      add(blank);
    }
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "list-query") return;
    const begun = unfinished();
    if (begun) {
      event.preventDefault();
      ask(begun);
      return;
    }
    const where = rows()
      .map((row) => [row, part(row, "operator").value, read(row)])
      .filter(([, operator, value]) => value || operator === "empty" || operator === "filled")
      .map(([row, operator, value]) =>
        [part(row, "join").value, part(row, "field").value, operator, value].join("."));
    const parameters = event.detail.formData || event.detail.parameters;
    if (parameters.append) for (const condition of where) parameters.append("where", condition);
    else parameters.where = where;
  });

  return { build };
})();
