// The unit picker: suggestions come by htmx into the list; this takes one, by mouse, finger or keys.
// Without this script the text alone is sent, and the server reads it as a code or a name.
(() => {
  if (window.dauchanUnitPicker) return;
  window.dauchanUnitPicker = true;

  const parts = (inside) => {
    const picker = inside.closest?.("[data-unit-picker]");
    if (!picker) return null;
    return {
      id: picker.querySelector("input[type=hidden]"),
      text: picker.querySelector("[role=combobox]"),
      list: picker.querySelector("[data-unit-options]"),
    };
  };
  const open = ({ text, list }, wanted) => {
    list.classList.toggle("show", wanted && list.childElementCount > 0);
    text.setAttribute("aria-expanded", String(list.classList.contains("show")));
    if (!wanted) text.removeAttribute("aria-activedescendant");
  };
  const take = (option) => {
    const picker = parts(option);
    picker.id.value = option.dataset.unitId;
    picker.id.dataset.unitCode = option.dataset.unitCode;
    picker.text.value = option.dataset.unitName;
    open(picker, false);
    picker.id.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const move = (picker, step) => {
    const options = [...picker.list.querySelectorAll("[data-unit-id]")];
    if (!options.length) return;
    const now = options.findIndex((option) => option.classList.contains("active"));
    const next = now < 0 && step < 0 ? options.length - 1 : (now + step + options.length) % options.length;
    options.forEach((option, index) => {
      option.classList.toggle("active", index === next);
      option.setAttribute("aria-selected", String(index === next));
    });
    picker.text.setAttribute("aria-activedescendant", options[next].id);
    options[next].scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("input", (event) => {
    const picker = parts(event.target);
    if (picker && event.target === picker.text) picker.id.value = "";
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const picker = event.target.matches?.("[data-unit-options]") && parts(event.target);
    if (!picker) return;
    const prefix = picker.list.id;
    for (const option of picker.list.querySelectorAll("[id]")) option.id = `${prefix}-${option.id}`;
    open(picker, document.activeElement === picker.text);
  });
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[data-unit-picker] [data-unit-id]");
    if (!option) return;
    event.preventDefault();
    take(option);
  });
  document.addEventListener("focusout", (event) => {
    const picker = parts(event.target);
    if (picker) open(picker, false);
  });
  document.addEventListener("keydown", (event) => {
    const picker = parts(event.target);
    if (!picker || event.target !== picker.text || !picker.list.classList.contains("show")) return;
    const active = picker.list.querySelector("[data-unit-id].active");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(picker, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && active) take(active);
    else if (event.key === "Escape") open(picker, false);
    else return;
    event.preventDefault();
  });
})();
