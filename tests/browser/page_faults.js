// What is wrong with the page shown, as sentences: too wide, too pale (WCAG 2.2 AA), too small for a thumb, unnamed.
() => {
  const faults = [], canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const shown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (above, below) => [0, 1, 2].map((at) => above[at] * above[3] + below[at] * (1 - above[3])).concat(1);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, above) => over(above, below), [255, 255, 255, 1]);
  };
  const light = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (element) => {
    const below = ground(element), above = over(rgba(getComputedStyle(element).color), below);
    const [dark, bright] = [light(above), light(below)].sort((one, other) => one - other);
    return (bright + 0.05) / (dark + 0.05);
  };

  const width = document.documentElement.scrollWidth;
  if (width > window.innerWidth) faults.push(`wider than the window: ${width}`);

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement, text = texts.currentNode.textContent.trim();
    if (!text || !shown(element)) continue;
    if (element.closest("[disabled], .skip-link, option, script, style, .visually-hidden, svg")) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const wanted = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const found = contrast(element);
    if (found < wanted) faults.push(`pale ${found.toFixed(2)}: ${text.slice(0, 40)}`);
  }

  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!shown(element) || element.matches(".skip-link")) continue;
    const name = (element.labels?.[0]?.textContent ?? "") + element.textContent + (element.ariaLabel ?? "") + element.title;
    if (!name.trim()) faults.push(`unnamed ${element.tagName} ${element.name ?? ""}`);
    if (window.innerWidth >= 600) continue;
    const inline = element.tagName === "A" && getComputedStyle(element).display === "inline"; // inside a sentence
    const { height } = (element.closest("label, .form-check") ?? element).getBoundingClientRect();
    if (height && height < 43.5 && !inline) faults.push(`low ${Math.round(height)}: ${element.tagName} ${name.trim().slice(0, 40)}`);
  }
  return [...new Set(faults)];
}
